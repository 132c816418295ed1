using LabRunner.Bench.Api;
using LabRunner.Bench.Inventory;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Fixtures.Outcomes;
using LabRunner.Fixtures.Parameters;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S12_Timers;

/// <summary>Parameters of S12.</summary>
public sealed record TimersParameters
{
    [Limits("10", "900"), Meaning("sample intervals of SetupEnergyStats in s; the firmware takes 10 to 900")]
    public IReadOnlyList<int> Intervals { get; init; } = [10, 30, 60, 70, 120, 300];

    [Limits("10s", "2h"), Meaning("watched after each interval has passed once; longer than the watch needs to confirm an incident")]
    public TimeSpan Margin { get; init; } = TimeSpan.FromSeconds(120);

    [Limits("1", "1000"), Meaning("times each interval is tried, in turn without and with the JSON that the command can publish")]
    public int Repeats { get; init; } = 2;

    [Limits("2", "3600"), Meaning("intervals of addRepeatingEvent in s")]
    public IReadOnlyList<int> Events { get; init; } = [10, 60];

    [Limits("0", "1000"), Meaning("times that each of these events is to run")]
    public int EventTimes { get; init; } = 3;
}

/// <summary>
/// S12: does a periodic timer freeze the plug? Each interval is set and watched. When the time to freeze follows the interval with slope 1,
/// that intervention is the proof: the failure hangs on the timer and is no random freeze.
/// </summary>
[SlotSuite("S12", "Timers")]
[Needs("http")]
public sealed partial class Timers(string slot) : SuiteFixture<TimersParameters>(slot)
{
    private const double CoincidenceSeconds = 2;
    private static readonly TimeSpan AroundDue = TimeSpan.FromSeconds(4);

    protected override bool ExpectsIncidents => true;

    [Test]
    public async Task SetupEnergyStats_AnyInterval_DoesNotFreeze()
    {
        SuiteContext.Ask(Parameters.Intervals.Count, "intervals");
        Lab.AtEnd(async token => await Lab.Plug.CommandAsync("SetupEnergyStats 0", token));
        List<Freeze> freezes = [];
        int tried = 0;
        (int Interval, bool Json)[] asked = [.. Enumerable.Range(0, Parameters.Repeats).SelectMany(round => Parameters.Intervals.Select(interval => (interval, round % 2 == 1)))];
        foreach ((int interval, bool json) in asked)
        {
            tried++;
            if (await TryIntervalAsync(interval, json) is { } freeze)
            {
                freezes.Add(freeze);
            }

            SlotStatus status = await Lab.Bench.WaitReadyAsync(Lab.Slot, Lab.RecoveryLimit, Lab.Token);
            if (!status.Ready)
            {
                break;
            }
        }

        if (freezes.Count > 0)
        {
            await JudgeAsync(freezes);
        }
        else if (tried < asked.Length)
        {
            Assert.Inconclusive($"It did not serve within {DurationText.Format(Lab.RecoveryLimit)} after interval {asked[tried - 1].Interval} s, and no freeze was seen: {asked.Length - tried} of {asked.Length} intervals were not tried.");
        }
    }

    private async Task<Freeze?> TryIntervalAsync(int interval, bool json)
    {
        string command = $"SetupEnergyStats 1 {interval} 60{(json ? " 1" : "")}";
        await Lab.WaitUntilBootIsCompleteAsync();
        await using IntentScope intent = await Lab.IntentAsync(
            IntentKinds.Stimulus, command, ("driver", "SetupEnergyStats"), ("interval", $"{interval}"));
        TimeSpan set = Lab.Now;
        await Lab.CommandAsync(command);
        TimeSpan taken = Lab.Now;
        await Lab.SayAsync($"SetupEnergyStats interval {interval} s");
        TimeSpan due = set + TimeSpan.FromSeconds(interval);
        FreezeBracket bracket = await FreezeBracket.WatchAsync(Lab, due - AroundDue, due + AroundDue);
        TimeSpan limit = TimeSpan.FromSeconds(interval) + Parameters.Margin;
        IncidentRecord? incident = await Lab.UntilAsync<IncidentRecord>(() => IncidentSinceAsync(set), set + limit - Lab.Now, TimeSpan.FromSeconds(2));
        if (incident is null)
        {
            // A freeze near the end of the margin is a symptom, not yet an incident.
            await Lab.SettleAsync();
            incident = await IncidentSinceAsync(set);
        }

        TimeSpan took = incident is null ? limit
            : bracket.IsClosed ? ((bracket.LastAnswered!.Value - taken) + (bracket.Stopped!.Value - set)) / 2
            : TimeSpan.FromSeconds(incident.FirstSymptom) - set;
        await Lab.TrialAsync("time-to-freeze", set, incident is null, took, ("interval", $"{interval}"), ("json", json ? "yes" : "no"), ("incident", incident is null ? "none" : $"{incident.Id}"));
        if (incident is not null)
        {
            return new Freeze(interval, took.TotalSeconds, incident)
            {
                Earliest = bracket.IsClosed ? (bracket.LastAnswered!.Value - taken).TotalSeconds : took.TotalSeconds - CoincidenceSeconds,
                Latest = bracket.IsClosed ? (bracket.Stopped!.Value - set).TotalSeconds : took.TotalSeconds + CoincidenceSeconds,
            };
        }

        // Left on, it would be the next interval's stimulus too.
        await SuiteContext.TryAsync<CommandReply>(async () => await Lab.Plug.CommandAsync("SetupEnergyStats 0", Lab.Token));
        return null;
    }

    private async Task<IncidentRecord?> IncidentSinceAsync(TimeSpan since) =>
        await Lab.SeenByWatchAsync(since) is [IncidentRecord first, ..] ? first : null;

    private async Task JudgeAsync(List<Freeze> freezes)
    {
        string list = string.Join(", ", freezes.Select(f => $"interval {f.Interval} s: incident #{f.Incident.Id} {f.Incident.Class} after {f.Seconds:0.0} s"));
        if (freezes.Select(f => f.Interval).Distinct().Count() < 2)
        {
            if (freezes.TrueForAll(f => Math.Abs(f.Seconds - f.Interval) <= CoincidenceSeconds))
            {
                Assert.Inconclusive($"It failed just when the interval had passed; only a freeze at another interval would prove the tie: {list}");
            }

            throw new InvalidException($"interrupted, and not at the interval: {list}");
        }

        // The incidents carry their FAIL; where there is no tie, nothing is known about the timer, since other failures hid it.
        PeriodicTie tie = PeriodicTie.Find([.. freezes.Select(f => new PeriodicPoint(f.Interval, f.Earliest, f.Latest))])
            ?? throw new InvalidException($"interrupted, and not in step with the interval: {list}");
        await Lab.MeasureAsync(new Figure("freeze-slope", tie.Slope, "s/s", Verdict.Fail)
        {
            Reference = 1,
            Detail = [("offsetSeconds", $"{tie.OffsetSeconds:0.00}"), ("uncertaintySeconds", $"{tie.UncertaintySeconds:0.00}"), ("worstResidualSeconds", $"{tie.WorstResidualSeconds:0.00}"), ("freezes", $"{freezes.Count}")],
        });
        long finding = await Lab.FindAsync(
            "PERIODIC_FREEZE", "F09", $"Freezes periodically with SetupEnergyStats: {tie.OffsetText}",
            $"It froze after SetupEnergyStats 1 N 60, {tie.OffsetText}. Changing N moved the freeze with slope {tie.Slope:0.000} and offset {tie.OffsetSeconds:0.0} ± {tie.UncertaintySeconds:0.0} s "
            + $"over {freezes.Count} freezes, so this is the timer and no random freeze.",
            TimeSpan.FromSeconds(freezes[0].Incident.FirstSymptom), [.. freezes.Select(f => $"interval {f.Interval} s → froze after {f.Seconds:0.0} s, incident #{f.Incident.Id} {f.Incident.Class}")],
            "SetupEnergyStats", [.. freezes.Select(f => f.Incident.Id)]);
        Assert.Fail($"Finding #{finding}: freezes with SetupEnergyStats, {tie.OffsetText}: {list}");
    }

    private sealed record Freeze(int Interval, double Seconds, IncidentRecord Incident)
    {
        public required double Earliest { get; init; }

        public required double Latest { get; init; }
    }
}
