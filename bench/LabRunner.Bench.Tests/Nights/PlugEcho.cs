using System.Net;
using System.Net.Sockets;
using LabRunner.Bench.Hosting.Processes;

namespace LabRunner.Bench.Tests.Nights;

/// <summary>The echo of a virtual plug's network stack, asked past the runner: a plug without mains does not answer.</summary>
internal sealed class PlugEcho(string address)
{
    private const string VirtualBenchSays = "The virtual bench runs: ";

    /// <summary>The echo of a plug of a night's virtual bench.</summary>
    public static async Task<PlugEcho> OfAsync(NightProcess night, string plug, CancellationToken cancellationToken)
    {
        string line = await night.LineAsync(VirtualBenchSays, cancellationToken);
        string directory = line[(line.IndexOf(VirtualBenchSays, StringComparison.Ordinal) + VirtualBenchSays.Length)..].Trim();
        return new PlugEcho(VirtualBench.ReadVariables(directory)[$"virtual.{plug}.echo"]);
    }

    /// <summary>Asks until it does or does not answer.</summary>
    /// <returns>True when it came to the wanted state within 30 s of machine time.</returns>
    public async Task<bool> WaitAsync(bool answering, CancellationToken cancellationToken)
    {
        using UdpClient client = new();
        client.Connect(IPEndPoint.Parse(address));
        for (int i = 0; i < 60; i++)
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
        }

        return false;
    }
}
