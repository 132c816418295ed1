using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using LabRunner.Hardware.Time;

namespace LabRunner.Suites.Tests.RelayBudget;

/// <summary>A web server that says it is a plug which has been up for a while, takes every command, and writes down what it was asked.</summary>
internal sealed class StandInPlug : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly LabClock _clock;
    private readonly Task _serving;

    public StandInPlug(LabClock clock)
    {
        _clock = clock;
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>host:port.</summary>
    public string Address => _listener.LocalEndpoint.ToString()!;

    /// <summary>Each request: its line and its body.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                await AnswerAsync(client.GetStream());
            }
            catch (Exception ended) when (ended is OperationCanceledException or IOException or SocketException)
            {
                // The next one, unless it is over.
            }
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        // A request comes in one segment, as the firmware needs it.
        byte[] buffer = new byte[4096];
        int length = await stream.ReadAsync(buffer, _stop.Token);
        string[] parts = Encoding.ASCII.GetString(buffer, 0, length).Split("\r\n\r\n", 2);
        string line = parts[0].Split("\r\n")[0];
        Asked.Enqueue($"{line} {parts.ElementAtOrDefault(1)}");
        string body = line.Contains("/api/info", StringComparison.Ordinal)
            ? string.Create(CultureInfo.InvariantCulture, $$"""{"uptime_s":{{1000 + (long)_clock.Elapsed.TotalSeconds}},"build":"Built on Jan 1 2025 version 1.0.0","ip":"127.0.0.1","mac":"02:00:00:00:00:01","flags":"0","startcmd":""}""")
            : "OK";
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n{body}"), _stop.Token);
    }
}
