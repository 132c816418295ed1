using LabRunner.Bench.Inventory;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Fixtures.Parameters;
using LabRunner.Hardware.Network;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S09_WifiFaults;

/// <summary>Parameters of S09.</summary>
public sealed record WifiFaultsParameters
{
    [Limits("5s", "6h"), Meaning("times for which the access point is off; needs the air for this slot and sentinels alone")]
    public IReadOnlyList<TimeSpan> Off { get; init; } = [TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10), TimeSpan.FromHours(2)];

    [Limits("5s", "6h"), Meaning("times for which the access point does not take this plug")]
    public IReadOnlyList<TimeSpan> Away { get; init; } = [TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(10)];

    [Limits("1", "100"), Meaning("repeats of each of these times")]
    public int Repeats { get; init; } = 5;

    [Limits("0", "1000"), Meaning("deauthentications, every other one a disassociation")]
    public int Deauths { get; init; } = 50;

    [Limits("0", "1000"), Meaning("moves to another channel; needs the air for this slot and sentinels alone")]
    public int Channels { get; init; } = 10;

    [Limits("10s", "30m"), Meaning("after the access point is back, or takes the plug again, it must serve within this time")]
    public TimeSpan BackLimit { get; init; } = TimeSpan.FromSeconds(120);

    [Limits("10s", "30m"), Meaning("after a deauthentication or a channel switch it must serve within this time")]
    public TimeSpan QuickLimit { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>S09: whatever the access point does, the plug is on it again in time and has not reset.</summary>
[SlotSuite("S09", "Wi-Fi faults")]
[Needs("http", "network")]
public sealed class WifiFaults(string slot) : SuiteFixture<WifiFaultsParameters>(slot)
{
    private static readonly int[] ChannelChoices = [1, 6, 11];

    // The link is down after a deauthentication by the next look at it.
    private static readonly TimeSpan Noticed = TimeSpan.FromSeconds(2);

    // A plug that stays away is what is looked for: the test judges it and its finding explains the incident.
    protected override bool ExpectsIncidents => true;

    [Test]
    public async Task AccessPointOff_ThePlugComesBack()
    {
        Lab.RequireTheAir(NetworkEffect.AccessPointOff);
        await ForTimesAsync("access-point-off", Parameters.Off, NetworkEffect.AccessPointOff, "the access point was off for");
    }

    [Test]
    public async Task NotTaken_ThePlugComesBack()
    {
        Lab.Require(NetworkEffect.Away);
        await ForTimesAsync("not-taken", Parameters.Away, NetworkEffect.Away, "the access point did not take it for");
    }

    [Test]
    public async Task SentAway_ThePlugComesBack()
    {
        Lab.Require(NetworkEffect.Deauthenticate);
        List<string> failures = [];
        List<double?> times = [];
        for (int i = 0; i < Parameters.Deauths && failures.Count == 0; i++)
        {
            NetworkEffect effect = i % 2 == 1 && Lab.Description.NetworkEffects.Contains(NetworkEffect.Disassociate) ? NetworkEffect.Disassociate : NetworkEffect.Deauthenticate;
            await Lab.SayAsync($"{effect} {i + 1} of {Parameters.Deauths}");
            times.Add(await Lab.AttemptAsync(
                new DisturbanceName("sent-away", $"the access point sent it away ({effect})", "WIFI_AWAY", "F23"),
                async () =>
                {
                    await Lab.Bench.DisturbAsync(Lab.Slot, effect, 0, Lab.Token);
                    await Lab.DelayAsync(Noticed);
                },
                null, Parameters.QuickLimit, failures));
        }

        await JudgeAsync("sent-away", times, Parameters.QuickLimit, failures);
    }

    [Test]
    public async Task ChannelSwitch_ThePlugFollows()
    {
        Lab.RequireTheAir(NetworkEffect.Channel);
        List<string> failures = [];
        List<double?> times = [];
        int channel = 0;
        for (int i = 0; i < Parameters.Channels && failures.Count == 0; i++)
        {
            int next = ChannelChoices.Where(c => c != channel).ElementAt(Lab.Chance.Below(ChannelChoices.Length - (channel == 0 ? 0 : 1)));
            channel = next;
            await Lab.SayAsync($"channel {channel}, {i + 1} of {Parameters.Channels}");
            times.Add(await Lab.AttemptAsync(
                new DisturbanceName("channel", $"the access point moved to channel {channel}", "WIFI_AWAY", "F23"),
                async () =>
                {
                    await Lab.Bench.DisturbAsync(Lab.Slot, NetworkEffect.Channel, channel, Lab.Token);
                    await Lab.DelayAsync(Noticed);
                },
                null, Parameters.QuickLimit, failures));
        }

        await JudgeAsync("channel", times, Parameters.QuickLimit, failures);
    }

    private async Task ForTimesAsync(string step, IReadOnlyList<TimeSpan> lengths, NetworkEffect effect, string what)
    {
        List<string> failures = [];
        List<double?> times = [];
        foreach (TimeSpan length in lengths.SelectMany(l => Enumerable.Repeat(l, Parameters.Repeats)).TakeWhile(_ => failures.Count == 0))
        {
            await Lab.SayAsync($"{what} {DurationText.Format(length)}");
            times.Add(await Lab.AttemptAsync(
                new DisturbanceName($"{step}-{DurationText.Format(length)}", $"{what} {DurationText.Format(length)}", "WIFI_LOST", "F22"),
                async () =>
                {
                    await Lab.Bench.DisturbAsync(Lab.Slot, effect, 0, Lab.Token);
                    await Lab.DelayAsync(length);
                    await Lab.Bench.LiftAsync(Lab.Slot, effect, Lab.Token);
                },
                null, Parameters.BackLimit, failures));
        }

        await JudgeAsync(step, times, Parameters.BackLimit, failures);
    }

    private async Task JudgeAsync(string step, List<double?> times, TimeSpan limit, List<string> failures)
    {
        if (times.Count == 0)
        {
            Assert.Ignore($"the plan asks no {step}");
        }

        await Lab.RecordAsync(step, times, limit);
        Assert.That(failures, Is.Empty, string.Join(" | ", failures));
    }
}
