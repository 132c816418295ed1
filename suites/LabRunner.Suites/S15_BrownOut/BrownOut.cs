using System.Globalization;
using LabRunner.Bench.Api;
using LabRunner.Bench.Inventory;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Fixtures.Parameters;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S15_BrownOut;

/// <summary>Parameters of S15.</summary>
public sealed record BrownOutParameters : RecoveryParameters
{
    [Limits("1ms", "10s"), Meaning("lengths of a dip of the supply")]
    public IReadOnlyList<TimeSpan> Dips { get; init; } = [.. new[] { 10, 20, 50, 100, 200, 500 }.Select(ms => TimeSpan.FromMilliseconds(ms))];

    [Limits("1", "1000"), Meaning("dips of each length")]
    public int Repeats { get; init; } = 3;

    [Limits("0", "3680"), Meaning("load in W, by pulses, that the meter must read again after a dip; only where the plug has no load of its own")]
    public double LoadWatts { get; init; } = 500;

    [Limits("0.5", "3.2"), Meaning("voltages of dips of the 3.3 V rail, V, where the supply of the slot can lower its own")]
    public IReadOnlyList<double> RailVolts { get; init; } = [2.9, 2.7, 2.5, 2.2];

    [Limits("1ms", "10s"), Meaning("lengths of a dip of the rail")]
    public IReadOnlyList<TimeSpan> RailDips { get; init; } = [.. new[] { 10, 100, 500 }.Select(ms => TimeSpan.FromMilliseconds(ms))];

    [Limits("100ms", "1m"), Meaning("times in which the rail falls to each of railVolts, and rises again")]
    public IReadOnlyList<TimeSpan> Ramps { get; init; } = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10)];

    [Limits("0", "20"), Meaning("most cuts in a row with a time on below a good boot; after each number of them it must serve again")]
    public int Flickers { get; init; } = 5;

    [Limits("2", "21"), Meaning("cuts in a row from which safe mode is the firmware's own rule (the fifth short boot): it ends the flickers and is told as the tolerance, not as a failure")]
    public int SafeModeAt { get; init; } = 5;

    [Limits("500ms", "1m"), Meaning("time on within a flicker")]
    public TimeSpan FlickerOn { get; init; } = TimeSpan.FromSeconds(2);

    [Limits("100ms", "1m"), Meaning("time off within a flicker")]
    public TimeSpan FlickerOff { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>
/// S15: a dip of the supply ends in a plug that either ran on or booted cleanly, with its settings, its relay and its meter. A slot's own
/// power switch cuts the supply, and a bench supply on the 3.3 V rail lowers its voltage, so that what is played is what they can do; the real
/// lengths are on record.
/// </summary>
[SlotSuite("S15", "Brown-out")]
[Needs("power", "http")]
public sealed partial class BrownOut(string slot) : SuiteFixture<BrownOutParameters>(slot)
{
    private static readonly TimeSpan MeterSettles = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan LengthTolerance = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan MeterTaken = TimeSpan.FromSeconds(4);

    // Less is a reading that two quanta could make.
    private const double LeastOwnWatts = 10;

    protected override bool MovesRelay => true;

    [Test]
    public async Task Dip_OfEachLength_EndsInAServingPlugThatMeters()
    {
        SuiteContext.Ask(Parameters.Dips.Count, "dips");
        await Lab.RememberRelayAsync(true);
        Lab.LeavePowered();
        double? load = await StartLoadAsync();
        List<string> problems = Lab.Problems;
        foreach (TimeSpan dip in Parameters.Dips)
        {
            int rebooted = 0;
            List<TimeSpan> really = [];
            for (int i = 1; i <= Parameters.Repeats; i++)
            {
                await Lab.DemandRelayBudgetAsync(i - 1, Parameters.Repeats);
                DipOutcome outcome = await DipAsync(dip, i, load);
                rebooted += outcome.Rebooted ? 1 : 0;
                really.Add(outcome.Really);
                problems.AddRange(outcome.Problems.Select(problem => $"{DurationText.Format(dip)}, dip {i}: {problem}"));
            }

            await Lab.MeasureAsync(new Figure($"dip-reboots@{dip.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture)}ms", (double)rebooted / Parameters.Repeats, "share", really.TrueForAll(r => IsOf(r, dip)) ? Verdict.Pass : Verdict.Inconclusive)
            {
                Detail = [("n", $"{Parameters.Repeats}"), ("reallyMsFrom", $"{really.Min().TotalMilliseconds:0}"), ("reallyMsTo", $"{really.Max().TotalMilliseconds:0}")],
            });
        }

        Assert.That(problems, Is.Empty, string.Join("; ", problems));
    }

    // A switch that takes longer than the dip plays another one: the plug is judged by what it met, the length is not.
    private static bool IsOf(TimeSpan really, TimeSpan asked) => (really - asked).Duration() <= (asked / 2 > LengthTolerance ? asked / 2 : LengthTolerance);

    /// <summary>The load that the meter must read again after a dip, W; null: there is none.</summary>
    private async Task<double?> StartLoadAsync()
    {
        // A load of its own goes through the meter chip; pulses only prove that the firmware counts.
        await Lab.DelayAsync(MeterSettles);
        double own = (await Lab.Plug.GetPageStateAsync(Lab.Token)).Power is null ? 0 : (await MeterReading.TakeAsync(Lab, MeterTaken)).Watts;
        if (own >= LeastOwnWatts)
        {
            return own;
        }

        if (!Lab.Has("pulses") || Parameters.LoadWatts <= 0)
        {
            return null;
        }

        Lab.AtEnd(async token => await Lab.Bench.InjectAsync(Lab.Slot, new LoadPoint(0, 0, 1), token));
        return (await Lab.Bench.InjectAsync(Lab.Slot, new LoadPoint(230, Parameters.LoadWatts, 1), Lab.Token)).Watts;
    }

    private Task<DipOutcome> DipAsync(TimeSpan dip, int number, double? load)
    {
        string length = DurationText.Format(dip);
        return DipAsync(
            "dip", $"dip {number} of {length}", [("dip", length)],
            async () =>
            {
                SupplyCut cut = await Lab.CutSupplyAsync(dip, fromOrder: true);
                return cut.On - cut.Ordered;
            },
            load);
    }

    /// <summary>One dip by whatever means, and what is wrong after it.</summary>
    /// <param name="step">Step of the trial.</param>
    /// <param name="what">For people.</param>
    /// <param name="detail">Of intent and trial.</param>
    /// <param name="act">Makes the dip and says how long it really was.</param>
    /// <param name="load">Load that the meter must read again; null: none.</param>
    private async Task<DipOutcome> DipAsync(string step, string what, (string Name, string Value)[] detail, Func<Task<TimeSpan>> act, double? load)
    {
        await Lab.WaitUntilBootIsCompleteAsync();
        await Lab.SayAsync(what);
        DipOutcome outcome = new();
        PlugState before = await PlugState.ReadAsync(Lab);
        await using IntentScope intent = await Lab.IntentAsync(IntentKinds.PowerCut, what, detail);
        long uptime = (await Lab.Plug.GetInfoAsync(Lab.Token)).UptimeSeconds;
        TimeSpan began = Lab.Now;
        TimeSpan really = await act();
        outcome.Really = really;
        TimeSpan over = Lab.Now;
        PlugInfo? info = await Lab.AnswersWithinAsync(Parameters.RecoverLimit);
        TimeSpan took = Lab.Now - over;
        if (info is null)
        {
            outcome.Problems.Add($"it does not answer {DurationText.Format(Parameters.RecoverLimit)} later");
        }
        else
        {
            outcome.Rebooted = info.UptimeSeconds < uptime;
            outcome.Problems.AddRange(before.Differences(await PlugState.ReadAsync(Lab)));
            if (await Lab.ReadRelayAsync() != true)
            {
                outcome.Problems.Add("the relay was on and its start value is -1, yet it is off");
            }

            outcome.Problems.AddRange(await MeterProblemsAsync(load));
        }

        await Lab.TrialAsync(
            step, began, outcome.Problems.Count == 0, took,
            [.. detail, ("reallyMs", $"{really.TotalMilliseconds:0}"), ("rebooted", outcome.Rebooted ? "yes" : "no"), ("problems", string.Join("; ", outcome.Problems))]);
        return outcome;
    }

    private async Task<IEnumerable<string>> MeterProblemsAsync(double? load)
    {
        if (load is not { } watts)
        {
            return [];
        }

        // The BL0937 resets below 2.7 V; V and I refresh in turn every 2 s.
        await Lab.DelayAsync(MeterSettles);
        MeterReading reading = await MeterReading.TakeAsync(Lab, MeterTaken);
        double limit = 2 * MeterReading.Limit(watts, MeterReading.QuantumOf(Lab.SlotFacts.Board).Watts);
        return Math.Abs(reading.Watts - watts) <= limit ? [] : [$"the meter reads {reading.Watts:0.#} W of {watts:0.#} W: it did not resume"];
    }

    private sealed class DipOutcome
    {
        public bool Rebooted { get; set; }

        public TimeSpan Really { get; set; }

        public List<string> Problems { get; } = [];
    }
}
