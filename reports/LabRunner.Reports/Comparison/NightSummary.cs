using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Comparison;

/// <summary>Hours and what failed in them.</summary>
/// <param name="Hours">Device-hours, down time and INVALID time removed.</param>
/// <param name="Failures">Failures (<see cref="FailureRule"/>).</param>
public readonly record struct Exposed(double Hours, int Failures)
{
    /// <summary>Failures per 100 device-hours; null without hours.</summary>
    public double? Per100Hours => Hours > 0 ? 100 * Failures / Hours : null;

    /// <summary>Both together.</summary>
    public static Exposed operator +(Exposed one, Exposed other) => one.Add(other);

    /// <summary>Both together.</summary>
    public Exposed Add(Exposed other) => new(Hours + other.Hours, Failures + other.Failures);
}

/// <summary>Attempts of a repeated step.</summary>
/// <param name="Ok">Attempts that went well.</param>
/// <param name="Tried">All attempts.</param>
public readonly record struct Attempts(int Ok, int Tried)
{
    /// <summary>Share that goes well: exact two-sided 90 % interval (Clopper-Pearson).</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public Interval Bounds => Proportion.ClopperPearson(Ok, Tried, 0.9);
}

/// <summary>One DUT in one night, in the figures that nights are compared by.</summary>
/// <param name="Slot">Slot name.</param>
/// <param name="Board">Board name.</param>
/// <param name="Firmware">Build before the night; "A → B" when another was there at its end; "unknown build" when it was never read.</param>
/// <param name="Total">All suites together: how long it was there, and no rate.</param>
/// <param name="Suites">By suite: idle and stress hours are never pooled.</param>
/// <param name="Modes">Unexpected incidents and findings by class and mode, INFRA left out.</param>
/// <param name="Trials">Attempts by "suite step".</param>
/// <param name="Figures">Values by "name, unit": heap floor and what the suites measured.</param>
public sealed record NightCell(
    string Slot, string Board, string Firmware, Exposed Total, IReadOnlyDictionary<string, Exposed> Suites, IReadOnlyDictionary<string, int> Modes,
    IReadOnlyDictionary<string, Attempts> Trials, IReadOnlyDictionary<string, IReadOnlyList<double>> Figures)
{
    /// <summary>What stands in place of a build that was never read.</summary>
    public const string UnknownBuild = "unknown build";

    /// <summary>True where a build was read.</summary>
    public bool Known => Firmware != UnknownBuild;

    /// <summary>Bench that the slot belongs to: slots of two benches are other plugs, whatever their names.</summary>
    public string Bench { get; init; } = "";

    /// <summary>Why nothing of it counts: the night's own verdict of the slot is INVALID, and that is its sentence. Null where it counts; else it has no hours, failures, modes, attempts or figures.</summary>
    public string? Invalid { get; init; }

    /// <summary>The idle soak's part, which rates of boards and builds are of.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public Exposed Soak => Suites.GetValueOrDefault(SuiteNames.IdleSoak);

    /// <summary>What failed and no rate speaks of: suites, checks of the slot and findings, in order; what is quarantined is left out.</summary>
    public IReadOnlyList<string> Failed { get; init; } = [];

    /// <summary>Unexpected incidents and findings of every class, of slots that do not count too: for who asks whether something was seen before.</summary>
    public IReadOnlyDictionary<string, int> Seen { get; init; } = new Dictionary<string, int>();

    /// <summary>Spells of the idle soak, from a boot to a failure or to what cut it short; seconds to a thousandth.</summary>
    public IReadOnlyList<Spell> Spells { get; init; } = [];

    /// <summary>
    /// Wall times of unexpected resets under test, hours since 1970 (UTC). None where the run's clock was faster than the wall's: its times are no
    /// times of day.
    /// </summary>
    public IReadOnlyList<double> Resets { get; init; } = [];

    /// <summary>When it was under test, without INVALID time; as <see cref="Resets"/>.</summary>
    public IReadOnlyList<Span> Watched { get; init; } = [];

    /// <summary>True where both are of one slot of one bench, with the same board in it.</summary>
    internal bool IsPlugOf(NightCell other) => (Bench, Slot, Board) == (other.Bench, other.Slot, other.Board);

    // The idle soak asks whether there was an incident; how many are too many is the rate's to say.
    internal static IReadOnlyList<string> FailedOf(RunRecord run, string slot) =>
    [
        .. run.Verdicts.Where(v => v is { Rule: "tests", Verdict: Verdict.Fail } && v.Scope.Split(':') is ["suite", not SuiteNames.IdleSoak, _] && v.Scope.EndsWith(":" + slot, StringComparison.Ordinal)).Select(v => v.Scope.Split(':')[1])
            .Concat(run.Verdicts.Where(v => v.Verdict == Verdict.Fail && v.Scope == "slot:" + slot && v.Rule != "stability").Select(v => v.Rule))
            .Concat(run.Incidents.Where(i => i.Slot == slot && FailureRule.IsFinding(i) && !run.Verdicts.Any(v => v.Rule == VerdictRecord.QuarantineRule && v.Scope == $"incident:{i.Id}")).Select(Words.ClassAndMode))
            .Distinct().Order(StringComparer.Ordinal),
    ];
}

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

    /// <summary>Name of the run folder.</summary>
    public string Name => Path.GetFileName(Folder.TrimEnd('/'));

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
            run.Trials.Where(t => t.Slot == name).GroupBy(t => $"{t.Suite} {t.Step}").ToDictionary(g => g.Key, g => new Attempts(g.Count(t => t.Ok), g.Count())),
            figures)
        {
            Bench = run.Bench,
            Seen = seen,
            Failed = NightCell.FailedOf(run, name),
            Spells = [.. spells.Where(s => s.Suite == SuiteNames.IdleSoak).Select(s => new Spell(Math.Round(s.Seconds, 3), s.Failed))],
            Resets = [.. run.UnderTestResets(name).Select(b => HourOf(run, b.At)).OfType<double>()],
            Watched = [.. run.Watched(name).Select(w => (Start: HourOf(run, w.Start), End: HourOf(run, w.End))).Where(w => w is (not null, not null)).Select(w => new Span(w.Start!.Value, w.End!.Value))],
        };
    }

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
