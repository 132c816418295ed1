using System.ComponentModel.DataAnnotations;
using LabRunner.Bench.Api;
using LabRunner.Bench.Diagnosis;

namespace LabRunner.Bench.Plans;

/// <summary>A plan: what to do to a bench for a night.</summary>
/// <param name="File">Path.</param>
/// <param name="Text">Text as read.</param>
/// <param name="Name">Name.</param>
/// <param name="Description">For people.</param>
/// <param name="TimeScale">Default time scale on a virtual bench; a real bench always runs at 1.</param>
/// <param name="Baseline">Quiet time before the first suite.</param>
/// <param name="TestLimit">A test that takes longer is killed and reported, run time.</param>
/// <param name="Watch">Cadences, dead rules and recovery.</param>
/// <param name="Leak">Parameters of the heap-leak rule.</param>
/// <param name="Goals">What the verdicts compare with.</param>
/// <param name="Suites">In order.</param>
public sealed record Plan(
    string File, string Text, string Name, string? Description, double TimeScale, TimeSpan Baseline, TimeSpan TestLimit, WatchPlan Watch,
    LeakPlan Leak, GoalPlan Goals, IReadOnlyList<PlannedSuite> Suites)
{
    /// <summary>Most operations of a slot's relay in a night; a contact of this kind is made for some ten thousand. Default 500.</summary>
    public int RelayBudget { get; init; } = 500;

    /// <summary>Roles in their turn; empty: the plan does not rotate.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];
}

/// <summary>How closely the watch looks. Defaults from soak practice: see bench/README.md.</summary>
public sealed record WatchPlan
{
    /// <summary>Cadence of P. Default 1 s.</summary>
    public TimeSpan PingEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Cadence of T. Default 10 s.</summary>
    public TimeSpan TcpEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Cadence of Hs. Default 10 s.</summary>
    public TimeSpan SmallHttpEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Cadence of Hl. Default 60 s.</summary>
    public TimeSpan LargeHttpEvery { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Expected MQTT period of the DUT. Default 60 s (mqtt_broadcastInterval).</summary>
    public TimeSpan MqttEvery { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Cadence of V, the supply rail. Default 5 s.</summary>
    public TimeSpan RailEvery { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Lowest rail on which a DUT can run, V. Default 2.7: below it a BL0937 resets.</summary>
    [Range(0.0, 24.0)]
    public double RailLowest { get; init; } = 2.7;

    /// <summary>Highest rail, V. Default 3.63, the absolute limit of a BL602; more where the monitor sits on a 5 V rail.</summary>
    [Range(0.0, 24.0)]
    public double RailHighest { get; init; } = 3.63;

    /// <summary>Cadence of the slot's temperature. Default 10 s.</summary>
    public TimeSpan TemperatureEvery { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a symptom lasts before it is an incident. Default 30 s.</summary>
    public TimeSpan Confirm { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Window in which symptoms are one incident. Default 120 s.</summary>
    public TimeSpan Merge { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Wait for self-heal after confirmation before the ladder. Default 120 s.</summary>
    public TimeSpan SelfHeal { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Power-off time of the ladder's power cycle. Default 5 s.</summary>
    public TimeSpan CycleOff { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Times that the step powerCycle is taken. Default 3.</summary>
    [Range(0, 100)]
    public int PowerCycles { get; init; } = 3;

    /// <summary>Steps of the recovery ladder after the wait for self-heal, in order. Default: button, reboot, powerCycle, safeMode.</summary>
    public IReadOnlyList<string> Ladder { get; init; } = UsualLadder;

    // One list for all, so that two plans with the same ladder are equal.
    private static readonly string[] UsualLadder = ["button", "reboot", "powerCycle", "safeMode"];

    /// <summary>The ladder's steps; words that are none are left out.</summary>
    internal IReadOnlyList<LadderStep> Steps => [.. Ladder.Select(LadderSteps.Of).OfType<LadderStep>()];
}

/// <summary>The heap-leak rule: per-boot spells, block medians, Mann-Kendall and Theil-Sen stratified by spell.</summary>
public sealed record LeakPlan
{
    /// <summary>Start of each spell that is left out. Default 10 min.</summary>
    public TimeSpan Skip { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Block length. Default 10 min.</summary>
    public TimeSpan Block { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Smallest slope that counts, bytes per hour. Default 32.</summary>
    public double MinBytesPerHour { get; init; } = 32;

    /// <summary>Smallest drop that counts, bytes. Default 1024.</summary>
    public double MinDropBytes { get; init; } = 1024;

    /// <summary>Fewest blocks over all spells. Default 8.</summary>
    public int MinBlocks { get; init; } = 8;
}

/// <summary>Goals of the reliability verdict (Wald SPRT and time-terminated bounds).</summary>
public sealed record GoalPlan
{
    /// <summary>Good MTBF, hours. Default 168.</summary>
    public double MtbfGoodHours { get; init; } = 168;

    /// <summary>Bad MTBF, hours. Default 56.</summary>
    public double MtbfBadHours { get; init; } = 56;

    /// <summary>
    /// True: the night is judged by the sequential test (Wald) between the two MTBFs, over the idle soak (S01) of all slots of a board and firmware together: accepted is
    /// PASS, rejected FAIL, undecided INCONCLUSIVE with the hours still needed. Default false.
    /// </summary>
    public bool Sequential { get; init; }

    /// <summary>Both risks of the sequential test. Default 0.1.</summary>
    public double Risk { get; init; } = 0.1;

    /// <summary>Confidence of bounds. Default 0.9.</summary>
    public double Confidence { get; init; } = 0.9;
}
