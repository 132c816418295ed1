using LabRunner.Bench.Api;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S13_ButtonAndRelay;

/// <content>Rapid toggles by every way there is.</content>
public sealed partial class ButtonAndRelay
{
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(2);

    [Test]
    [Needs("relaySense")]
    public Task RapidToggles_ByWeb_AreAllFollowed() => RapidAsync("web", async _ =>
    {
        await Lab.Plug.GetAsync("/index?tgl=1", Lab.Token);
    }, exact: true);

    [Test]
    [Needs("relaySense", "mqtt")]
    public Task RapidToggles_ByMqtt_AreAllFollowed() => RapidAsync("mqtt", _ => PublishToggleAsync(), exact: true);

    // Presses this near each other are clicks of one gesture (new_pins.c): how many change the contact is the firmware's own affair, that it
    // tells the truth afterwards is not.
    [Test]
    [Needs("relaySense", "button")]
    public Task RapidPresses_OfTheButton_LeaveNoLie() => RapidAsync("button", async period =>
    {
        await Lab.Bench.MoveButtonAsync(Lab.Slot, new ButtonMoves(period / 2), Lab.Token);
    }, exact: false);

    private async Task RapidAsync(string by, Func<TimeSpan, Task> toggle, bool exact)
    {
        SuiteContext.Ask(Parameters.Rapid, "rapid toggles");

        await Lab.WaitUntilBootIsCompleteAsync();
        await Lab.SetRelayAsync(false);
        if (by == "mqtt")
        {
            await WaitForMqttAsync();
        }

        await Lab.DeclareRelayAsync($"rapid toggles by {by}");
        TimeSpan period = TimeSpan.FromSeconds(1 / Parameters.RapidRate);
        TimeSpan started = Lab.Now;
        int sent = Parameters.Rapid;
        for (int i = 0; i < Parameters.Rapid; i++)
        {
            await Lab.DemandRelayBudgetAsync(i, Parameters.Rapid);
            await Lab.SayAsync($"rapid toggle {i + 1} of {Parameters.Rapid} by {by}");
            TimeSpan due = Lab.Now + period;
            await toggle(period);

            // A bench that is late does not catch up: two toggles at once are none that a contact could follow.
            TimeSpan apart = Lab.Now + (period / 2);
            await Lab.DelayUntilAsync(due > apart ? due : apart);
        }

        TimeSpan took = Lab.Now - started;
        bool expected = sent % 2 == 1;
        bool agreed = await Lab.UntilAsync(
            async () =>
            {
                bool contact = await Lab.Bench.ReadRelayAsync(Lab.Slot, Lab.Token);
                return (await Lab.Plug.GetPageStateAsync(Lab.Token)).RelayOn == contact && (!exact || contact == expected);
            },
            Settled, TimeSpan.FromMilliseconds(250));
        int edges = (await Lab.Bench.GetRelayEdgesAsync(Lab.Slot, started, Lab.Token)).Count;

        // A sense that is polled more slowly misses states, and its count would be of its own looks.
        bool counts = exact && Lab.SlotFacts.RelayResolution is { } looks && looks <= period / 4;
        bool ok = agreed && (!counts || edges == sent);
        await Lab.TrialAsync($"rapid-{by}", started, ok, took, ("sent", $"{sent}"), ("edges", $"{edges}"), ("edgesCount", counts ? "yes" : "no"), ("perSecond", $"{sent / took.TotalSeconds:0.0}"));
        await Lab.MeasureAsync(new Figure($"rapid-rate-{by}", sent / took.TotalSeconds, "1/s", Verdict.Pass) { Reference = Parameters.RapidRate });
        Assert.That(agreed, Is.True, $"{sent} toggles by {by} at {sent / took.TotalSeconds:0.0} a second: {Settled.TotalSeconds:0} s later contact and page differ, or are not {(expected ? "on" : "off")} (contact {await Lab.ReadRelayAsync()}, page {(await Lab.Plug.GetPageStateAsync(Lab.Token)).RelayOn}).");
        if (counts)
        {
            Assert.That(edges, Is.EqualTo(sent), $"{sent} toggles by {by} moved the contact {edges} times.");
        }
    }

    private async Task WaitForMqttAsync()
    {
        bool connected = await Lab.UntilAsync(async () => (await Lab.Plug.GetPageStateAsync(Lab.Token)).MqttConnected == true, TimeSpan.FromSeconds(60));
        Assume.That(connected, Is.True, "The plug is not connected to MQTT: it cannot be toggled that way.");
    }
}
