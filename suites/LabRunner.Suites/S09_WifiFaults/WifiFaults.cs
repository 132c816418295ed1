using System.Globalization;
using LabRunner.Bench.Inventory;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Fixtures.Parameters;
using LabRunner.Hardware.Network;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;
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

    [Limits("0", "1000"), Meaning("new group keys")]
    public int Rekeys { get; init; } = 60;

    [Limits("6s", "1h"), Meaning("from one new group key to the next")]
    public TimeSpan RekeyEvery { get; init; } = TimeSpan.FromSeconds(60);

    [Limits("1", "40"), Meaning("decibels by which the access point sends weaker; needs the air for this slot and sentinels alone")]
    public IReadOnlyList<double> Attenuations { get; init; } = [10, 20];

    [Limits("10s", "12h"), Meaning("time at each attenuation")]
    public TimeSpan WeakFor { get; init; } = TimeSpan.FromMinutes(10);

    [Limits("10s", "30m"), Meaning("after the access point is back, or takes the plug again, it must serve within this time")]
    public TimeSpan BackLimit { get; init; } = TimeSpan.FromSeconds(120);

    [Limits("10s", "30m"), Meaning("after a deauthentication, a channel switch or a new group key it must serve within this time")]
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

    // hostapd tries the handshake four times, a second each, before it sends a station away.
    private static readonly TimeSpan HandshakeOver = TimeSpan.FromSeconds(5);

    // Of a signal that falls by less nothing can be said: it wanders by as much.
    private const double ProofDecibels = 5;

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

    [Test]
    public async Task NewGroupKey_ThePlugStays()
    {
        Lab.Require(NetworkEffect.GroupKey);
        List<string> failures = [];
        List<double?> times = [];
        for (int i = 0; i < Parameters.Rekeys && failures.Count == 0; i++)
        {
            TimeSpan began = Lab.Now;
            await Lab.SayAsync($"new group key {i + 1} of {Parameters.Rekeys}");
            times.Add(await Lab.AttemptAsync(
                new DisturbanceName("rekey", "the access point changed its group key", "WIFI_AWAY", "F23"),
                async () =>
                {
                    await Lab.Bench.DisturbAsync(Lab.Slot, NetworkEffect.GroupKey, 0, Lab.Token);
                    await Lab.DelayAsync(HandshakeOver);
                },
                null, Parameters.QuickLimit, failures));
            await Lab.DelayUntilAsync(began + Parameters.RekeyEvery);
        }

        await JudgeAsync("rekey", times, Parameters.QuickLimit, failures);
    }

    [Test]
    public async Task WeakSignal_ResetsNothing()
    {
        Lab.RequireTheAir(NetworkEffect.Attenuation);
        List<string> failures = [];
        List<double?> times = [];
        foreach (double decibels in Parameters.Attenuations.TakeWhile(_ => failures.Count == 0))
        {
            await Lab.SayAsync($"the access point sends {decibels:0} dB weaker");
            await Lab.WaitUntilBootIsCompleteAsync();
            double before = await SignalAsync() ?? double.NaN;
            double? weak = null;
            times.Add(await Lab.AttemptAsync(
                new DisturbanceName("weak-signal", $"the access point sent {decibels:0} dB weaker for {DurationText.Format(Parameters.WeakFor)}", "WIFI_LOST", "F22"),
                async () =>
                {
                    TimeSpan began = Lab.Now;
                    await Lab.Bench.DisturbAsync(Lab.Slot, NetworkEffect.Attenuation, decibels, Lab.Token);
                    await Lab.DelayAsync(HandshakeOver);
                    weak = await SignalAsync();
                    await Lab.DelayUntilAsync(began + Parameters.WeakFor);
                    await Lab.Bench.LiftAsync(Lab.Slot, NetworkEffect.Attenuation, Lab.Token);
                },
                null, Parameters.BackLimit, failures));
            if (weak is null)
            {
                // Out of reach: no further proof that it sends weaker is needed.
                continue;
            }

            await Lab.MeasureAsync(new Figure($"signal@{decibels.ToString("0", CultureInfo.InvariantCulture)}dB", weak.Value, "dBm", Verdict.Pass) { Detail = [("before", $"{before:0}")] });
            if (!(before - weak >= Math.Min(decibels, ProofDecibels)))
            {
                Assert.Inconclusive($"The plug reads {weak:0} dBm after {before:0} dBm: the access point did not send {decibels:0} dB weaker. See whether its driver follows 'iw set txpower'.");
            }
        }

        await JudgeAsync("weak-signal", times, Parameters.BackLimit, failures);
    }

    // The mean of a few readings, dBm; null: the plug does not answer.
    private async Task<double?> SignalAsync()
    {
        List<double> readings = [];
        for (int i = 0; i < 5; i++)
        {
            if ((await SuiteContext.TryAsync<PlugPageState>(async () => await Lab.Plug.GetPageStateAsync(Lab.Token)))?.RssiDbm is { } signal)
            {
                readings.Add(signal);
            }

            await Lab.DelayAsync(TimeSpan.FromSeconds(1));
        }

        return readings.Count == 0 ? null : readings.Average();
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
