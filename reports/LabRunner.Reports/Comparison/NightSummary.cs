using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Comparison;

/// <summary>One night in the figures that nights are compared by. Immutable, thread safe.</summary>
/// <param name="Folder">Absolute path of its run folder.</param>
/// <param name="Bench">Bench name.</param>
/// <param name="Plan">Plan name.</param>
/// <param name="PlanText">The plan as it was played.</param>
/// <param name="At">Wall time of its start; null when not written.</param>
/// <param name="Killed">True when the runner died.</param>
/// <param name="Cells">By slot.</param>
public sealed record NightSummary(
    string Folder, string Bench, string Plan, string PlanText, DateTimeOffset? At, bool Killed, IReadOnlyList<NightCell> Cells)
{
    /// <summary>Name of the figure that every night has where its DUTs tell their heap.</summary>
    public const string HeapFloor = "heap floor, B";

    // Percent of the load that one pulse of a second's window is.
    private const double FinePulse = 1;

    /// <summary>Name of the run folder.</summary>
    public string Name => Path.GetFileName(Folder.TrimEnd('/'));

    /// <summary>What a copy of its folder has in common with it: a bench begins one night at a time.</summary>
    internal (string Bench, string Plan, object Start) Begun => (Bench, Plan, At is { } at ? at : (object)Folder);

    /// <summary>A sentence for each slot of it that does not count, with the reason the night gave itself.</summary>
    public IEnumerable<string> Discounted => Cells.Where(c => c.Invalid is not null).Select(c => $"{c.Slot} of {Name} does not count: {c.Invalid!.TrimEnd('.')}.");

    /// <summary>Reads a run folder: the summary that was drawn with its report where it fits the journal, else the journal's outline.</summary>
    /// <exception cref="Hardware.Faults.BenchFaultException">As <see cref="RunReader.Read"/>.</exception>
    public static NightSummary Read(string folder)
    {
        string path = Path.GetFullPath(folder).TrimEnd('/');
        if (SummaryFile.Read(path) is { } kept)
        {
            return kept;
        }

        string stamp = SummaryFile.Stamp(path);
        NightSummary read = From(RunReader.ReadOutline(folder));
        SummaryFile.Renew(read, stamp);
        return read;
    }

    /// <summary>Sums up a run.</summary>
    public static NightSummary From(RunRecord run)
    {
        ILookup<string, BootSpell> spells = BootSpells.Of(run).ToLookup(s => s.Slot);
        return new NightSummary(
            run.Folder, run.Bench, run.Plan, run.Meta.GetValueOrDefault(MetaKeys.PlanText, ""), run.WallAt(run.Started), run.Killed,
            [.. run.Slots.Select(slot => Cell(run, slot, [.. run.Failures.Where(f => f.Slot == slot.Name)], spells[slot.Name]))]);
    }

    private static NightCell Cell(RunRecord run, SlotRecord slot, IReadOnlyList<IncidentRecord> failures, IEnumerable<BootSpell> spells)
    {
        string name = slot.Name;
        Dictionary<string, int> seen = run.Incidents.Where(i => i.Slot == name && !i.Expected).CountBy(run.ModeOf).ToDictionary();
        if (run.WhyNotCounted(name) is { } why)
        {
            return new NightCell(
                name, slot.Board, Firmware(run, name), default, new Dictionary<string, Exposed>(), new Dictionary<string, int>(), new Dictionary<string, Attempts>(),
                new Dictionary<string, IReadOnlyList<double>>())
            {
                Bench = run.Bench,
                Invalid = why,
                Seen = seen,
            };
        }

        Dictionary<string, Exposed> suites = run.Exposure.Where(e => e.Slot == name).GroupBy(e => e.Suite).ToDictionary(
            g => g.Key,
            g => new Exposed(
                run.DeviceHours(name, g.Key), failures.Count(f => FailureRule.Under(f, g, run.End).Any())));
        Dictionary<string, IReadOnlyList<double>> figures = run.Measurements.Where(m => m.Slot == name && double.IsFinite(m.Value) && m.Verdict != Verdict.Invalid)
            .GroupBy(m => $"{m.Suite} {m.Name}, {m.Unit}").ToDictionary(g => g.Key, g => (IReadOnlyList<double>)[.. g.Select(m => m.Value)]);
        if (run.TelemetryOf(name).Min(t => t.HeapB) is { } floor)
        {
            figures[HeapFloor] = [floor];
        }

        return new NightCell(
            name,
            slot.Board,
            Firmware(run, name),
            new Exposed(run.DeviceHours(name), failures.Count),
            suites,
            run.Incidents.Where(i => i.Slot == name && !i.Expected && i.Class != "INFRA").CountBy(run.ModeOf).ToDictionary(),
            run.Trials.Where(t => t.Slot == name && t.Suite != SuiteNames.Recovery).GroupBy(t => $"{t.Suite} {t.Step}").ToDictionary(g => g.Key, g => new Attempts(g.Count(t => t.Ok), g.Count())),
            figures)
        {
            Bench = run.Bench,
            Seen = seen,
            Heap = HeapSlope.Of(run, name),
            UnstableHours = run.Stable(name).Unstable,
            Reconnects = [.. Records.Reconnects.Of(run.Trials).Where(t => t.Slot == name && t.Ok).Select(t => Math.Round(t.DurationMs / 1000, 3))],
            Gains = GainsOf(run, name),
            Settings = run.Identities.FirstOrDefault(i => i.Slot == name && i.Phase == "before")?.Facts.GetValueOrDefault(IdentityFacts.SettingsHash),
            Tests = run.Tests.Where(t => t.Slot == name && t.Verdict is (Verdict.Pass or Verdict.Warn or Verdict.Fail)).GroupBy(t => $"{t.Suite} {t.Name}")
                .ToDictionary(g => g.Key, g => g.All(t => t.Verdict != Verdict.Fail)),
            Failed = NightCell.FailedOf(run, name),
            Spells = [.. spells.Where(s => s.Suite == SuiteNames.IdleSoak).Select(s => new Spell(Math.Round(s.Seconds, 3), s.Failed))],
            Resets = [.. run.UnderTestResets(name).Select(b => HourOf(run, b.At)).OfType<double>()],
            Watched = [.. run.Watched(name).Select(w => (Start: HourOf(run, w.Start), End: HourOf(run, w.End))).Where(w => w is (not null, not null)).Select(w => new Span(w.Start!.Value, w.End!.Value))],
        };
    }

    // One gain for each quantity: the middle of the errors at loads where a pulse more or less says little.
    private static Dictionary<string, double> GainsOf(RunRecord run, string slot) =>
        MeteringCurve.Points(run.Measurements.Where(m => m.Slot == slot && m.Verdict != Verdict.Invalid)).Where(p => !p.Quantity.Contains(',', StringComparison.Ordinal) && p.Quantum is (null or < FinePulse))
            .GroupBy(p => p.Quantity).ToDictionary(g => g.Key, g => Math.Round(Percentile.Of(g.Select(p => p.Error), 0.5), 4));

    // Hours since 1970 to a third of a millisecond; null where the wall's clock does not tell the time of the run.
    private static double? HourOf(RunRecord run, double seconds) =>
        run.TimeScale == 1 && run.WallAt(seconds) is { } at ? Math.Round((at - DateTimeOffset.UnixEpoch).TotalHours, 7) : null;

    private static string Firmware(RunRecord run, string slot)
    {
        string? before = Build("before"), after = Build("after");
        return before is not null && after is not null && before != after ? $"{before} → {after}" : before ?? after ?? NightCell.UnknownBuild;

        string? Build(string phase) => run.Identities.FirstOrDefault(i => i.Slot == slot && i.Phase == phase && i.Facts.ContainsKey("build"))?.Facts["build"];
    }
}
