using System.Globalization;
using System.Text.RegularExpressions;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Api;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Fixtures.Parameters;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S01_IdleSoak;

/// <summary>When a soak ends.</summary>
public enum SoakEnd
{
    /// <summary>After its duration.</summary>
    Duration,

    /// <summary>When the plan's sequential test accepts or rejects, at the latest after its duration.</summary>
    Decision,
}

/// <summary>Parameters of S01.</summary>
public sealed record IdleSoakParameters
{
    [Limits("10s", "1000h"), Meaning("how long the plug is left alone")]
    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(10);

    [Meaning("duration, or decision: it ends as soon as the sequential test over all slots of the board and firmware accepts or rejects")]
    public SoakEnd Until { get; init; } = SoakEnd.Duration;

    [Limits("0", "3680"), Meaning("resistive load to inject at 230 V, in W, where the slot has pulses")]
    public double LoadWatts { get; init; } = 60;
}

/// <summary>S01: relay on, a small load, nothing else. The plug passes when the watch saw no incident in the time.</summary>
[SlotSuite("S01", "Idle soak")]
public sealed partial class IdleSoak(string slot) : SuiteFixture<IdleSoakParameters>(slot)
{
    private const int MostSwitches = 3;

    // What it did just before it was asked keeps it away as long.
    private static readonly TimeSpan BootTime = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(30);

    protected override bool ExpectsIncidents => true;

    [Test]
    public async Task LeftAlone_HasNoIncident()
    {
        TimeSpan asked = Lab.Now;
        if (Lab.Has("http"))
        {
            await SwitchOnAsync();
            await MeasureLoadAsync();
        }

        if (Lab.Has("pulses"))
        {
            await Lab.Bench.InjectAsync(Lab.Slot, new LoadPoint(230, Parameters.LoadWatts, 1), Lab.Token);
            Lab.AtEnd(async token => await Lab.Bench.InjectAsync(Lab.Slot, new LoadPoint(0, 0, 1), token));
        }

        // After the death of a runner the soak goes on: hours under test are not asked for twice.
        EarlierAttempt? earlier = await Lab.EarlierAttemptAsync();
        TimeSpan soaked = earlier?.Exposed ?? TimeSpan.Zero;
        TimeSpan since = earlier?.Since ?? asked;
        TimeSpan started = Lab.Now;
        TimeSpan end = started + (soaked < Parameters.Duration ? Parameters.Duration - soaked : TimeSpan.Zero);
        SlotStatus status;
        SequentialStanding? standing = null;
        do
        {
            await Lab.DelayAsync(TimeSpan.FromTicks(Math.Clamp((end - Lab.Now).Ticks, 0, Slice.Ticks)));
            status = await Lab.Bench.GetStatusAsync(Lab.Slot, Lab.Token);
            await Lab.SayAsync($"soak {(soaked + Lab.Now - started).TotalMinutes:0.0} of {Parameters.Duration.TotalMinutes:0.0} min");
        }
        while (Lab.Now < end && !status.Lost && (standing = await StandingAsync()) is not { Decided: true });

        TimeSpan ended = Lab.Now;

        // What began in the last seconds is confirmed only after them; the plug had its chance to fail, so it counts.
        await Lab.SettleAsync();
        IReadOnlyList<IncidentRecord> all = await Lab.Bench.GetIncidentsAsync(Lab.Slot, since, Lab.Token);
        List<IncidentRecord> incidents = [.. all.Where(incident => !incident.Expected && incident.FirstSymptom <= ended.TotalSeconds)];
        await Lab.MeasureAsync(new Figure("soak-incidents", incidents.Count, "incidents", incidents.Count == 0 ? Verdict.Pass : Verdict.Fail)
        {
            Upper = 0,
            Detail = [("soaked", DurationText.Format(TimeSpan.FromSeconds(Math.Round((soaked + ended - started).TotalSeconds))))],
        });
        if (standing is { Decided: true, Accepted: false })
        {
            Assert.Fail($"The sequential test rejects: {standing.Text}.");
        }

        if (incidents.Count > 0 && standing is not { Accepted: true })
        {
            Assert.Fail("Left alone, it had " + string.Join(", ", incidents.Select(
                incident => $"incident #{incident.Id} {incident.Class}{(incident.Mode is { } mode ? " " + mode : "")} {(incident.FirstSymptom < started.TotalSeconds ? "before this soak began, or went on" : string.Create(CultureInfo.InvariantCulture, $"at {incident.FirstSymptom - started.TotalSeconds:0} s of the soak"))}")));
        }
    }

    // A plug that resets at this very moment is what the soak is about, and a night of it is not to be lost by that.
    private async Task SwitchOnAsync()
    {
        for (int attempt = 1; attempt <= MostSwitches; attempt++)
        {
            if (await Lab.RelayBudgetSpentAsync() is { } spent && await Lab.ReadRelayAsync() != true)
            {
                // The hours are worth more than the closed contact.
                await Lab.NotMadeAsync("relay-on", Lab.Now, ("why", spent));
                return;
            }

            TimeSpan began = Lab.Now;
            string? problem = await Lab.TrySetRelayAsync(true);
            await Lab.TrialAsync("relay-on", began, problem is null, Lab.Now - began, ("problem", problem ?? ""));
            if (problem is null)
            {
                return;
            }

            await Lab.SettleAsync();
            if (!(await Lab.Bench.GetIncidentsAsync(Lab.Slot, began - BootTime, Lab.Token)).Any(incident => !incident.Expected))
            {
                Assert.Fail(problem);
            }
        }
    }

    // What keeps a plug of a household busy: without it the hours show less than they seem to.
    private async Task MeasureLoadAsync()
    {
        PlugInfo? info = await SuiteContext.TryAsync<PlugInfo>(async () => await Lab.Plug.GetInfoAsync(Lab.Token));
        PlugPageState? page = await SuiteContext.TryAsync<PlugPageState>(async () => await Lab.Plug.GetPageStateAsync(Lab.Token));
        if (info is null || page is null || info.Flags.Length == 0)
        {
            return;
        }

        List<string> missing = [];
        if (!PlugFlags.Has(info.Flags, PlugFlags.PeriodicMqtt))
        {
            missing.Add($"periodic MQTT (SetFlag {PlugFlags.PeriodicMqtt} 1: its state every 60 s)");
        }
        else if (page.MqttConnected != true)
        {
            missing.Add("a connection to the broker");
        }

        if (ActiveDrivers().Match(page.Html) is { Success: true } drivers && !drivers.Value.Contains("NTP", StringComparison.Ordinal))
        {
            missing.Add("the clock (startDriver NTP)");
        }

        await Lab.MeasureAsync(new Figure("soak-load-missing", missing.Count, "parts", missing.Count == 0 ? Verdict.Pass : Verdict.Warn)
        {
            Upper = 0,
            Detail = missing.Count == 0 ? [] : [("missing", string.Join(", ", missing)), ("says", "it soaks with less to do than in a household: put them in its startup command")],
        });
    }

    [GeneratedRegex(@"drivers active \([^)]*\)")]
    private static partial Regex ActiveDrivers();

    private async Task<SequentialStanding?> StandingAsync() => Parameters.Until == SoakEnd.Decision ? await Lab.Bench.GetSequentialAsync(Lab.Slot, Lab.Token) : null;
}
