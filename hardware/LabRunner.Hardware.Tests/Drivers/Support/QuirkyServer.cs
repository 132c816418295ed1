using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LabRunner.Hardware.Tests.Drivers.Support;

/// <summary>
/// A TCP server with the manners of OpenBeken's: one recv per request, a status line that ends with a bare LF, no Content-Length, and a reset
/// where it leaves bytes unread.
/// </summary>
internal sealed class QuirkyServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<string, Socket, CancellationToken, Task> _serve;
    private readonly Task _accepting;

    private QuirkyServer(Func<string, Socket, CancellationToken, Task> serve)
    {
        _serve = serve;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>First segments as received.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    public string Address => _listener.LocalEndpoint.ToString()!;

    /// <summary>Answers each request with the same bytes and closes.</summary>
    public static QuirkyServer Answering(string reply) => new(async (_, socket, token) => await SendAsync(socket, reply, token));

    /// <summary>Whatever the test does with the connection.</summary>
    public static QuirkyServer Doing(Func<string, Socket, CancellationToken, Task> serve) => new(serve);

    public static async Task SendAsync(Socket socket, string text, CancellationToken token) => await socket.SendAsync(Encoding.UTF8.GetBytes(text), token);

    /// <summary>A page as the firmware sends it.</summary>
    public static string Page(string body, int status = 200, string type = "application/json") =>
        $"HTTP/1.1 {status} OK\nContent-type: {type}\r\nConnection: close\r\nAccess-Control-Allow-Origin: *\r\n\r\n{body}";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> clients = [];
        try
        {
            while (true)
            {
                Socket socket = await _listener.AcceptSocketAsync(_stop.Token);
                clients.Add(ServeAsync(socket));
            }
        }
        finally
        {
            await Task.WhenAll(clients).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using (socket)
        {
            byte[] buffer = new byte[1022];
            int count = await socket.ReceiveAsync(buffer, _stop.Token);
            string request = Encoding.UTF8.GetString(buffer, 0, count);
            Requests.Enqueue(request);
            await _serve(request, socket, _stop.Token);
        }
    }
}
