using System.Globalization;
using System.Security.Cryptography;
using LabRunner.Bench.Api;
using LabRunner.Bench.Consoles;
using LabRunner.Bench.Diagnosis;
using LabRunner.Bench.Journal;
using LabRunner.Hardware.Faults;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Bench.Session;

/// <content>What suites record, and what the end of the night makes of it.</content>
public sealed partial class BenchSession
{
    // A name of a file system has 255 bytes, a letter up to 3 of them; the end tells what kind of file it is.
    private const int LongestName = 80;

    private readonly Lock _records = new();
    private readonly Dictionary<long, TestRecord> _tests = [];
    private readonly Dictionary<long, ExposureRecord> _exposure = [];
    private readonly List<TrialRecord> _trials = [];
    private readonly List<MeasurementRecord> _measurements = [];
    private readonly HashSet<string> _suitesOver = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public Task RecordTrialAsync(
        string slot, string suite, string step, TimeSpan at, bool ok, TimeSpan duration, IReadOnlyDictionary<string, string> detail, CancellationToken cancellationToken)
    {
        if (!ok && _interlocks.Stopped is { } stopped)
        {
            // A DUT whose power was taken away fails every attempt: that is no trial of it.
            Slot(slot).Note(at, "trial-invalid", $"{suite} {step} failed after the stop ({stopped})");
            return Task.CompletedTask;
        }

        TrialRecord trial = new(_journal.NextId("trials"), Slot(slot).Name, suite, step, at.TotalSeconds, ok, duration.TotalMilliseconds, detail);
        lock (_records)
        {
            _trials.Add(trial);
        }

        // At once: what is on record is not done again after a death.
        _journal.Put(JournalRow.Of(trial));
        _journal.CommitSoon();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task RecordMeasurementAsync(MeasurementRecord measurement, CancellationToken cancellationToken)
    {
        MeasurementRecord row = measurement with
        {
            Id = _journal.NextId("measurements"), At = _options.Clock.Elapsed.TotalSeconds, Slot = Slot(measurement.Slot).Name,
        };
        lock (_records)
        {
            _measurements.Add(row);
        }

        _journal.Put(JournalRow.Of(row));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task RecordArtefactAsync(
        string slot, string suite, string? test, string name, string mime, string sourcePath, CancellationToken cancellationToken)
    {
        long id = _journal.NextId("artefacts");
        string safe = string.Concat(Path.GetFileName(name).Select(c => char.IsLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '_'));
        string path = Path.Combine("artifacts", Slot(slot).Name, string.Create(CultureInfo.InvariantCulture, $"{id:0000}-{(safe.Length > LongestName ? safe[^LongestName..] : safe)}"));
        string target = Path.Combine(_options.RunFolder, path);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            await ArtefactFile.TakeAsync(sourcePath, target, mime, _redactor, cancellationToken).ConfigureAwait(false);
            await using FileStream file = File.OpenRead(target);
            string hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken).ConfigureAwait(false));
            _journal.Put(JournalRow.Of(new ArtefactRecord(id, slot, suite, test, _options.Clock.Elapsed.TotalSeconds, name, mime, path, hash)));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new BenchFaultException(FaultKind.Storage, target, $"the file cannot be kept ({failure.Message})", "Check the path and free disk space", failure);
        }
    }

    /// <inheritdoc/>
    public Task<long> BeginTestAsync(string slot, string suite, string name, string fullName, CancellationToken cancellationToken)
    {
        TestRecord test = new(
            _journal.NextId("tests"), Slot(slot).Name, suite, name, fullName, _options.Clock.Elapsed.TotalSeconds, null, Verdict.NotRun, null, null);
        Slot(slot).Activity = $"{suite} {name}";
        lock (_records)
        {
            GoOn(test);
        }

        Keep(test);
        return Task.FromResult(test.Id);
    }

    /// <inheritdoc/>
    public async Task EndTestAsync(long test, Verdict verdict, string? message, string? trace, CancellationToken cancellationToken)
    {
        TestRecord? known;
        lock (_records)
        {
            known = _tests.GetValueOrDefault(test);
        }

        if (known is { Ended: null })
        {
            await LiftLeftAsync(known.Slot).ConfigureAwait(false);
            if (verdict == Verdict.Fail && _interlocks.Stopped is { } stopped)
            {
                (verdict, message) = (Verdict.Invalid, $"{stopped}. {message}".Trim());
            }

            Keep(known with { Ended = _options.Clock.Elapsed.TotalSeconds, Verdict = verdict, Message = message, Trace = trace });
            lock (_records)
            {
                _cutShort.Remove((known.Slot, known.FullName));
            }

            _journal.CommitSoon();
            Slot(known.Slot).Activity = $"{known.Suite} {known.Name}: {verdict.ToText()}";
        }
    }

    /// <inheritdoc/>
    public Task<long> BeginExposureAsync(string slot, string suite, CancellationToken cancellationToken)
    {
        ExposureRecord exposure = new(_journal.NextId("exposure"), Slot(slot).Name, suite, _options.Clock.Elapsed.TotalSeconds, null);
        Keep(exposure);
        return Task.FromResult(exposure.Id);
    }

    /// <inheritdoc/>
    public Task EndExposureAsync(long exposure, CancellationToken cancellationToken)
    {
        ExposureRecord? known;
        lock (_records)
        {
            known = _exposure.GetValueOrDefault(exposure);
        }

        if (known is { Ended: null })
        {
            Keep(known with { Ended = _options.Clock.Elapsed.TotalSeconds });
        }

        return Task.CompletedTask;
    }

    private void Keep(TestRecord test)
    {
        lock (_records)
        {
            _tests[test.Id] = test;
        }

        _journal.Put(JournalRow.Of(test));
    }

    private void Keep(ExposureRecord exposure)
    {
        lock (_records)
        {
            _exposure[exposure.Id] = exposure;
        }

        _journal.Put(JournalRow.Of(exposure));
    }

    private string? SuiteOf(string slot)
    {
        lock (_records)
        {
            return _exposure.Values.LastOrDefault(e => e.Slot == slot && e.Ended is null)?.Suite
                ?? _tests.Values.LastOrDefault(t => t.Slot == slot && t.Ended is null)?.Suite;
        }
    }

    private Dictionary<Verdict, int> VerdictsOf(string slot)
    {
        lock (_records)
        {
            return _tests.Values.Where(t => t.Slot == slot && t.Ended is not null && !CutShort.Is(t)).GroupBy(t => t.Verdict).ToDictionary(g => g.Key, g => g.Count());
        }
    }

    private void Meta(string key, string value) => _journal.Put(JournalRow.Meta(key, value));

    private void WriteMeta()
    {
        LabRunner.Hardware.Time.LabClock clock = _options.Clock;
        Meta(MetaKeys.SchemaVersion, JournalSchema.Version);
        Meta(MetaKeys.Bench, _options.Inventory.Name);
        Meta(MetaKeys.Plan, _options.Plan.Name);
        Meta(MetaKeys.Seed, _options.Seed.ToString(CultureInfo.InvariantCulture));
        if (_options.Night is { } night)
        {
            Meta(MetaKeys.Night, night.ToString(CultureInfo.InvariantCulture));
        }

        Meta(MetaKeys.TimeScale, clock.Scale.ToString("R", CultureInfo.InvariantCulture));
        Meta(MetaKeys.OriginUtc, clock.UtcAt(TimeSpan.Zero).ToString("O", CultureInfo.InvariantCulture));
        Meta(MetaKeys.Started, clock.Elapsed.TotalSeconds.ToString("R", CultureInfo.InvariantCulture));
        Meta(MetaKeys.Runner, _options.RunnerVersion);
        Meta(MetaKeys.PlanText, _options.Plan.Text);
        Meta(MetaKeys.InventoryText, _options.Inventory.Text);
        if (_options.OwnerFacts.Length > 0)
        {
            Meta(MetaKeys.Resume, _options.OwnerFacts);
        }
    }

    private void WriteSlot(Slots.SlotHardware hardware)
    {
        Inventory.SlotEntry e = hardware.Entry;
        BoardDescription board = e.Board.Description;
        Dictionary<string, string> facts = new(BoardFacts.Of(board.VoltsPerHertz, board.AmperesPerHertz, board.WattsPerHertz))
        {
            ["supply"] = Inventory.Yaml.OptionsBinder.Word(e.Supply), ["http"] = e.Http ?? "", ["mqtt"] = e.MqttClient ?? "", ["board file"] = e.Board.File, ["source"] = e.Board.Source,
        };
        _journal.Put(JournalRow.Of(new SlotRecord(e.Name, board.Name, board.Title, board.Chip, e.Sentinel, e.Capabilities, facts)));
    }

    private void CloseRecords(double now)
    {
        List<ExposureRecord> exposure;
        List<TestRecord> tests;
        lock (_records)
        {
            exposure = [.. _exposure.Values.Where(e => e.Ended is null)];
            tests = [.. _tests.Values.Where(t => t.Ended is null)];
        }

        exposure.ForEach(e => Keep(e with { Ended = now }));
        tests.ForEach(t => Keep(t with { Ended = now, Verdict = Verdict.Invalid, Message = CutShort.ByTheEnd }));
    }

    private void Analyse()
    {
        foreach (SlotSession slot in _slots.Values)
        {
            IReadOnlyList<IncidentRecord> incidents = slot.Incidents;
            if (PeriodicityAnalysis.Find(slot.Name, incidents, slot.Intents, _options.Plan.Watch.PingEvery, _stalls.WorstBetween) is { } periodic)
            {
                slot.Report(periodic, "analysis");
            }

            double confidence = _options.Plan.Goals.Confidence;
            HeapLeak heap = LeakAnalysis.Judge(slot.Telemetry, slot.Boots, slot.Downtime, _options.Plan.Leak, confidence);
            if (LeakAnalysis.Find(slot.Name, heap, confidence) is { } leak)
            {
                slot.Report(leak, "analysis");
            }

            VerdictRecord? row = LeakAnalysis.Row(slot.Name, heap, _options.Plan.Leak, confidence);
            if (row?.Verdict == Verdict.Warn)
            {
                // A leak is an incident, which may be quarantined; what may be one is judged as a check.
                KeepCheck(row, note: false);
            }
            else if (row is not null)
            {
                _journal.Put(JournalRow.Of(row with { Id = _journal.NextId("verdicts") }));
            }
        }
    }

    private static VerdictRecord? RelayBudgetRow(string slot, int? operations, int budget) => operations is not { } count ? null : new VerdictRecord(
        0, $"slot:{slot}", "relay-operations", count, "operations", budget, null, null, null, count <= budget ? Verdict.Pass : Verdict.Warn,
        string.Create(CultureInfo.InvariantCulture, $"the contact closed {count} times of at most {budget} in a night{(count <= budget ? "" : ": tests that move it ask before each attempt, and end as INCONCLUSIVE beyond that")}"));

    private NightFacts FactsAt(double now, string outcome)
    {
        lock (_records)
        {
            return new()
            {
                Goals = _options.Plan.Goals,
                Slots = [.. _slots.Values.Select(s => new SlotFacts(s.Name, s.Incidents, s.Downtime, s.Lost) { StoppedByBench = s.StoppedByBench, Product = ProductOf(s) })],
                Tests = [.. _tests.Values.Where(t => !CutShort.Is(t) || !_tests.Values.Any(o => o.Slot == t.Slot && o.FullName == t.FullName && o.Id > t.Id))],
                Trials = [.. _trials],
                Measurements = [.. _measurements],
                Checks = [.. _checks.Values, .. _slots.Values.Select(s => RelayBudgetRow(s.Name, s.RelayOperations, _options.Plan.RelayBudget)).OfType<VerdictRecord>()],
                Quarantine = _options.Quarantine,
                Day = DateOnly.FromDateTime(_options.Clock.UtcAt(TimeSpan.Zero).UtcDateTime),
                Firmware = _slots.Values.Where(s => s.Version is not null).ToDictionary(s => s.Name, s => s.Version!),
                Exposure = [.. _exposure.Values],
                BenchFaults = [.. _earlierFaults, .. _faults.Select(f => f.Message)],
                Now = now,
                Outcome = outcome,
            };
        }
    }

    private static string ProductOf(SlotSession slot) => $"{slot.Hardware.Entry.Board.Description.Name} {slot.Version ?? "unknown firmware"}";

    private void WriteVerdicts(double now, string outcome)
    {
        foreach (VerdictRecord verdict in VerdictRules.Judge(FactsAt(now, outcome)))
        {
            _journal.Put(JournalRow.Of(verdict with { Id = _journal.NextId("verdicts") }));
        }
    }
}
