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

    /// <summary>Free heap over the night, as the night judged it; null where it was not judged.</summary>
    public HeapSlope? Heap { get; init; }

    /// <summary>Hours of <see cref="Total"/> with an unexpected reset; several in one cost it once.</summary>
    public int UnstableHours { get; init; }

    /// <summary>How long it took to come back after what a suite cut it off from, seconds to a thousandth; attempts that came back in time only.</summary>
    public IReadOnlyList<double> Reconnects { get; init; } = [];

    /// <summary>Gain error of the meter by quantity (voltage, current, power), percent; those that were measured.</summary>
    public IReadOnlyDictionary<string, double> Gains { get; init; } = new Dictionary<string, double>();

    /// <summary>Hash of its settings before the night; null where it was not read.</summary>
    public string? Settings { get; init; }

    /// <summary>Outcome of each test by "suite test"; those without one (not run, no result) are left out, of several attempts all must have passed.</summary>
    public IReadOnlyDictionary<string, bool> Tests { get; init; } = new Dictionary<string, bool>();

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
