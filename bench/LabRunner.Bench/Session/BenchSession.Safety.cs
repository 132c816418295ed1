using LabRunner.Bench.Journal;
using LabRunner.Bench.Slots;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Sensing;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Session;

/// <content>E-stop and lid: watched by their edges, and read once a run second in case an edge or the line itself is lost. And the heartbeat of the bench.</content>
public sealed partial class BenchSession
{
    private readonly Interlocks _interlocks = new();
    private readonly List<(SafetyInput Input, Action<ContactEdge> Handler)> _watched = [];
    private Task _stopping = Task.CompletedTask;
    private HeartbeatKeeper? _heart;

    /// <summary>Refuses to give power to a bench that is not safe, and watches it from then on.</summary>
    private async Task WatchSafetyAsync(CancellationToken cancellationToken)
    {
        foreach (SafetyInput input in _options.Safety)
        {
            void OnEdge(ContactEdge edge)
            {
                if (!edge.Closed)
                {
                    Stop(input.Name, edge.At, "opened");
                }
            }

            input.Chain.Edge += OnEdge;
            _watched.Add((input, OnEdge));
            if (!await input.Chain.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                throw new BenchFaultException(FaultKind.Safety, Name(input.Name), "it is open before the night begins", "Release the E-stop, shut the lid, then start again");
            }
        }
    }

    private void StartHeartbeat()
    {
        if (_options.Heartbeat is { } line)
        {
            // Its relay has let the coils go; what the bench believes must be the same.
            _heart = new HeartbeatKeeper(line, _interlocks, _options.Machine, why => Stop(Contracts.Heartbeat, _options.Clock.Elapsed, $"fell silent ({why})"));
        }
    }

    private void UnwatchSafety()
    {
        foreach ((SafetyInput input, Action<ContactEdge> handler) in _watched)
        {
            input.Chain.Edge -= handler;
        }

        _watched.Clear();
    }

    private async Task CheckSafetyAsync(TimeSpan now)
    {
        foreach (SafetyInput input in _interlocks.Stopped is null ? _options.Safety : [])
        {
            try
            {
                if (!await input.Chain.ReadAsync(_stop.Token).ConfigureAwait(false))
                {
                    Stop(input.Name, now, "is open");
                }
            }
            catch (BenchFaultException fault)
            {
                Stop(input.Name, now, $"cannot be read ({fault.Problem})");
            }
        }
    }

    /// <summary>Returns at once: it may be called on a chip's thread.</summary>
    private void Stop(string part, TimeSpan at, string what)
    {
        string reason = $"{Name(part)} {what} during the night: all outputs are off";
        if (!_interlocks.Stop(reason))
        {
            return;
        }

        // Off first, told second.
        _stopping = Task.Run(async () =>
        {
            IReadOnlyList<BenchFaultException>[] failures =
                await Task.WhenAll(_slots.Values.Select(s => s.StopAsync(at, reason))).ConfigureAwait(false);
            foreach (BenchFaultException failure in failures.SelectMany(f => f))
            {
                _faults.Add(failure);
            }
        });
        _faults.Add(new BenchFaultException(FaultKind.Safety, Name(part), $"it {what} during the night, all outputs went off", "Find out why, make the bench safe and start a new night"));
        _journal.Put(JournalRow.Of(new EventRecord(
            _journal.NextId("events"), at.TotalSeconds, null, "bench-fault", reason, new Dictionary<string, string> { ["input"] = part })));
    }

    private static string Name(string part) => part switch { Contracts.Lid => "the lid", Contracts.Heartbeat => "the heartbeat", _ => "the E-stop" };
}
