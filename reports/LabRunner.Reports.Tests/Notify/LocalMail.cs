using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LabRunner.Reports.Tests.Notify;

/// <summary>An SMTP server of this process that takes one message; without TLS.</summary>
internal sealed class LocalMail : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _served;

    internal LocalMail()
    {
        _listener.Start();
        _served = ServeAsync();
    }

    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    internal List<string> Commands { get; } = [];

    internal string Message { get; private set; } = "";

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _served.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
    }

    private async Task ServeAsync()
    {
        using TcpClient client = await _listener.AcceptTcpClientAsync();
        await using NetworkStream stream = client.GetStream();
        using StreamReader reader = new(stream, Encoding.Latin1);
        await using StreamWriter writer = new(stream, Encoding.Latin1) { NewLine = "\r\n", AutoFlush = true };
        await writer.WriteLineAsync("220 local");
        while (await reader.ReadLineAsync() is { } line)
        {
            Commands.Add(line);
            if (line.StartsWith("DATA", StringComparison.OrdinalIgnoreCase))
            {
                await writer.WriteLineAsync("354 go on");
                StringBuilder message = new();
                while (await reader.ReadLineAsync() is { } part && part != ".")
                {
                    message.AppendLine(part);
                }

                Message = message.ToString();
            }

            if (line.StartsWith("AUTH", StringComparison.OrdinalIgnoreCase))
            {
                await writer.WriteLineAsync("235 welcome");
                continue;
            }

            await writer.WriteLineAsync(line.StartsWith("EHLO", StringComparison.OrdinalIgnoreCase) ? "250-local\r\n250 AUTH PLAIN" : line.StartsWith("QUIT", StringComparison.OrdinalIgnoreCase) ? "221 bye" : "250 ok");
            if (line.StartsWith("QUIT", StringComparison.OrdinalIgnoreCase))
            {
                return;
            }
        }
    }
}
