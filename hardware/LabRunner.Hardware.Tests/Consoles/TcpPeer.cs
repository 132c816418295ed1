using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace LabRunner.Hardware.Tests.Consoles;

/// <summary>A terminal server that passes plain bytes to one client; a second one is told so and hung up on, as by ser2net.</summary>
internal sealed class TcpPeer : IPeer
{
    private readonly CancellationTokenSource _stop = new();
    private readonly int _port;
    private TcpListener? _listener;
    private TaskCompletionSource<Socket> _client = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _accepting = Task.CompletedTask;

    public TcpPeer()
    {
        _listener = new TcpListener(IPAddress.Loopback, 0);
        _listener.Start();
        _port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync(_listener);
    }

    public string Path => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_port}");

    public int? Baud => null;

    public (bool Dtr, bool Rts)? ModemLines => null;

    /// <summary>False: the client has hung up, and what it sent has been taken.</summary>
    public static bool IsOpen(Socket socket) => !(socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0);

    public async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        Socket client = await _client.Task.WaitAsync(cancellationToken);
        while (bytes.Length > 0)
        {
            bytes = bytes[await client.SendAsync(bytes, cancellationToken)..];
        }
    }

    public async Task<byte[]> ReceiveAsync(int length, CancellationToken cancellationToken)
    {
        byte[] received = new byte[length];
        Socket client = await _client.Task.WaitAsync(cancellationToken);
        for (int at = 0; at < length;)
        {
            int count = await client.ReceiveAsync(received.AsMemory(at), cancellationToken);
            at += count > 0 ? count : throw new IOException($"the port closed after {at} of {length} bytes");
        }

        return received;
    }

    public async Task PullAsync(CancellationToken cancellationToken)
    {
        _listener?.Stop();
        _listener = null;
        await _accepting;
        if (_client.Task.IsCompletedSuccessfully)
        {
            (await _client.Task).Dispose();
        }

        _client = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public Task PlugAsync(CancellationToken cancellationToken)
    {
        _listener = new TcpListener(IPAddress.Loopback, _port);
        _listener.Start();
        _accepting = AcceptAsync(_listener);
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await PullAsync(CancellationToken.None);
        _stop.Dispose();
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                Socket socket = await listener.AcceptSocketAsync(_stop.Token);
                if (_client.Task.IsCompletedSuccessfully && IsOpen(await _client.Task))
                {
                    await socket.SendAsync("Port already in use\r\n"u8.ToArray(), _stop.Token);
                    socket.Dispose();
                    continue;
                }

                _client = _client.Task.IsCompleted ? new(TaskCreationOptions.RunContinuationsAsynchronously) : _client;
                socket.NoDelay = true;
                _client.SetResult(socket);
            }
        }
        catch (Exception failure) when (failure is SocketException or ObjectDisposedException or OperationCanceledException)
        {
        }
    }
}
