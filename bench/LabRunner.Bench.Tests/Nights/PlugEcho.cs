using System.Net;
using System.Net.Sockets;
using LabRunner.Bench.Hosting.Processes;

namespace LabRunner.Bench.Tests.Nights;

/// <summary>The echo of a virtual plug's network stack, asked past the runner: a plug without mains does not answer.</summary>
internal sealed class PlugEcho(string address)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private const string VirtualBenchSays = "The virtual bench runs: ";

    /// <summary>The echo of a plug of a night's virtual bench.</summary>
    public static async Task<PlugEcho> OfAsync(NightProcess night, string plug, CancellationToken cancellationToken) =>
        new(VirtualBench.ReadVariables(await DirectoryOfAsync(night, cancellationToken))[$"virtual.{plug}.echo"]);

    /// <summary>The folder of a night's virtual bench.</summary>
    public static async Task<string> DirectoryOfAsync(NightProcess night, CancellationToken cancellationToken)
    {
        string line = await night.LineAsync(VirtualBenchSays, cancellationToken);
        return line[(line.IndexOf(VirtualBenchSays, StringComparison.Ordinal) + VirtualBenchSays.Length)..].Trim();
    }

    /// <summary>Asks until it does or does not answer.</summary>
    /// <returns>True when it came to the wanted state within 30 s of machine time.</returns>
    public async Task<bool> WaitAsync(bool answering, CancellationToken cancellationToken)
    {
        using UdpClient client = new();
        client.Connect(IPEndPoint.Parse(address));
        long started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < Limit)
        {
            await client.SendAsync(new byte[] { 1 }, cancellationToken);
            using CancellationTokenSource limit = new(TimeSpan.FromMilliseconds(500), TimeProvider.System);
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            bool answered = true;
            try
            {
                await client.ReceiveAsync(either.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                answered = false;
            }

            if (answered == answering)
            {
                return true;
            }

            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }

        return false;
    }
}
