using LabRunner.Bench.Api;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Hardware.Network;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S14_Metering;

/// <content>A steady load while the CPU has other things to do: requests, an update, a link that is lost again and again.</content>
public sealed partial class Metering
{
    private const int BusyClients = 4;

    // Slower the sending of an update cannot be.
    private const int LeastUpdateRate = 100;

    // Long enough to join again, short enough that the radio is busy most of the time.
    private static readonly TimeSpan BetweenDeauths = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan UpdateLimit = TimeSpan.FromSeconds(60);

    [Test]
    [Needs("pulses")]
    public Task BusyCpu_NoPulseIsMissed()
    {
        Demand(BusyWith.Requests);
        return CompareBusyAsync("busy", "requests without a pause", async () =>
        {
            await using (await Lab.IntentAsync(IntentKinds.Stimulus, "requests without a pause under a steady load"))
            {
                return $"{await KeepBusyAsync(Lab.Now + Parameters.Busy)} requests";
            }
        });
    }

    /// <summary>The firmware that runs is sent once more, as slowly as the busy time is long, so that nothing but the time is another afterwards.</summary>
    [Test]
    [Needs("pulses")]
    public async Task Update_NoPulseIsMissed()
    {
        Demand(BusyWith.Update);
        FirmwareDescription own = await FirmwarePair.RequireRunningAsync(Lab);
        byte[] image = await FirmwarePair.ReadAsync(own);
        OtaSending sending = new() { BytesPerSecond = Math.Max(LeastUpdateRate, (int)(image.Length / Parameters.Busy.TotalSeconds)) };
        await Lab.WaitUntilBootIsCompleteAsync();
        await using IntentScope intent = await Lab.IntentAsync(IntentKinds.Ota, $"update to {own.Version}, which runs already, under a steady load", ("version", own.Version));
        try
        {
            await CompareBusyAsync("update", "an update without a hurry", async () =>
            {
                OtaUploadReply reply = await Lab.Plug.UploadOtaAsync(image, sending, Lab.Token);
                Assert.That(reply.Accepted, Is.True, $"The update was not taken: {reply.Failure ?? reply.Body}");
                return $"{reply.BytesSent} bytes of an update";
            });
        }
        finally
        {
            // Until a reboot MQTT is closed and nothing is saved.
            long uptime = (await Lab.Plug.GetInfoAsync(Lab.Token)).UptimeSeconds;
            TimeSpan asked = Lab.Now;
            await Lab.Plug.RebootAsync(Lab.Token);
            await Lab.NewBootAsync(asked, uptime, UpdateLimit);
            await Lab.WaitUntilBootIsCompleteAsync();
        }
    }

    [Test]
    [Needs("pulses", "network")]
    public async Task LostLink_NoPulseIsMissed()
    {
        Demand(BusyWith.Link);
        Lab.Require(NetworkEffect.Deauthenticate);
        await CompareBusyAsync("link", "the link lost again and again", async () =>
        {
            int lost = 0;
            await using (await Lab.IntentAsync(IntentKinds.Disturbance, "the link lost again and again under a steady load"))
            {
                for (TimeSpan end = Lab.Now + Parameters.Busy; Lab.Now < end; lost++)
                {
                    await Lab.Bench.DisturbAsync(Lab.Slot, NetworkEffect.Deauthenticate, 0, Lab.Token);
                    await Lab.DelayAsync(BetweenDeauths);
                }

                bool back = await Lab.UntilAsync(async () => (await Lab.Plug.GetInfoAsync(Lab.Token)).UptimeSeconds > 0, UpdateLimit);
                Assert.That(back, Is.True, $"It does not answer {UpdateLimit.TotalSeconds:0} s after the last loss of its link.");
            }

            return $"{lost} losses of the link";
        });
    }

    private void Demand(BusyWith what)
    {
        if (!Parameters.BusyBy.Contains(what))
        {
            throw new IgnoreException($"the plan's busyBy does not name {what.ToString().ToLowerInvariant()}");
        }
    }

    private async Task CompareBusyAsync(string step, string what, Func<Task<string>> keepBusy)
    {
        await BeginFeedingAsync();
        TimeSpan at = Lab.Now;
        InjectedLoad emitted = await FeedAsync(new LoadPoint(Parameters.Volts, Parameters.EnergyWatts, 1));
        await Lab.DelayAsync(Parameters.Settle);
        await Lab.SayAsync("steady load, left alone");
        (double quiet, double quietSeconds) = await ErrorAsync(emitted, () => Lab.DelayAsync(Parameters.Busy));
        await Lab.SayAsync($"steady load, {what}");
        string done = "";
        (double busy, double seconds) = await ErrorAsync(emitted, async () => done = await keepBusy());
        double allowed = BusyShare + (OpenSeconds / Math.Min(seconds, quietSeconds));
        foreach ((string name, double error, string meanwhile) in new[] { ($"energy-error-before-{step}", quiet, "left alone"), ($"energy-error-{step}", busy, done) })
        {
            await Lab.MeasureAsync(new Figure(name, error * 100, "%", Judge(Math.Abs(error) <= allowed))
            {
                Lower = -allowed * 100, Upper = allowed * 100, Reference = null, Detail = [("meanwhile", meanwhile), ("seconds", FormattableString.Invariant($"{seconds:0}"))],
            });
        }

        if (busy < -allowed && busy < quiet - allowed)
        {
            await FailAsFoundAsync(
                "METER_MISSES", "F51", "Pulses are missed while the CPU is busy",
                FormattableString.Invariant($"At a steady {emitted.Watts:0} W the energy counter ran {-busy * 100:0.0} % slow during {done}, and {-quiet * 100:0.0} % slow when the plug was left alone."),
                at, [FormattableString.Invariant($"emitted {emitted.CfHertz:0.##} Hz on CF; {quietSeconds:0} s alone, {seconds:0} s busy; allowed ±{allowed * 100:0.00} %")], what);
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(quiet, Is.EqualTo(0).Within(allowed), "Share of the energy missing or too much while the plug is left alone.");
            Assert.That(busy, Is.EqualTo(0).Within(allowed), $"Share of the energy missing or too much during {done}.");
        }
    }

    private async Task<(double Error, double Seconds)> ErrorAsync(InjectedLoad emitted, Func<Task> meanwhile)
    {
        (double before, long from) = await ReadEnergyAsync();
        await meanwhile();
        (double after, long to) = await ReadEnergyAsync();
        Assert.That(to - from, Is.Positive, "The plug was reset in this time: energy over it cannot be told.");
        double expected = emitted.Watts * (to - from) / SecondsPerHour;
        return ((after - before - expected) / expected, to - from);
    }

    // A reply that fails is the watch's business; here it only matters that the plug is kept busy.
    private async Task<int> KeepBusyAsync(TimeSpan until)
    {
        int[] served = await Task.WhenAll(Enumerable.Range(0, BusyClients).Select(async _ =>
        {
            int count = 0;
            while (Lab.Now < until)
            {
                if (await SuiteContext.TryAsync<PlugPageState>(async () => await Lab.Plug.GetPageStateAsync(Lab.Token)) is not null)
                {
                    count++;
                }
                else
                {
                    await Lab.DelayAsync(TimeSpan.FromMilliseconds(200));
                }
            }

            return count;
        }));
        return served.Sum();
    }
}
