using System.Collections.Concurrent;
using System.Net.Sockets;
using LabRunner.Bench.Api;
using LabRunner.Hardware.Faults;

namespace LabRunner.Bench.Hosting.Lending;

/// <summary>Whether plugs of a bench of another machine can be reached from this one: suites speak to them themselves. Thread safe.</summary>
/// <param name="station">Where the station is.</param>
internal sealed class PlugReach(Uri station)
{
    private const string Remedy = "Queue the plan at the station, which reaches them: ./lab queue add PLAN, or ./lab night";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, bool> _reached = new(StringComparer.Ordinal);

    /// <summary>Refuses a bench whose plugs have addresses that mean another machine here.</summary>
    /// <param name="slots">Its slots.</param>
    /// <param name="isHere">The station is on this machine after all.</param>
    /// <exception cref="BenchFaultException">Kind Network: plugs have addresses of the station's own machine.</exception>
    public void Refuse(IEnumerable<SlotDescription> slots, bool isHere)
    {
        string[] inside = [.. slots.Where(s => !isHere && s.Http is { } http && Parse(http).IsLoopback).Select(s => $"{s.Name} at {s.Http}")];
        if (inside.Length > 0)
        {
            throw new BenchFaultException(FaultKind.Network, $"station {station}", $"its plugs are inside its own machine ({string.Join(", ", inside)}), and suites from here cannot speak to them", Remedy);
        }
    }

    /// <summary>Knocks at a plug that serves the station, once.</summary>
    /// <param name="slot">Its slot.</param>
    /// <param name="http">host:port.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BenchFaultException">Kind Network: it does not answer this machine.</exception>
    public async Task KnockAsync(string slot, string http, CancellationToken cancellationToken)
    {
        if (_reached.ContainsKey(slot))
        {
            return;
        }

        Uri address = Parse(http);
        using CancellationTokenSource limit = new(Limit, TimeProvider.System);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(address.DnsSafeHost, address.Port, either.Token).ConfigureAwait(false);
            _reached[slot] = true;
        }
        catch (Exception silent) when (silent is SocketException || (silent is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new BenchFaultException(
                FaultKind.Network, $"slot {slot}", $"its plug at {http} serves the station at {station} and cannot be reached from this machine ({(silent is SocketException ? silent.Message : $"no answer in {Limit.TotalSeconds:0} s")})",
                $"Give this machine a way into the plugs' network. {Remedy}", silent);
        }
    }

    private static Uri Parse(string hostPort) => new($"http://{hostPort}");
}
