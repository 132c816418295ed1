using LabRunner.Bench.Journal;
using LabRunner.Bench.Slots;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Sensing;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Session;

/// <content>E-stop and lid: watched by their edges, and read once a run second in case an edge or the line itself is lost.</content>
public sealed partial class BenchSession
{
    private readonly Interlocks _interlocks = new();
    private readonly List<(SafetyInput Input, Action<ContactEdge> Handler)> _watched = [];
    private Task _stopping = Task.CompletedTask;

    /// <summary>Refuses to give power to a bench that is not safe, and watches it from then on.</summary>
    private async Task WatchSafetyAsync(CancellationToken cancellationToken)
    {
        foreach (SafetyInput input in _options.Safety)
        {
            void OnEdge(ContactEdge edge)
            {
                if (!edge.Closed)
                {
                    Stop(input, edge.At, "opened");
                }
            }

            input.Chain.Edge += OnEdge;
            _watched.Add((input, OnEdge));
            if (!await input.Chain.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                throw new BenchFaultException(FaultKind.Safety, Name(input), "it is open before the night begins", "Release the E-stop, shut the lid, then start again");
            }
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
                    Stop(input, now, "is open");
                }
            }
            catch (BenchFaultException fault)
            {
                Stop(input, now, $"cannot be read ({fault.Problem})");
            }
        }
    }

    /// <summary>Returns at once: it may be called on a chip's thread.</summary>
    private void Stop(SafetyInput input, TimeSpan at, string what)
    {
        string reason = $"{Name(input)} {what} during the night: all outputs are off";
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
        _faults.Add(new BenchFaultException(FaultKind.Safety, Name(input), $"it {what} during the night, all outputs went off", "Find out why, make the bench safe and start a new night"));
        _journal.Put(JournalRow.Of(new EventRecord(
            _journal.NextId("events"), at.TotalSeconds, null, "bench-fault", reason, new Dictionary<string, string> { ["input"] = input.Name })));
    }

    private static string Name(SafetyInput input) => input.Name == LabRunner.Hardware.Catalogue.Contracts.Lid ? "the lid" : "the E-stop";
}
