using System.Globalization;
using System.Text.RegularExpressions;
using LabRunner.Bench.Api;
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

    [Limits("0.1", "1000"), Meaning("SSDP announcements (NOTIFY) of a peer a second, likewise")]
    public IReadOnlyList<double> AnnouncementRates { get; init; } = [10];

    [Limits("0.1", "1000"), Meaning("mDNS questions a second, likewise with the mDNS driver; NOT RUN on a build without it")]
    public IReadOnlyList<double> ServiceRates { get; init; } = [10];

    [Limits("10s", "12h"), Meaning("length of a phase")]
    public TimeSpan Phase { get; init; } = TimeSpan.FromHours(1);
}

/// <summary>S08: discovery requests and announcements of SSDP, and questions of mDNS, with the driver that takes them on against off. The resets of both are compared, since other causes strike both alike.</summary>
[SlotSuite("S08", "Discovery load")]
[Needs("http", "network")]
public sealed partial class DiscoveryLoad(string slot) : SuiteFixture<DiscoveryLoadParameters>(slot)
{
    private const double Confidence = 0.95;

    // Beyond a thousand times the phases nobody waits.
    private const int MostTimes = 1000;

    private static readonly Load Searches = new(NetworkEffect.Discovery, "SSDP", "Discovery requests", "phase", "SSDP");
    private static readonly Load Announcements = new(NetworkEffect.Announcements, "SSDP", "SSDP announcements", "notify-phase", "NOTIFY");
    private static readonly Load ServiceQuestions = new(NetworkEffect.ServiceDiscovery, "MDNS", "mDNS questions", "mdns-phase", "MDNS");
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);

    // Resets are counted and compared here; the finding explains their incidents.
    protected override bool ExpectsIncidents => true;

    [Test]
    public async Task Requests_MakeNoMoreResetsThanWithoutTheDriver()
    {
        Lab.Require(NetworkEffect.Discovery);
        await CompareAsync(Searches, Parameters.Rates);
    }

    [Test]
    public async Task Announcements_MakeNoMoreResetsThanWithoutTheDriver()
    {
        Lab.Require(NetworkEffect.Announcements);
        await CompareAsync(Announcements, Parameters.AnnouncementRates);
    }

    [Test]
    public async Task ServiceQuestions_MakeNoMoreResetsThanWithoutTheDriver()
    {
        Lab.Require(NetworkEffect.ServiceDiscovery);
        await CompareAsync(ServiceQuestions, Parameters.ServiceRates);
    }

    [GeneratedRegex(@"drivers active \([^)]*\)")]
    private static partial Regex ActiveDrivers();

    private async Task CompareAsync(Load load, IReadOnlyList<double> all)
    {
        SuiteContext.Ask(all.Count, $"rates of {load.Requests}");
        Lab.RequireQuiet();

        // Left as the plug's own start-up had it; after the death of a runner it may run by this test's own doing.
        bool ran = await IsActiveAsync(load) && await Lab.EarlierAttemptAsync() is null;
        Lab.AtEnd(async token => await Lab.Plug.CommandAsync($"{(ran ? "start" : "stop")}Driver {load.Driver}", token));
        await Lab.CommandAsync($"startDriver {load.Driver}");
        if (!await IsActiveAsync(load))
        {
            Assert.Ignore($"this build has no {load.Driver} driver");
        }

        TimeSpan began = Lab.Now;
        (int on, int off) = (0, 0);
        foreach (double rate in all)
        {
            off += await PhaseAsync(load, rate, false);
            on += await PhaseAsync(load, rate, true);
        }

        double hours = Parameters.Phase.TotalHours * all.Count;
        RateComparison rates = RateComparison.Of(on, hours, off, hours, Confidence);
        double? more = HoursStillNeeded(on, off, hours);
        Verdict verdict = rates.PGreater < 1 - Confidence ? Verdict.Fail : more == 0 ? Verdict.Pass : Verdict.Inconclusive;
        string told = $"{on} resets with the {load.Driver} driver on, {off} with it off, in {hours:0.00} h each (one-sided p = {rates.PGreater:0.000})";
        await Lab.MeasureAsync(new Figure($"resets-on-over-off-p@{load.Name}", rates.PGreater, "", verdict)
        {
            Lower = 1 - Confidence,
            Detail =
            [
                ("resetsOn", $"{on}"), ("resetsOff", $"{off}"), ("hoursEach", hours.ToString("0.00", CultureInfo.InvariantCulture)),
                ("hoursStillNeeded", more?.ToString("0.00", CultureInfo.InvariantCulture) ?? "never"),

                // One-sided at Confidence: what a short phase without a reset shows, and what it does not.
                ("resetsOnPerHourAtMost", Poisson.Garwood(on, hours, 1 - (2 * (1 - Confidence))).Upper.ToString("0.00", CultureInfo.InvariantCulture)),
                ("ratioFrom", rates.RatioBounds.Lower.ToString("0.00", CultureInfo.InvariantCulture)), ("ratioTo", rates.RatioBounds.Upper.ToString("0.00", CultureInfo.InvariantCulture)),
                .. verdict == Verdict.Inconclusive ? [("says", $"not enough hours to tell: {told}")] : Array.Empty<(string, string)>(),
            ],
        });
        switch (verdict)
        {
            case Verdict.Fail:
                await Lab.SettleAsync();
                await Lab.FindAsync(new DisturbanceName("discovery", $"{load.Requests} reset it, with the {load.Driver} driver on only", "DISCOVERY_RESETS", "F21"), told, began);
                Assert.Fail($"F21: {told}");
                break;

            // Without a reset there is nothing to hold against the plug, and the figure says how little that shows.
            case Verdict.Inconclusive when on > 0:
                Assert.Inconclusive($"{told}: {(more is { } lacking ? string.Create(CultureInfo.InvariantCulture, $"{lacking:0.00} more hours each would tell if it goes on so") : "no number of hours would tell if it goes on so")}.");
                break;
        }
    }

    // Were both rates to stay as they are: until the one is shown to be greater, or to be less than twice the other. Without a reset in either
    // there is no ratio: until the rate with the driver on is shown to be within the plan's goal.
    private double? HoursStillNeeded(int on, int off, double hours)
    {
        if (on + off == 0)
        {
            return Math.Max(0, DemonstrationHours.Needed(Lab.Description.MtbfGoodHours, 0, Confidence) - hours);
        }

        for (int times = 1; times <= MostTimes; times++)
        {
            RateComparison later = RateComparison.Of(on * times, hours * times, off * times, hours * times, Confidence);
            if (later.PGreater < 1 - Confidence || later.RatioBounds.Upper < 2)
            {
                return hours * (times - 1);
            }
        }

        return null;
    }

    private async Task<int> PhaseAsync(Load load, double rate, bool driver)
    {
        await Lab.SayAsync($"{load.Requests} at {rate:0.#} a second, {load.Driver} driver {(driver ? "on" : "off")}");
        await Lab.WaitUntilBootIsCompleteAsync();
        await DriverAsync(load, driver);
        await using IntentScope intent = await Lab.IntentAsync(
            IntentKinds.Stimulus, $"{load.Requests}, {load.Driver} driver {(driver ? "on" : "off")}", ("rate", rate.ToString("0.#", CultureInfo.InvariantCulture)));
        string step = string.Create(CultureInfo.InvariantCulture, $"{load.Name} at {rate:0.#}, driver {(driver ? "on" : "off")}");

        // Before the load: a plug that it resets at once takes its driver with it, and would be quiet from then on.
        TimeSpan since = Lab.Now;
        PlugInfo? first = await SuiteContext.TryAsync<PlugInfo>(async () => await Lab.Plug.GetInfoAsync(Lab.Token));
        Condition? before = first is null ? null : new Condition(Lab.Now, first.UptimeSeconds, 0);
        await Lab.GatherAsync(new Gathering(Lab.Entry, step) { Effect = load.Effect, Value = rate });
        int resets = 0;
        TimeSpan started = Lab.Now;
        while (Lab.Now < started + Parameters.Phase)
        {
            TimeSpan asked = Lab.Now;
            PlugInfo? info = await SuiteContext.TryAsync<PlugInfo>(async () => await Lab.Plug.GetInfoAsync(Lab.Token));
            if (info is not null && before?.HasReset(info, asked) == true)
            {
                resets++;

                // A driver that was started by command is gone with the boot.
                await DriverAsync(load, driver);
            }

            before = info is null ? before : new Condition(Lab.Now, info.UptimeSeconds, 0);
            await Lab.DelayAsync(Look);
        }

        await Lab.GatherAsync(new Gathering(Lab.Entry, step + ", over") { Effect = load.Effect, Lifts = true });
        TimeSpan over = Lab.Now;
        await Lab.SettleAsync();

        // A freeze is ended by the bench, a reset at the very end is seen by the watch alone; each reset of the loop is an incident, too.
        IReadOnlyList<IncidentRecord> incidents = await Lab.SeenByWatchAsync(since);
        int seen = incidents.Count(i => i.FirstSymptom <= over.TotalSeconds);
        int failures = Math.Max(resets, seen);
        await Lab.TrialAsync($"{load.Step}-{(driver ? "on" : "off")}", started, failures == 0, over - started, ("rate", $"{rate}"), ("resets", $"{resets}"), ("incidents", $"{seen}"));
        return failures;
    }

    private async Task<bool> IsActiveAsync(Load load) =>
        ActiveDrivers().Match((await Lab.Plug.GetPageStateAsync(Lab.Token)).Html).Value.Contains(load.Driver, StringComparison.Ordinal);

    private async Task DriverAsync(Load load, bool on) =>
        await SuiteContext.TryAsync<CommandReply>(async () => await Lab.Plug.CommandAsync($"{(on ? "start" : "stop")}Driver {load.Driver}", Lab.Token));

    /// <summary>What is sent, which driver of the firmware takes it, and its name in figures.</summary>
    private sealed record Load(NetworkEffect Effect, string Driver, string Requests, string Step, string Name);
}
