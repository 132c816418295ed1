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
public sealed record BrownOutParameters
{
    [Limits("1ms", "10s"), Meaning("lengths of a dip of the supply")]
    public IReadOnlyList<TimeSpan> Dips { get; init; } = [.. new[] { 10, 20, 50, 100, 200, 500 }.Select(ms => TimeSpan.FromMilliseconds(ms))];

    [Limits("1", "1000"), Meaning("dips of each length")]
    public int Repeats { get; init; } = 3;

    [Limits("0", "3680"), Meaning("load in W that the meter must read again after a dip, where the slot has pulses")]
    public double LoadWatts { get; init; } = 500;

    [Limits("1s", "10m"), Meaning("from the end of a dip to service")]
    public TimeSpan RecoverLimit { get; init; } = TimeSpan.FromSeconds(30);

    [Limits("0", "20"), Meaning("most cuts in a row with a time on below a good boot; after each number of them it must serve again")]
    public int Flickers { get; init; } = 4;

    [Limits("500ms", "1m"), Meaning("time on within a flicker")]
    public TimeSpan FlickerOn { get; init; } = TimeSpan.FromSeconds(2);

    [Limits("100ms", "1m"), Meaning("time off within a flicker")]
    public TimeSpan FlickerOff { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>
/// S15: a dip of the supply ends in a plug that either ran on or booted cleanly, with its settings, its relay and its meter. A slot's own
/// power switch makes the dips, so that what is played is what the switch can do; the real lengths are on record.
/// </summary>
[SlotSuite("S15", "Brown-out")]
[Needs("power", "http")]
public sealed class BrownOut(string slot) : SuiteFixture<BrownOutParameters>(slot)
{
    private static readonly TimeSpan BootGood = TimeSpan.FromSeconds(10);

    protected override bool MovesRelay => true;

    [Test]
    public async Task Dip_OfEachLength_EndsInAServingPlugThatMeters()
    {
        await Lab.RememberRelayAsync();
        await Lab.SetRelayAsync(true);
        Lab.AtEnd(async token => await Lab.Bench.SwitchPowerAsync(Lab.Slot, true, token));
        InjectedLoad? load = await StartLoadAsync();
        List<string> problems = [];
        foreach (TimeSpan dip in Parameters.Dips)
        {
            int rebooted = 0;
            for (int i = 1; i <= Parameters.Repeats; i++)
            {
                await Lab.DemandRelayBudgetAsync(i - 1, Parameters.Repeats);
                DipOutcome outcome = await DipAsync(dip, i, load);
                rebooted += outcome.Rebooted ? 1 : 0;
                problems.AddRange(outcome.Problems.Select(problem => $"{DurationText.Format(dip)}, dip {i}: {problem}"));
            }

            await Lab.MeasureAsync(new Figure($"dip-reboots@{dip.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture)}ms", (double)rebooted / Parameters.Repeats, "share", Verdict.Pass) { Detail = [("n", $"{Parameters.Repeats}")] });
        }

        Assert.That(problems, Is.Empty, string.Join("; ", problems));
    }

    [Test]
    public async Task Flicker_OfUpToSoManyCuts_ReturnsToService()
    {
        Lab.AtEnd(async token => await Lab.Bench.SwitchPowerAsync(Lab.Slot, true, token));
        for (int cuts = 1; cuts <= Parameters.Flickers; cuts++)
        {
            await Lab.WaitUntilBootIsCompleteAsync();
            PlugState before = await PlugState.ReadAsync(Lab);
            await Lab.SayAsync($"flicker of {cuts} cuts");
            await using IntentScope intent = await Lab.IntentAsync(IntentKinds.PowerCut, $"flicker of {cuts} cuts", ("cuts", $"{cuts}"));
            TimeSpan at = Lab.Now;
            for (int cut = 1; cut <= cuts; cut++)
            {
                await Lab.Bench.SwitchPowerAsync(Lab.Slot, false, Lab.Token);
                await Lab.DelayAsync(Parameters.FlickerOff);
                await Lab.Bench.SwitchPowerAsync(Lab.Slot, true, Lab.Token);
                await Lab.DelayAsync(cut < cuts ? Parameters.FlickerOn : TimeSpan.Zero);
            }

            TimeSpan back = Lab.Now;
            bool serves = await Lab.UntilAsync(async () => (await Lab.Plug.GetInfoAsync(Lab.Token)).Build.Length > 0, Parameters.RecoverLimit);
            await Lab.TrialAsync("flicker", at, serves, Lab.Now - back, ("cuts", $"{cuts}"));
            if (!serves)
            {
                await Lab.MeasureAsync(Tolerance(cuts - 1, Verdict.Fail));
                string mode = (await SuiteContext.TryAsync<PlugPageState>(async () => await Lab.Plug.GetPageStateAsync(Lab.Token)))?.SafeMode == true ? "it is in safe mode" : "it does not answer";
                await LeaveSafeModeAsync();
                Assert.Fail($"After a flicker of {cuts} cuts with {DurationText.Format(Parameters.FlickerOn)} on, {mode} {DurationText.Format(Parameters.RecoverLimit)} later; the firmware's own rule is the fifth short boot.");
            }

            await Lab.DelayAsync(BootGood);
            IReadOnlyList<string> changed = before.Differences(await PlugState.ReadAsync(Lab));
            Assert.That(changed, Is.Empty, $"After a flicker of {cuts} cuts: {string.Join("; ", changed)}");
        }

        await Lab.MeasureAsync(Tolerance(Parameters.Flickers, Verdict.Pass));
    }

    private Figure Tolerance(int cuts, Verdict verdict) => new("flicker-tolerance", cuts, "cuts", verdict) { Lower = Parameters.Flickers, Detail = [("on", DurationText.Format(Parameters.FlickerOn))] };

    // The boot in safe mode has long been good by now; the next is an ordinary one.
    private async Task LeaveSafeModeAsync()
    {
        await Lab.Bench.SwitchPowerAsync(Lab.Slot, false, Lab.Token);
        await Lab.DelayAsync(TimeSpan.FromSeconds(3));
        await Lab.Bench.SwitchPowerAsync(Lab.Slot, true, Lab.Token);
        await Lab.UntilAsync(async () => (await Lab.Plug.GetInfoAsync(Lab.Token)).Build.Length > 0, Parameters.RecoverLimit);
    }

    private async Task<InjectedLoad?> StartLoadAsync()
    {
        if (!Lab.Has("pulses") || Parameters.LoadWatts <= 0)
        {
            return null;
        }

        Lab.AtEnd(async token => await Lab.Bench.InjectAsync(Lab.Slot, new LoadPoint(0, 0, 1), token));
        return await Lab.Bench.InjectAsync(Lab.Slot, new LoadPoint(230, Parameters.LoadWatts, 1), Lab.Token);
    }

    private async Task<DipOutcome> DipAsync(TimeSpan dip, int number, InjectedLoad? load)
    {
        await Lab.WaitUntilBootIsCompleteAsync();
        await Lab.SayAsync($"dip {number} of {DurationText.Format(dip)}");
        DipOutcome outcome = new();
        PlugState before = await PlugState.ReadAsync(Lab);
        await using IntentScope intent = await Lab.IntentAsync(IntentKinds.PowerCut, $"dip of {DurationText.Format(dip)}", ("dip", DurationText.Format(dip)));
        long uptime = (await Lab.Plug.GetInfoAsync(Lab.Token)).UptimeSeconds;
        TimeSpan off = Lab.Now;
        await Lab.Bench.SwitchPowerAsync(Lab.Slot, false, Lab.Token);
        await Lab.DelayUntilAsync(off + dip);
        await Lab.Bench.SwitchPowerAsync(Lab.Slot, true, Lab.Token);
        TimeSpan on = Lab.Now;
        PlugInfo? info = await Lab.UntilAsync<PlugInfo>(async () => await Lab.Plug.GetInfoAsync(Lab.Token), Parameters.RecoverLimit, TimeSpan.FromMilliseconds(500));
        TimeSpan took = Lab.Now - on;
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
            "dip", off, outcome.Problems.Count == 0, took,
            ("dip", DurationText.Format(dip)), ("reallyMs", $"{(on - off).TotalMilliseconds:0}"), ("rebooted", outcome.Rebooted ? "yes" : "no"), ("problems", string.Join("; ", outcome.Problems)));
        return outcome;
    }

    private async Task<IEnumerable<string>> MeterProblemsAsync(InjectedLoad? load)
    {
        if (load is null)
        {
            return [];
        }

        // The BL0937 resets below 2.7 V; V and I refresh in turn every 2 s.
        await Lab.DelayAsync(TimeSpan.FromSeconds(6));
        MeterReading reading = await MeterReading.TakeAsync(Lab, TimeSpan.FromSeconds(4));
        double limit = 2 * MeterReading.Limit(load.Watts, MeterReading.QuantumOf(Lab.SlotFacts.Board).Watts);
        return Math.Abs(reading.Watts - load.Watts) <= limit ? [] : [$"the meter reads {reading.Watts:0.#} W of {load.Watts:0.#} W: it did not resume"];
    }

    private sealed class DipOutcome
    {
        public bool Rebooted { get; set; }

        public List<string> Problems { get; } = [];
    }
}
