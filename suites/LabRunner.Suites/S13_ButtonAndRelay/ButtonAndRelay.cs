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

/// <summary>S13: a press is exactly one change of the contact, a command is followed, the state shown is the state of the contact.</summary>
[SlotSuite("S13", "Button and relay")]
[Needs("http")]
public sealed partial class ButtonAndRelay(string slot) : SuiteFixture<ButtonAndRelayParameters>(slot)
{
    private const int ControlMilliseconds = 250;

    protected override bool MovesRelay => true;

    [Test]
    [Needs("button")]
    public async Task Press_OfEachLength_ChangesTheContactOnce()
    {
        SuiteContext.Ask(Parameters.Presses.Count, "presses");
        PressCounter counter = new(Lab);
        List<string> problems = Lab.Problems;
        foreach ((int done, int length) in Parameters.Presses.Index())
        {
            await Lab.DemandRelayBudgetAsync(done, Parameters.Presses.Count);
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
    public async Task Toggle_ByEachWay_IsFollowedAndShown()
    {
        string[] ways = ["command", "page", .. Lab.Has("mqtt") ? ["mqtt"] : Array.Empty<string>(), .. Lab.Has("button") ? ["button"] : Array.Empty<string>()];
        if (Lab.Has("mqtt"))
        {
            await WaitForMqttAsync();
        }

        await Lab.SetRelayAsync(false);
        await Lab.DeclareRelayAsync("toggles by each way");
        bool expected = false;
        for (int i = 1; i <= Parameters.Toggles; i++)
        {
            await Lab.SayAsync($"toggle {i} of {Parameters.Toggles}");
            await Lab.DemandRelayBudgetAsync(i - 1, Parameters.Toggles);
            TimeSpan at = Lab.Now;
            string by = ways[(i - 1) % ways.Length];
            expected = !(await ToggleAsync(by) ?? expected);

            // STATE_LIE of the truth table: contact and reported state may differ for 2 s, not longer.
            bool agreed = await Lab.UntilAsync(
                async () => await Lab.ReadRelayAsync() == expected && (await Lab.Plug.GetPageStateAsync(Lab.Token)).RelayOn == expected,
                TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(250));
            await Lab.TrialAsync("toggle", at, agreed, Lab.Now - at, ("by", by));
            Assert.That(agreed, Is.True, $"Toggle {i} by {by}: after 2 s contact or page is not {(expected ? "on" : "off")} (contact {await Lab.ReadRelayAsync()}, page {(await Lab.Plug.GetPageStateAsync(Lab.Token)).RelayOn}).");
            await Lab.DelayAsync(TimeSpan.FromSeconds(1));
        }
    }

    /// <returns>The state before the toggle that counted, where it may have changed by attempts that did not; null: as it was left.</returns>
    private async Task<bool?> ToggleAsync(string by)
    {
        switch (by)
        {
            case "page":
                await Lab.Plug.GetAsync("/index?tgl=1", Lab.Token);
                break;
            case "mqtt":
                await PublishToggleAsync();
                break;
            case "button":
                return (await PressAsync(new PressCounter(Lab), ControlMilliseconds, PressKind.Press)).Before;
            default:
                await Lab.CommandAsync("POWER TOGGLE");
                break;
        }

        return null;
    }

    private Task PublishToggleAsync() => Lab.Bench.PublishAsync(Lab.Slot, $"cmnd/{Lab.SlotFacts.MqttClient}/POWER", "TOGGLE", 1, retain: false, Lab.Token);

    private async Task AssertNothingChangesAsync(IReadOnlyList<int> lengths, PressKind kind)
    {
        SuiteContext.Ask(lengths.Count, kind == PressKind.Hold ? "holds" : "presses too short");
        PressCounter counter = new(Lab);
        if ((await PressAsync(counter, ControlMilliseconds, PressKind.Press)).Changes == 0)
        {
            Assert.Inconclusive($"A press of {ControlMilliseconds} ms changes nothing either, so no change here would prove nothing.");
        }

        List<string> problems = Lab.Problems;
        foreach ((int done, int length) in lengths.Index())
        {
            await Lab.DemandRelayBudgetAsync(done, lengths.Count);
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
            Assert.Inconclusive($"The bench cannot press for {lengthMs} ms: every try was really shorter than {kind.ShortestMs:0} ms or longer than {kind.LongestMs:0} ms, so the plug was not asked.");
        }

        return press!;
    }
}
