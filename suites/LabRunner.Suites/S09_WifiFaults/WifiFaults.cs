using System.Globalization;
using LabRunner.Bench.Api;
using LabRunner.Bench.Inventory;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Hardware.Network;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S09_WifiFaults;

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
        await ForTimesAsync("access-point-off", Repeated(Parameters.Off), "the access point was off for", "F22", (name, length) => Lab.GatherAsync(InTheAir(name, NetworkEffect.AccessPointOff, 0, length)));
    }

    [Test]
    public async Task NotTaken_ThePlugComesBack()
    {
        Lab.RequireOwnTime();
        Lab.Require(NetworkEffect.Away);
        await ForTimesAsync("not-taken", Repeated(Parameters.Away), "the access point did not take it for", "F22", async (_, length) =>
        {
            await Lab.Bench.DisturbAsync(Lab.Slot, NetworkEffect.Away, 0, Lab.Token);
            await Lab.DelayAsync(length);
            await Lab.Bench.LiftAsync(Lab.Slot, NetworkEffect.Away, Lab.Token);
        });
    }

    [Test]
    [Needs("power")]
    public async Task MainsBackAtOnce_ThePlugRejoins()
    {
        if (Lab.Entry is null)
        {
            Assert.Ignore("it takes several plugs: asked by an entry with 'together: true'");
        }

        await Lab.DemandRelayBudgetAsync(0, Parameters.MainsBack);
        Lab.LeavePowered();
        await ForTimesAsync(
            "mains-back", [.. Enumerable.Repeat(Parameters.MainsOff, Parameters.MainsBack)], "the mains of all plugs were off for", null,
            (name, length) => Lab.CutSupplyAsync(length, beforeOn: () => Lab.GatherAsync(InTheAir(name))), IntentKinds.PowerCut);
    }

    [Test]
    public async Task SentAway_ThePlugComesBack()
    {
        Lab.RequireOwnTime();
        Lab.Require(NetworkEffect.Deauthenticate);
        List<string> failures = Lab.Problems;
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
        List<string> failures = Lab.Problems;
        List<double?> times = [];
        int channel = 0;

        // The same draw at every slot, since all of them move.
        Chance draw = new(Lab.Description.Seed, "S09/channel");
        for (int i = 0; i < Parameters.Channels && failures.Count == 0; i++)
        {
            int next = ChannelChoices.Where(c => c != channel).ElementAt(draw.Below(ChannelChoices.Length - (channel == 0 ? 0 : 1)));
            channel = next;
            string step = string.Create(CultureInfo.InvariantCulture, $"channel {i + 1} of {Parameters.Channels}");
            await MoveAsync($"the access point moved to channel {channel}", InTheAir(step, NetworkEffect.Channel, channel));
        }

        if (Parameters.Channels > 0)
        {
            await MoveAsync("the access point moved back to its channel", InTheAir("channel, back", NetworkEffect.Channel) with { Lifts = true });
        }

        await JudgeAsync("channel", times, Parameters.QuickLimit, failures);

        async Task MoveAsync(string what, Gathering move)
        {
            await ReadyAsync(move.Step);
            times.Add(await Lab.AttemptAsync(
                new DisturbanceName("channel", what, "WIFI_AWAY", "F23"),
                async () =>
                {
                    await Lab.GatherAsync(move);
                    await Lab.DelayAsync(Noticed);
                },
                null, Parameters.QuickLimit, failures));
        }
    }

    [Test]
    public async Task NewGroupKey_ThePlugStays()
    {
        Lab.RequireOwnTime();
        Lab.Require(NetworkEffect.GroupKey);
        List<string> failures = Lab.Problems;
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
        List<string> failures = Lab.Problems;
        List<double?> times = [];
        foreach (double decibels in Parameters.Attenuations.TakeWhile(_ => failures.Count == 0))
        {
            string name = $"the access point sends {decibels:0} dB weaker";
            await ReadyAsync(name);
            await Lab.WaitUntilBootIsCompleteAsync();
            double before = await SignalAsync() ?? double.NaN;
            double? weak = null;
            times.Add(await Lab.AttemptAsync(
                new DisturbanceName("weak-signal", $"the access point sent {decibels:0} dB weaker for {DurationText.Format(Parameters.WeakFor)}", "WIFI_LOST", "F22"),
                async () =>
                {
                    // All read their signal meanwhile; that none begins before the others wait is what the first moment is for.
                    await Lab.GatherAsync(InTheAir(name + ", now"));
                    Task<Gathered> weaker = Lab.GatherAsync(InTheAir(name, NetworkEffect.Attenuation, decibels, Parameters.WeakFor));
                    await Lab.DelayAsync(HandshakeOver);
                    weak = await SignalAsync();
                    await weaker;
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

    private IReadOnlyList<TimeSpan> Repeated(IReadOnlyList<TimeSpan> lengths) => [.. lengths.SelectMany(l => Enumerable.Repeat(l, Parameters.Repeats))];

    private Gathering InTheAir(string name, NetworkEffect? effect = null, double value = 0, TimeSpan? lasts = null) =>
        new(Lab.Entry, name) { Effect = effect, Value = value, Lasts = lasts };

    /// <summary>Waits until all slots can begin, before an intent says that silence is the bench's doing.</summary>
    /// <returns>How many begin.</returns>
    private async Task<int> ReadyAsync(string name) => (await Lab.GatherAsync(InTheAir(name + ", ready"))).Slots.Count;

    private async Task ForTimesAsync(
        string step, IReadOnlyList<TimeSpan> lengths, string what, string? mode, Func<string, TimeSpan, Task> disturb, string kind = IntentKinds.Disturbance)
    {
        List<string> failures = Lab.Problems;
        List<double?> times = [];
        foreach (TimeSpan length in lengths.TakeWhile(_ => failures.Count == 0))
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"{step} {DurationText.Format(length)}, {times.Count + 1} of {lengths.Count}");
            int plugs = await ReadyAsync(name);
            string all = plugs == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $", and {plugs} plugs came back at once");
            times.Add(await Lab.AttemptAsync(
                new DisturbanceName($"{step}-{DurationText.Format(length)}", $"{what} {DurationText.Format(length)}{all}", "WIFI_LOST", plugs == 1 ? mode : "F62") { Kind = kind },
                () => disturb(name, length), null, Parameters.BackLimit, failures));
        }

        await JudgeAsync(step, times, Parameters.BackLimit, failures);
    }

    private async Task JudgeAsync(string step, List<double?> times, TimeSpan limit, List<string> failures)
    {
        SuiteContext.Ask(times.Count, step);

        await Lab.RecordAsync(step, times, limit);
        Assert.That(failures, Is.Empty, string.Join(" | ", failures));
    }
}
