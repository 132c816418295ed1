using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using LabRunner.Bench.Benchmarks;

namespace LabRunner.Station.Benchmarks;

/// <summary>A console of 200 KB/s, which is all that 2 Mbaud carry, from a terminal server to four live viewers: every line must arrive at each.</summary>
internal sealed class ConsoleFigure : IFigure
{
    private const int BytesPerSecond = 200_000;
    private const int LineBytes = 128;
    private const int Viewers = 4;
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public string Word => "console";

    public async Task MeasureAsync()
    {
        using TcpListener server = new(IPAddress.Loopback, 0);
        server.Start();
        MeasuredStation station = new();
        await using (station.ConfigureAwait(false))
        {
            await File.WriteAllTextAsync(station.Inventory, $$"""
                bench: measured
                slots:
                  p1:
                    board: sm-028-v1.3-b17
                    supply: isolated-3v3
                    power: { driver: command, on: "true", off: "true" }
                    console: { driver: tcp, address: "{{server.LocalEndpoint}}" }
                """).ConfigureAwait(false);
            Task<Socket> looking = server.AcceptSocketAsync();
            await station.StartAsync().ConfigureAwait(false);

            // The station looks whether the console is there before it opens it.
            Socket port = await looking.ConfigureAwait(false);
            while (server.Pending())
            {
                port.Dispose();
                port = await server.AcceptSocketAsync().ConfigureAwait(false);
            }

            using Socket open = port;
            using HttpClient client = station.Client();
            (await client.PostAsJsonAsync(new Uri("slots/p1/power", UriKind.Relative), new { state = "on" }).ConfigureAwait(false)).EnsureSuccessStatusCode();
            int lines = (int)(BytesPerSecond * Length.TotalSeconds / LineBytes);
            using CancellationTokenSource over = new(Length + Patience, TimeProvider.System);
            Task<(int Lines, double Lag)>[] viewers = [.. Enumerable.Range(0, Viewers).Select(_ => Task.Run(() => ViewAsync(station, lines, over.Token)))];
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System).ConfigureAwait(false);
            (TimeSpan before, _) = station.Usage();
            long began = TimeProvider.System.GetTimestamp();
            await Task.Run(() => Say(open, lines, over.Token)).ConfigureAwait(false);
            double seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
            (int Lines, double Lag)[] seen = await Task.WhenAll(viewers).ConfigureAwait(false);
            (TimeSpan after, long bytes) = station.Usage();
            Console.WriteLine($"{"live console",-58}{"KB/s",10}{"lines",10}{"ratio",9}");
            Console.WriteLine($"{"said",-58}{lines * LineBytes / seconds / 1000,10:0}{lines,10}{1.0,8:0.000}x");
            foreach ((int count, double lag) in seen)
            {
                Console.WriteLine($"{string.Create(CultureInfo.InvariantCulture, $"seen by a viewer, the last line {lag:0.00} s after it was said"),-58}{"",10}{count,10}{(double)count / lines,8:0.000}x");
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"station: {(after - before).TotalSeconds / seconds * 100:0} % of a core, {bytes / 1e6:0} MB"));
            if (seen.Any(s => s.Lines != lines))
            {
                throw new InvalidOperationException("Lines were lost.");
            }
        }
    }

    /// <summary>Says numbered lines at the rate, each in its time.</summary>
    private static void Say(Socket port, int lines, CancellationToken cancellationToken)
    {
        long began = TimeProvider.System.GetTimestamp();
        for (int i = 0; i < lines; i++)
        {
            string text = string.Create(CultureInfo.InvariantCulture, $"{Stamp()} line {i,10} ");
            port.Send(Encoding.ASCII.GetBytes(text.PadRight(LineBytes - 1, 'x') + "\n"));
            cancellationToken.ThrowIfCancellationRequested();
            double due = (i + 1.0) * LineBytes / BytesPerSecond;
            while (TimeProvider.System.GetElapsedTime(began).TotalSeconds < due)
            {
                Thread.Yield();
            }
        }
    }

    private static long Stamp() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Lines seen, each once and in order, and how late the last one was.</summary>
    private static async Task<(int Lines, double Lag)> ViewAsync(MeasuredStation station, int lines, CancellationToken cancellationToken)
    {
        using HttpClient client = station.Client();
        int next = 0;
        double lag = 0;
        try
        {
            using Stream stream = await client.GetStreamAsync(new Uri("slots/p1/console/stream?from=0", UriKind.Relative), cancellationToken).ConfigureAwait(false);
            await foreach (SseItem<string> item in SseParser.Create(stream).EnumerateAsync(cancellationToken).ConfigureAwait(false))
            {
                foreach (JsonElement line in JsonDocument.Parse(item.Data).RootElement.EnumerateArray())
                {
                    string[] words = line.GetProperty("text").GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                    if (words is [var stamp, "line", var number, ..] && int.Parse(number, CultureInfo.InvariantCulture) == next)
                    {
                        next++;
                        lag = (Stamp() - long.Parse(stamp, CultureInfo.InvariantCulture)) / 1000.0;
                    }
                }

                if (next == lines)
                {
                    break;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // What has not come by now is lost.
        }

        return (next, lag);
    }
}
