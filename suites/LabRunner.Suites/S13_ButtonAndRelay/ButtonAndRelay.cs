using LabRunner.Bench.Inventory;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Fixtures.Parameters;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S13_ButtonAndRelay;

/// <summary>Parameters of S13.</summary>
public sealed record ButtonAndRelayParameters
{
    [Limits("90", "900"), Meaning("press lengths in ms, each of which toggles exactly once")]
    public IReadOnlyList<int> Presses { get; init; } = [120, 250, 500];

    [Limits("1", "60"), Meaning("press lengths in ms too short for the debounce (75 ms)")]
    public IReadOnlyList<int> TooShort { get; init; } = [40];

    [Limits("1100", "60000"), Meaning("hold lengths in ms, none of which toggles")]
    public IReadOnlyList<int> Holds { get; init; } = [1500];

    [Limits("1", "10000"), Meaning("toggles by command and by page")]
    public int Toggles { get; init; } = 10;

    [Limits("1", "1000"), Meaning("reboots with the relay on, for the gap of the contact")]
    public int Reboots { get; init; } = 3;
}

/// <summary>S13: a press is exactly one change of the contact, a command is followed, the state shown is the state of the contact.</summary>
[SlotSuite("S13", "Button and relay")]
[Needs("http")]
public sealed class ButtonAndRelay(string slot) : SuiteFixture<ButtonAndRelayParameters>(slot)
{
    private const double GapWarnMilliseconds = 1000;
    private const int ControlMilliseconds = 250;

    [Test]
    [Needs("button")]
    public async Task Press_OfEachLength_ChangesTheContactOnce()
    {
        PressCounter counter = new(Lab);
        List<string> problems = [];
        foreach (int length in Parameters.Presses)
        {
            PressResult press = await PressAsync(counter, length, PressKind.Press);
            if (press.Changes == 0)
            {
                // Once may be a bad contact of the bench's actuator; twice in a row is the rule of the truth table.
                problems.Add($"{length} ms: no change");
                press = await PressAsync(counter, length, PressKind.Press);
                if (press.Changes == 0)
                {
                    Assert.Fail($"Two presses in a row changed nothing: finding #{await counter.ReportDeadAsync(press)}.");
                }
            }

            if (press.Changes > 1)
            {
                problems.Add($"{length} ms: {press.Changes} changes");
            }
        }

        Assert.That(problems, Is.Empty, "A press is not exactly one change: " + string.Join("; ", problems));
    }

    [Test]
    [Needs("button")]
    public Task Press_TooShort_ChangesNothing() => AssertNothingChangesAsync(Parameters.TooShort, PressKind.TooShort);

    [Test]
    [Needs("button")]
    public Task Hold_ChangesNothing() => AssertNothingChangesAsync(Parameters.Holds, PressKind.Hold);

    [Test]
    public async Task Toggle_ByCommandAndPage_IsFollowedAndShown()
    {
        await Lab.SetRelayAsync(false);
        bool expected = false;
        for (int i = 1; i <= Parameters.Toggles; i++)
        {
            await Lab.SayAsync($"toggle {i} of {Parameters.Toggles}");
            expected = !expected;
            TimeSpan at = Lab.Now;
            string by = i % 2 == 0 ? "page" : "command";
            if (by == "page")
            {
                await Lab.Plug.GetAsync("/index?tgl=1", Lab.Token);
            }
            else
            {
                await Lab.CommandAsync("POWER TOGGLE");
            }

            // STATE_LIE of the truth table: contact and reported state may differ for 2 s, not longer.
            bool agreed = await Lab.UntilAsync(
                async () => await Lab.ReadRelayAsync() == expected && (await Lab.Plug.GetPageStateAsync(Lab.Token)).RelayOn == expected,
                TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(250));
            await Lab.TrialAsync("toggle", at, agreed, Lab.Now - at, ("by", by));
            Assert.That(agreed, Is.True, $"Toggle {i} by {by}: after 2 s contact or page is not {(expected ? "on" : "off")} (contact {await Lab.ReadRelayAsync()}, page {(await Lab.Plug.GetPageStateAsync(Lab.Token)).RelayOn}).");
            await Lab.DelayAsync(TimeSpan.FromSeconds(1));
        }
    }

    [Test]
    [Needs("relaySense")]
    public async Task Reboot_WithRelayOn_ReturnsAfterAShortGap()
    {
        if (!Lab.SeesRelayGaps())
        {
            Assert.Ignore($"The relay sense of slot {Lab.Slot} looks every {DurationText.Format(Lab.SlotFacts.RelayResolution ?? TimeSpan.Zero)}: too seldom to see a gap of half a second.");
        }

        await Lab.RememberRelayAsync();
        await Lab.SetRelayAsync(true);
        List<double> gaps = [];
        for (int i = 1; i <= Parameters.Reboots; i++)
        {
            await Lab.SayAsync($"reboot {i} of {Parameters.Reboots}");
            TimeSpan at = Lab.Now;
            await Lab.RebootAsync($"reboot {i} with the relay on");
            IReadOnlyList<TimeSpan> seen = await Lab.RelayGapsAsync(at);
            bool on = await Lab.ReadRelayAsync() == true;
            await Lab.TrialAsync("reboot-gap", at, on, seen.Count > 0 ? seen.Max() : TimeSpan.Zero, ("gaps", $"{seen.Count}"));
            Assert.That(on, Is.True, $"Reboot {i}: the relay was on, its start value is -1, and it did not come back on.");
            gaps.AddRange(seen.Select(gap => gap.TotalMilliseconds));
        }

        Assert.That(gaps, Is.Not.Empty, "No reboot opened the contact: either the relay held through every reset, or the sense is stuck.");
        foreach ((string name, double value) in new[] { ("median", Percentile.Of(gaps, 0.5)), ("p95", Percentile.Of(gaps, 0.95)), ("max", gaps.Max()) })
        {
            await Lab.MeasureAsync(new Figure($"reboot-gap-{name}", value, "ms", value > GapWarnMilliseconds ? Verdict.Warn : Verdict.Pass) { Upper = GapWarnMilliseconds, Detail = [("n", $"{gaps.Count}")] });
        }

        Warn.If(gaps.Max(), Is.GreaterThan(GapWarnMilliseconds), $"The output was off for {gaps.Max():0} ms at a reboot.");
    }

    [Test]
    public async Task StartValue_AcrossReboot_Holds()
    {
        Lab.AtEnd(async token => await Lab.Plug.CommandAsync("SetStartValue 1 0", token));
        foreach ((int value, bool before, bool after) in new[] { (0, true, false), (1, false, true), (-1, true, true) })
        {
            await Lab.SayAsync($"start value {value}");
            await Lab.SetRelayAsync(before);
            await Lab.SetStartValueAsync(value);
            TimeSpan at = Lab.Now;
            await Lab.RebootAsync($"start value {value}");
            bool? relay = await Lab.ReadRelayAsync();
            await Lab.TrialAsync("start-value", at, relay == after, Lab.Now - at, ("startValue", $"{value}"), ("before", $"{before}"));
            Assert.That(relay, Is.EqualTo(after), $"Start value {value}, relay {(before ? "on" : "off")} before the reboot.");
        }
    }

    private async Task AssertNothingChangesAsync(IReadOnlyList<int> lengths, PressKind kind)
    {
        PressCounter counter = new(Lab);
        if ((await PressAsync(counter, ControlMilliseconds, PressKind.Press)).Changes == 0)
        {
            Assert.Inconclusive($"A press of {ControlMilliseconds} ms changes nothing either, so no change here would prove nothing.");
        }

        List<string> problems = [];
        foreach (int length in lengths)
        {
            PressResult press = await PressAsync(counter, length, kind);
            if (press.Changes != 0)
            {
                problems.Add($"{length} ms: {press.Changes} changes");
            }
        }

        Assert.That(problems, Is.Empty, "It must change nothing: " + string.Join("; ", problems));
    }

    private static async Task<PressResult> PressAsync(PressCounter counter, int lengthMs, PressKind kind)
    {
        PressResult? press = await counter.PressAsync(lengthMs, kind);
        if (press is null)
        {
            Assert.Inconclusive($"The bench cannot press for {lengthMs} ms: every try really took more than {kind.LongestMs:0} ms, so the plug was not asked.");
        }

        return press!;
    }
}
