using System.Globalization;
using LabRunner.Bench.Inventory;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Fixtures.Parameters;
using LabRunner.Hardware.Network;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S11_MqttFaults;

/// <summary>Parameters of S11.</summary>
public sealed record MqttFaultsParameters
{
    [Limits("0", "1000"), Meaning("restarts of the broker, as this plug sees them: its connection is reset, new ones are refused for a while")]
    public int Restarts { get; init; } = 100;

    [Limits("1s", "10m"), Meaning("time for which a restarting broker refuses")]
    public TimeSpan Down { get; init; } = TimeSpan.FromSeconds(5);

    [Limits("5s", "2h"), Meaning("a long outage, and a time in which the broker denies the login, each")]
    public TimeSpan Outage { get; init; } = TimeSpan.FromMinutes(5);

    [Limits("5s", "2h"), Meaning("a black hole; a plug misses its connection after one and a half keep-alives, 150 s: what is shorter does nothing to it, and is INCONCLUSIVE")]
    public TimeSpan BlackHole { get; init; } = TimeSpan.FromMinutes(5);

    [Limits("0", "5000"), Meaning("retained messages that wait for the plug when it connects")]
    public int Retained { get; init; } = 100;

    [Limits("0", "100000"), Meaning("messages of QoS 1 in a burst")]
    public int Burst { get; init; } = 500;

    [Limits("1", "200"), Meaning("of them a second")]
    public double BurstRate { get; init; } = 50;

    [Limits("10s", "30m"), Meaning("after the broker is back the plug must be connected within this time")]
    public TimeSpan BackLimit { get; init; } = TimeSpan.FromSeconds(60);

    [Limits("0", "100000"), Meaning("bytes of free heap that all restarts, or a flood, may cost")]
    public int HeapBand { get; init; } = 2048;
}

/// <summary>S11: whatever the broker does, the plug is connected again in time, does what it is told, has its memory and has not reset.</summary>
[SlotSuite("S11", "MQTT faults")]
[Needs("http", "mqtt", "network")]
public sealed partial class MqttFaults(string slot) : SuiteFixture<MqttFaultsParameters>(slot)
{
    // Heap and MQTT at rest after a connect: it tells its whole state, an item a second.
    private static readonly TimeSpan Told = TimeSpan.FromSeconds(20);

    private const double LeastOfRate = 0.8;

    private static readonly TimeSpan CommandLimit = TimeSpan.FromSeconds(10);

    // A plug that stays away is what is looked for: the test judges it and its finding explains the incident.
    protected override bool ExpectsIncidents => true;

    [Test]
    public async Task BrokerRestarts_NothingIsLost()
    {
        Lab.Require(NetworkEffect.BrokerRefuses);
        await Lab.DemandRelayBudgetAsync(0, Parameters.Restarts);
        await WaitUntilConnectedAsync();
        List<string> failures = Lab.Problems;
        List<double?> times = [];
        double? first = null;
        int missed = 0;
        string? spent = null;
        while (times.Count < Parameters.Restarts && failures.Count == 0 && missed < MostNotMade)
        {
            spent = await Lab.RelayBudgetSpentAsync();
            if (spent is not null)
            {
                break;
            }

            await Lab.SayAsync($"broker restart {times.Count + 1} of {Parameters.Restarts}");
            try
            {
                times.Add(await OutageAsync("restart", "the broker was restarted", NetworkEffect.BrokerRefuses, Parameters.Down, failures));
                missed = 0;
            }
            catch (NotNoticedException)
            {
                missed++;
                continue;
            }

            first ??= await HeapAfterConnectAsync();
        }

        if (times.Count > 0 || missed == 0)
        {
            await JudgeAsync("restart", times, failures, first);
        }

        if (missed >= MostNotMade)
        {
            Assert.Inconclusive($"{times.Count} of {Parameters.Restarts} restarts were made: {NotNoticed(Parameters.Down)}");
        }

        if (spent is not null)
        {
            Assert.Inconclusive($"After {times.Count} of {Parameters.Restarts}: {spent}.");
        }
    }

    [Test]
    public Task LongOutage_ThePlugComesBack() => OnceAsync("outage", "the broker was away", NetworkEffect.BrokerRefuses, Parameters.Outage);

    [Test]
    public Task BlackHole_ThePlugComesBack() => OnceAsync("black-hole", "the broker was a black hole", NetworkEffect.BrokerSilent, Parameters.BlackHole);

    [Test]
    public Task LoginDenied_ThePlugComesBack() => OnceAsync("login-denied", "the broker denied the login", NetworkEffect.BrokerDenies, Parameters.Outage);

    [Test]
    public async Task RetainedFlood_DoesNoHarm()
    {
        Lab.Require(NetworkEffect.BrokerRefuses);
        SuiteContext.Ask(Parameters.Retained, "retained messages");
        await Lab.DemandRelayBudgetAsync(0, 1);
        await WaitUntilConnectedAsync();
        double heap = await HeapAfterConnectAsync();
        string client = Lab.SlotFacts.MqttClient!;
        Lab.AtEnd(token => RetainAsync(client, "", token));
        List<string> failures = Lab.Problems;

        // Stored while it is away: one that is connected would get them now, as a burst.
        await MadeAsync(MostNotMade, Parameters.Down, () => OutageAsync(
            "retained-flood", $"{Parameters.Retained} retained messages at its connect", NetworkEffect.BrokerRefuses, Parameters.Down, failures,
            meanwhile: () => RetainAsync(client, "x", Lab.Token)));
        await CheckHeapAsync("retained-flood", heap, failures);
        Assert.That(failures, Is.Empty, string.Join(" | ", failures));
    }

    [Test]
    public async Task Burst_DoesNoHarm()
    {
        SuiteContext.Ask(Parameters.Burst, "messages in a burst");
        await Lab.DemandRelayBudgetAsync(0, 1);
        await WaitUntilConnectedAsync();
        double heap = await HeapAfterConnectAsync();
        string client = Lab.SlotFacts.MqttClient!;
        List<string> failures = Lab.Problems;
        await Lab.AttemptAsync(
            new DisturbanceName("burst", $"{Parameters.Burst} messages of QoS 1, {Parameters.BurstRate:0} a second", "MQTT_FLOOD", "F26"),
            async () =>
            {
                TimeSpan began = Lab.Now;
                for (int i = 0; i < Parameters.Burst; i++)
                {
                    await Lab.DelayUntilAsync(began + TimeSpan.FromSeconds(i / Parameters.BurstRate));
                    await Lab.Bench.PublishAsync(Lab.Slot, $"{client}/labrunner/get", "x", 1, false, Lab.Token);
                }

                // What a slow bench sends is no burst of that rate.
                double rate = Parameters.Burst / Math.Max((Lab.Now - began).TotalSeconds, 1 / Parameters.BurstRate);
                await Lab.MeasureAsync(new Figure("burst-rate", rate, "1/s", rate >= Parameters.BurstRate * LeastOfRate ? Verdict.Pass : Verdict.Inconclusive) { Lower = Parameters.BurstRate * LeastOfRate, Reference = Parameters.BurstRate });
            },
            IsConnectedAsync, Parameters.BackLimit, failures);
        await CheckCommandAsync(failures);
        await CheckHeapAsync("burst", heap, failures);
        Assert.That(failures, Is.Empty, string.Join(" | ", failures));
    }

    private async Task OnceAsync(string step, string what, NetworkEffect effect, TimeSpan length)
    {
        Lab.Require(effect);
        await Lab.DemandRelayBudgetAsync(0, 1);
        await WaitUntilConnectedAsync();
        List<string> failures = Lab.Problems;
        double? took = await MadeAsync(effect == NetworkEffect.BrokerSilent ? 1 : MostNotMade, length, () => OutageAsync(step, $"{what} for {DurationText.Format(length)}", effect, length, failures));
        await JudgeAsync(step, [took], failures, null);
    }

    // What is told after the connection is back must be done: seen at the contact where the bench senses it.
    private async Task CheckCommandAsync(List<string> failures)
    {
        await Lab.DeclareRelayAsync("switched by MQTT");
        bool? before = await Lab.ReadRelayAsync();
        TimeSpan started = Lab.Now;
        await Lab.Bench.PublishAsync(Lab.Slot, $"cmnd/{Lab.SlotFacts.MqttClient}/POWER", before == true ? "OFF" : "ON", 1, false, Lab.Token);
        bool done = await Lab.UntilAsync(async () => await Lab.ReadRelayAsync() == !(before ?? false), CommandLimit, TimeSpan.FromMilliseconds(500));
        await Lab.TrialAsync("command-after-connect", started, done, Lab.Now - started);
        if (!done)
        {
            failures.Add($"F26 a command by MQTT after the connection was back was not done within {DurationText.Format(CommandLimit)}");
        }
    }

    private async Task<bool> IsConnectedAsync() => (await Lab.Plug.GetPageStateAsync(Lab.Token)).MqttConnected == true;

    private async Task WaitUntilConnectedAsync()
    {
        await Lab.WaitUntilBootIsCompleteAsync();
        Assert.That(await Lab.UntilAsync(IsConnectedAsync, Parameters.BackLimit), Is.True, $"MQTT was not connected within {DurationText.Format(Parameters.BackLimit)} before anything was done.");
    }

    private async Task<double> HeapAfterConnectAsync()
    {
        await Lab.DelayAsync(Told);
        return await Heap.AtRestAsync(Lab);
    }

    private async Task CheckHeapAsync(string step, double before, List<string> failures)
    {
        if (failures.Count > 0)
        {
            return;
        }

        double lost = before - await HeapAfterConnectAsync();
        bool ok = lost <= Parameters.HeapBand;
        await Lab.MeasureAsync(new Figure($"heap-lost@{step}", lost, "B", ok ? Verdict.Pass : Verdict.Fail) { Upper = Parameters.HeapBand });
        if (!ok)
        {
            string problem = string.Create(CultureInfo.InvariantCulture, $"{step} cost {lost:0} B of heap, {Parameters.HeapBand} B are allowed");
            failures.Add("F26 " + problem);
            await Lab.FindAsync(new DisturbanceName(step, "MQTT connects", "LEAK", "F26"), problem, Lab.Now);
        }
    }

    private async Task JudgeAsync(string step, List<double?> times, List<string> failures, double? heap)
    {
        SuiteContext.Ask(times.Count, step);

        await Lab.RecordAsync(step, times, Parameters.BackLimit);
        if (heap is { } first)
        {
            await CheckHeapAsync(step, first, failures);
        }

        Assert.That(failures, Is.Empty, string.Join(" | ", failures));
    }

    // Topics that the plug subscribes (client/+/get) and that ask it nothing where they are not empty; an empty text takes one back.
    private async Task RetainAsync(string client, string text, CancellationToken token)
    {
        for (int i = 0; i < Parameters.Retained; i++)
        {
            await Lab.Bench.PublishAsync(Lab.Slot, $"{client}/labrunner{i}/get", text, 1, true, token);
        }
    }
}
