using System.Runtime.CompilerServices;
using LabRunner.Bench.Api;
using LabRunner.Bench.Consoles;
using LabRunner.Bench.Slots;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Session;

/// <content>What the station sees beyond what a suite asks for.</content>
public sealed partial class BenchSession
{
    /// <summary>E-stop, lid and what the inventory says of isolation.</summary>
    public Interlocks Interlocks => _interlocks;

    /// <summary>Does what gives a slot its power by other means than <see cref="SwitchPowerAsync"/>, and tells the watch.</summary>
    public Task PowerUpAsync(string slot, Func<CancellationToken, Task> act, CancellationToken cancellationToken) => Slot(slot).SupplyAsync(true, act, cancellationToken);

    /// <summary>Console lines from a number on as they come, until the session closes the console. A reader that is too slow sees a jump in the numbers.</summary>
    public async IAsyncEnumerable<IReadOnlyList<ConsoleText>> FollowConsoleAsync(string slot, long from, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ConsoleRing ring = Console(slot).Ring;
        while (true)
        {
            IReadOnlyList<ConsoleText> lines = await ring.WaitAsync(from, cancellationToken).ConfigureAwait(false);
            from = lines[^1].Number + 1;
            yield return lines;
        }
    }

    /// <summary>Telemetry of a slot not before <paramref name="since"/>, in order.</summary>
    public IReadOnlyList<TelemetryRecord> GetTelemetry(string slot, TimeSpan since) => Slot(slot).TelemetrySince(since);

    /// <summary>What was done to a slot so far.</summary>
    public IReadOnlyList<IntentRecord> GetIntents(string slot) => Slot(slot).Intents;

    /// <summary>Nothing of the plan is asked of a slot any more.</summary>
    public void EndSuites(string slot)
    {
        Slot(slot).Activity = "done";
        lock (_records)
        {
            _suitesOver.Add(slot);
        }
    }

    private SuiteCount? SuitesOf(string slot)
    {
        int planned = _options.Plan.Suites.Count(s => s.IsFor(slot));
        if (planned == 0)
        {
            return null;
        }

        lock (_records)
        {
            int over = _suitesOver.Contains(slot) ? planned
                : _options.Plan.Suites.Take(SuiteProgress.Of(_options.Plan, slot, _tests.Values.OrderBy(t => t.Id)).Entry).Count(s => s.IsFor(slot));
            return new SuiteCount(over, planned, _trials.Count(t => t.Slot == slot));
        }
    }
}
