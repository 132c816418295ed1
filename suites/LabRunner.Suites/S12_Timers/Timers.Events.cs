using LabRunner.Bench.Api;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S12_Timers;

/// <content>The other timer of the firmware: commands that it repeats by itself.</content>
public sealed partial class Timers
{
    // The firmware counts whole seconds, and the contact follows within one.
    private static readonly TimeSpan EventSlack = TimeSpan.FromSeconds(2);

    // The firmware counts a second each time its loop turns, 1 to 3 ms later than the one before (user_main.c): a long interval ends late by that.
    private const double MostLate = 0.005;

    // After the last run, so that one too many is seen; and an incident that it ends in.
    private static readonly TimeSpan AfterEvents = TimeSpan.FromSeconds(30);

    [Test]
    [Needs("relaySense")]
    public async Task RepeatingEvents_RunAsOftenAsTold()
    {
        SuiteContext.Ask(Math.Min(Parameters.EventTimes, Parameters.Events.Count), "repeating events");

        Lab.AtEnd(async token => await Lab.Plug.CommandAsync("clearRepeatingEvents", token));
        List<string> problems = Lab.Problems;
        foreach ((int done, int interval) in Parameters.Events.Index())
        {
            await Lab.DemandRelayBudgetAsync(done, Parameters.Events.Count);
            if (await TryEventsAsync(interval) is { } problem)
            {
                problems.Add(problem);
            }

            await Lab.SettleAsync();
        }

        Assert.That(problems, Is.Empty, string.Join("; ", problems));
    }

    /// <returns>What is wrong; null: it ran as told.</returns>
    private async Task<string?> TryEventsAsync(int interval)
    {
        string command = $"addRepeatingEvent {interval} {Parameters.EventTimes} ToggleChannel 1";
        await Lab.WaitUntilBootIsCompleteAsync();
        await using IntentScope intent = await Lab.IntentAsync(IntentKinds.Stimulus, command, ("driver", "addRepeatingEvent"), ("interval", $"{interval}"));
        await Lab.DeclareRelayAsync("toggles by a repeating event");
        TimeSpan set = Lab.Now;
        await Lab.CommandAsync(command);
        TimeSpan taken = Lab.Now;
        await Lab.SayAsync($"every {interval} s, {Parameters.EventTimes} times");
        await Lab.DelayUntilAsync(taken + (TimeSpan.FromSeconds((double)interval * Parameters.EventTimes) * (1 + MostLate)) + AfterEvents);
        await Lab.SettleAsync();
        IReadOnlyList<RelayEdge> edges = await Lab.Bench.GetRelayEdgesAsync(Lab.Slot, set, Lab.Token);
        IncidentRecord? incident = await IncidentSinceAsync(set);
        bool inTime = edges.Select((edge, i) => (edge.At, Due: TimeSpan.FromSeconds((double)interval * (i + 1)))).All(e => e.At >= set + e.Due - EventSlack && e.At <= taken + (e.Due * (1 + MostLate)) + EventSlack);
        string? problem = incident is not null ? $"incident #{incident.Id} {incident.Class} after {command}"
            : edges.Count != Parameters.EventTimes ? $"{command} moved the contact {edges.Count} times"
            : !inTime ? $"{command} ran at {string.Join(", ", edges.Select(edge => $"{(edge.At - set).TotalSeconds:0.0} s"))}"
            : null;
        await Lab.TrialAsync("repeating-event", set, problem is null, Lab.Now - set, ("interval", $"{interval}"), ("times", $"{edges.Count}"), ("problem", problem ?? ""));
        return problem;
    }
}
