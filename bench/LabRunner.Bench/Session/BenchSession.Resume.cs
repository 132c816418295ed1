using System.Globalization;
using LabRunner.Bench.Api;
using LabRunner.Bench.Journal;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Session;

/// <content>Going on with a run whose runner died: what was open is closed as not observed, the gap is marked, nothing finished is asked again.</content>
public sealed partial class BenchSession
{
    // Tests that were cut short and have not come to an end since, with the run time their first attempt began.
    private readonly Dictionary<(string Slot, string FullName), double> _cutShort = [];
    private readonly Dictionary<string, (long Test, double Since)> _goesOn = new(StringComparer.Ordinal);
    private readonly List<string> _earlierFaults = [];
    private int _resumes;

    /// <inheritdoc/>
    public Task<EarlierAttempt?> GetEarlierAttemptAsync(string slot, CancellationToken cancellationToken)
    {
        lock (_records)
        {
            if (!_goesOn.TryGetValue(Slot(slot).Name, out (long Test, double Since) now) || !_tests.TryGetValue(now.Test, out TestRecord? test))
            {
                return Task.FromResult<EarlierAttempt?>(null);
            }

            bool Mine(string of, string suite, double at) => of == slot && suite == test.Suite && at >= now.Since && at < test.Started;
            List<Span> exposed = [.. _exposure.Values.Where(e => Mine(e.Slot, e.Suite, e.Started)).Select(e => new Span(e.Started, e.Ended ?? test.Started))];
            return Task.FromResult<EarlierAttempt?>(new EarlierAttempt(
                TimeSpan.FromSeconds(now.Since), [.. _trials.Where(t => Mine(t.Slot, t.Suite, t.At))], [.. _measurements.Where(m => Mine(m.Slot, m.Suite, m.At))], TimeSpan.FromSeconds(Spans.Seconds(exposed))));
        }
    }

    private void TakeUp(ResumePoint point)
    {
        double now = _options.Clock.Elapsed.TotalSeconds;
        double seen = point.LastSeen.TotalSeconds;
        foreach (JournalRow row in JournalRow.Reopen())
        {
            _journal.Put(row);
        }

        Meta(MetaKeys.Resume, _options.OwnerFacts);
        RunRecord run = point.Run;
        _resumes = run.Events.Count(e => e.Kind == EventKinds.RunGap) + 1;
        string times = $"from {Words.AtTenths(point.LastSeen)} to {Words.AtTenths(TimeSpan.FromSeconds(now))}";
        Put(seen, EventKinds.RunGap, string.Create(
            CultureInfo.InvariantCulture, $"Gap {times} ({now - seen:0.0} s of run time): {point.Why}. Nothing was observed and nothing of it counts as exposure; the run goes on since (resume {_resumes})."));
        foreach ((TimeSpan at, string text) in point.GuardLog)
        {
            Put(at.TotalSeconds, "guard", text);
        }

        if (run.Meta.GetValueOrDefault(MetaKeys.Runner) is { } before && before != _options.RunnerVersion)
        {
            Put(now, "runner", $"The run was begun by LabRunner {before} and goes on with {_options.RunnerVersion}.");
        }

        _earlierFaults.AddRange(run.Events.Where(e => e is { Kind: "bench-fault", Slot: null }).Select(e => e.Text));
        TakeUpRecords(run, seen, times);
    }

    private void TakeUpRecords(RunRecord run, double seen, string times)
    {
        lock (_records)
        {
            _trials.AddRange(run.Trials.Where(t => t.Suite != SlotSession.RecoverySuite));
            _measurements.AddRange(run.Measurements);
        }

        foreach (ExposureRecord exposure in run.Exposure)
        {
            TakeUp(exposure, exposure.Ended is null ? exposure with { Ended = Math.Max(exposure.Started, seen) } : exposure);
        }

        foreach (TestRecord test in run.Tests.OrderBy(t => t.Id))
        {
            if (!CutShort.Is(test))
            {
                _cutShort.Remove((test.Slot, test.FullName));
                TakeUp(test, test);
                continue;
            }

            _cutShort.TryAdd((test.Slot, test.FullName), test.Started);
            TakeUp(test, test.Verdict == Verdict.NotRun && test.Ended is not null ? test : test with
            {
                Ended = Math.Max(test.Started, Math.Min(test.Ended ?? seen, seen)), Verdict = Verdict.NotRun,
                Message = CutShort.Message($"the run stood still {times}; the test is done again, or goes on where it can, after that."),
            });
        }
    }

    private void TakeUp(TestRecord before, TestRecord after)
    {
        lock (_records)
        {
            _tests[after.Id] = after;
        }

        if (!ReferenceEquals(before, after))
        {
            _journal.Put(JournalRow.Of(after));
        }
    }

    private void TakeUp(ExposureRecord before, ExposureRecord after)
    {
        lock (_records)
        {
            _exposure[after.Id] = after;
        }

        if (!ReferenceEquals(before, after))
        {
            _journal.Put(JournalRow.Of(after));
        }
    }

    // Called with the records locked: the attempt that begins is the next one of a test that was cut short, or is not.
    private void GoOn(TestRecord test)
    {
        if (_cutShort.TryGetValue((test.Slot, test.FullName), out double since))
        {
            _goesOn[test.Slot] = (test.Id, since);
        }
        else
        {
            _goesOn.Remove(test.Slot);
        }
    }

    private void Put(double at, string kind, string text) =>
        _journal.Put(JournalRow.Of(new EventRecord(_journal.NextId("events"), at, null, kind, text, new Dictionary<string, string>())));

    // A DUT that is not the one of before must not add its hours to it.
    private async Task CompareIdentityAsync(SlotSession slot)
    {
        string phase = string.Create(CultureInfo.InvariantCulture, $"resumed-{_resumes}");
        IReadOnlyDictionary<string, string> now = await IdentifyAsync(slot, phase, _stop.Token).ConfigureAwait(false);
        string? before = _options.Resume!.Run.Identities.LastOrDefault(i => i.Slot == slot.Name && i.Phase == "before")?.Facts.GetValueOrDefault("mac");
        if (before is not null && now.TryGetValue("mac", out string? mac) && mac != before)
        {
            string problem = $"another DUT (MAC {mac}) is in the slot than before the gap ({before})";
            _faults.Add(new Hardware.Faults.BenchFaultException(Hardware.Faults.FaultKind.Configuration, $"slot {slot.Name}", problem, "Put the first one back and resume again, or begin a new night"));
            slot.LeaveToBench(problem);
        }
    }
}
