using System.Globalization;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Fixtures.Parameters;
using LabRunner.Hardware.Network;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S08_DiscoveryLoad;

/// <summary>Parameters of S08.</summary>
public sealed record DiscoveryLoadParameters
{
    [Limits("0.1", "1000"), Meaning("SSDP requests a second, each in a phase with the SSDP driver on and one with it off")]
    public IReadOnlyList<double> Rates { get; init; } = [1, 5, 10];

    [Limits("10s", "12h"), Meaning("length of a phase")]
    public TimeSpan Phase { get; init; } = TimeSpan.FromHours(1);
}

/// <summary>S08: discovery requests, with the SSDP driver on against off. The resets of both are compared, since other causes strike both alike.</summary>
[SlotSuite("S08", "Discovery load")]
[Needs("http", "network")]
public sealed class DiscoveryLoad(string slot) : SuiteFixture<DiscoveryLoadParameters>(slot)
{
    private const double Confidence = 0.95;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);

    // Resets are counted and compared here; the finding explains their incidents.
    protected override bool ExpectsIncidents => true;

    [Test]
    public async Task Requests_MakeNoMoreResetsThanWithoutTheDriver()
    {
        Lab.Require(NetworkEffect.Discovery);
        Lab.AtEnd(async token => await Lab.Plug.CommandAsync("stopDriver SSDP", token));
        TimeSpan began = Lab.Now;
        (int on, int off) = (0, 0);
        foreach (double rate in Parameters.Rates)
        {
            off += await PhaseAsync(rate, false);
            on += await PhaseAsync(rate, true);
        }

        double hours = Parameters.Phase.TotalHours * Parameters.Rates.Count;
        RateComparison rates = RateComparison.Of(on, hours, off, hours, Confidence);
        Verdict verdict = on == 0 ? Verdict.Pass : rates.PGreater < 1 - Confidence ? Verdict.Fail : Verdict.Inconclusive;
        await Lab.MeasureAsync(new Figure("resets-on-over-off-p", rates.PGreater, "", verdict)
        {
            Lower = 1 - Confidence,
            Detail =
            [
                ("resetsOn", $"{on}"), ("resetsOff", $"{off}"), ("hoursEach", hours.ToString("0.00", CultureInfo.InvariantCulture)),
                ("ratioFrom", rates.RatioBounds.Lower.ToString("0.00", CultureInfo.InvariantCulture)), ("ratioTo", rates.RatioBounds.Upper.ToString("0.00", CultureInfo.InvariantCulture)),
            ],
        });
        string told = $"{on} resets with the SSDP driver on, {off} with it off, in {hours:0.00} h each (one-sided p = {rates.PGreater:0.000})";
        switch (verdict)
        {
            case Verdict.Fail:
                await Lab.SettleAsync();
                await Lab.FindAsync(new DisturbanceName("discovery", "Discovery requests reset it, with the SSDP driver on only", "DISCOVERY_RESETS", "F21"), told, began);
                Assert.Fail($"F21: {told}");
                break;
            case Verdict.Inconclusive:
                Assert.Inconclusive($"{told}: longer phases would tell.");
                break;
        }
    }

    private async Task<int> PhaseAsync(double rate, bool driver)
    {
        await Lab.SayAsync($"{rate:0.#} requests a second, SSDP driver {(driver ? "on" : "off")}");
        await Lab.WaitUntilBootIsCompleteAsync();
        await DriverAsync(driver);
        await using IntentScope intent = await Lab.IntentAsync(
            IntentKinds.Stimulus, $"discovery requests, SSDP driver {(driver ? "on" : "off")}", ("rate", rate.ToString("0.#", CultureInfo.InvariantCulture)));
        await Lab.Bench.DisturbAsync(Lab.Slot, NetworkEffect.Discovery, rate, Lab.Token);
        int resets = 0;
        TimeSpan started = Lab.Now;
        Condition? before = null;
        while (Lab.Now < started + Parameters.Phase)
        {
            TimeSpan asked = Lab.Now;
            PlugInfo? info = await SuiteContext.TryAsync<PlugInfo>(async () => await Lab.Plug.GetInfoAsync(Lab.Token));
            if (info is not null && before?.HasReset(info, asked) == true)
            {
                resets++;

                // A driver that was started by command is gone with the boot.
                await DriverAsync(driver);
            }

            before = info is null ? before : new Condition(Lab.Now, info.UptimeSeconds, 0);
            await Lab.DelayAsync(Look);
        }

        await Lab.Bench.LiftAsync(Lab.Slot, NetworkEffect.Discovery, Lab.Token);
        await Lab.TrialAsync($"phase-{(driver ? "on" : "off")}", started, resets == 0, Lab.Now - started, ("rate", $"{rate}"), ("resets", $"{resets}"));
        await Lab.SettleAsync();
        return resets;
    }

    private async Task DriverAsync(bool on) =>
        await SuiteContext.TryAsync<CommandReply>(async () => await Lab.Plug.CommandAsync(on ? "startDriver SSDP" : "stopDriver SSDP", Lab.Token));
}
