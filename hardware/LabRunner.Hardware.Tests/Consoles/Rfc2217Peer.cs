namespace LabRunner.Hardware.Tests.Consoles;

/// <summary>A pseudo terminal behind an RFC 2217 server.</summary>
internal sealed class Rfc2217Peer : IPeer
{
    private readonly PtyPeer _line = new();

    public Rfc2217Peer() => Server = new Rfc2217Server(_line.Path);

    public Rfc2217Server Server { get; }

    public string Path => Server.Address;

    public int? Baud => _line.Baud;

    public (bool Dtr, bool Rts)? ModemLines => (Server.Dtr, Server.Rts);

    public Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => _line.SendAsync(bytes, cancellationToken);

    public Task<byte[]> ReceiveAsync(int length, CancellationToken cancellationToken) => _line.ReceiveAsync(length, cancellationToken);

    public Task PullAsync(CancellationToken cancellationToken) => _line.PullAsync(cancellationToken);

    public Task PlugAsync(CancellationToken cancellationToken) => _line.PlugAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await _line.DisposeAsync();
    }
}
