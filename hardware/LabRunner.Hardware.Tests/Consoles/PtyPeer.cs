using LabRunner.Hardware.Tests.Drivers.Support;

namespace LabRunner.Hardware.Tests.Consoles;

/// <summary>A pseudo terminal behind a link, as udev keeps one in /dev/serial/by-id: each plugging-in has another node, the link stays.</summary>
internal sealed class PtyPeer : IPeer
{
    private readonly string _folder = Directory.CreateTempSubdirectory("by-id-").FullName;
    private Pty _pty;

    public PtyPeer()
    {
        _pty = new Pty();
        File.CreateSymbolicLink(Path, _pty.Path);
    }

    public string Path => System.IO.Path.Combine(_folder, "usb-adapter-if00-port0");

    public int? Baud => _pty.Baud;

    public (bool Dtr, bool Rts)? ModemLines => null;

    public Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
        Task.Run(() => _pty.Send(bytes.Span, cancellationToken), cancellationToken);

    public Task<byte[]> ReceiveAsync(int length, CancellationToken cancellationToken) => Task.Run(() => _pty.Receive(length, cancellationToken), cancellationToken);

    public Task PullAsync(CancellationToken cancellationToken)
    {
        File.Delete(Path);
        _pty.Dispose();
        return Task.CompletedTask;
    }

    public Task PlugAsync(CancellationToken cancellationToken)
    {
        _pty = new Pty();
        File.CreateSymbolicLink(Path, _pty.Path);
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _pty.Dispose();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}
