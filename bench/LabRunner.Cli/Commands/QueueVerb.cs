using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;
using System.Text.Json;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Nights;
using LabRunner.Cli.Terminal;
using LabRunner.Reports.Formats;
using LabRunner.Station.Api;
using LabRunner.Station.Client;
using LabRunner.Station.Jobs;

namespace LabRunner.Cli.Commands;

/// <summary><c>queue add|list|follow|stop</c>: plans that wait for the station's bench.</summary>
internal sealed class QueueVerb : IVerb
{
    private readonly Argument<string> _plan = new("plan") { Description = "Plan: a name of the station's bench/plans." };
    private readonly Argument<string> _job = new("job") { Description = "Id of the job, as list tells it." };
    private readonly Option<string> _bench = new("--bench") { Description = "Bench whose station is asked: a name of bench/inventory or a file.", DefaultValueFactory = _ => "virtual" };
    private readonly Option<string?> _slots = new("--slots") { Description = "Slots to use, separated by commas. Default: all." };
    private readonly Option<string?> _needs = new("--needs") { Description = "Labels that a slot must have, separated by commas: chip, board, supply, contracts, sentinel (as ./lab bench show tells them). Default: none." };
    private readonly Option<double?> _priority = HandArguments.Number("--priority", 0, 100, "A higher one goes first, then the older one. Default 50.");
    private readonly Option<long?> _seed = new("--seed") { Description = "Seed of all randomness. Default 1." };
    private readonly Option<long?> _night = new("--night") { Description = "Number of the night, for a plan that rotates roles over the slots. Default: that of the day on which it begins." };
    private readonly Option<double?> _scale = new("--time-scale") { Description = "Run seconds per second on a virtual bench. Default: the plan's." };
    private readonly Option<bool> _quiet = new("--even-in-quiet-hours") { Description = "Begin in the schedule's quiet hours too." };
    private readonly Option<string?> _why = new("--why") { Description = "Why, for the audit log and whoever waits." };
    private readonly Option<bool> _all = new("--all") { Description = "Also those that are over." };
    private readonly Option<bool> _json = new("--json") { Description = "Print JSON." };

    public Command Build()
    {
        Command add = new("add", "Put a plan into the queue: it runs when nothing of higher priority waits, nobody else has a slot, and no quiet hours hold. Example: ./lab queue add smoke --needs BL602,pulses --priority 60 --why \"build 228\" --bench my-lab")
        {
            _plan, _slots, _needs, _priority, _seed, _night, _scale, _quiet, _why, _bench, _json,
        };
        add.SetAction(AddAsync);
        Command list = new("list", "Show what runs and what waits, in its order, with why it waits. Example: ./lab queue list --bench my-lab") { _all, _bench, _json };
        list.SetAction(ListAsync);
        Command follow = new("follow", "Watch a job until its end; scorecard and exit code are those of ./lab night. Ctrl-C ends the look, not the job. Example: ./lab queue follow 20260101T200000Z1a2b3c --bench my-lab") { _job, _bench, _json };
        follow.SetAction(FollowAsync);
        Command stop = new("stop", "Take a job out of the queue, or end its run: outputs off, report written. Your own; an administrator's: any. Example: ./lab queue stop 20260101T200000Z1a2b3c --why \"wrong build\" --bench my-lab") { _job, _why, _bench, _json };
        stop.SetAction(StopAsync);
        Command queue = new("queue", "The station's queue of plans: add, list, follow, stop. Example: ./lab queue list") { add, list, follow, stop };
        queue.SetAction(parsed => new HelpAction().Invoke(parsed));
        return queue;
    }

    private async Task<int> AddAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using StationClient station = await StationAsync(parsed, "add", cancellationToken).ConfigureAwait(false);
        JobView job = await station.AddJobAsync(
            new JobRequest(
                parsed.GetValue(_plan)!, ListOption.Of(parsed, _slots), ListOption.Of(parsed, _needs), parsed.GetValue(_seed), parsed.GetValue(_scale), (int?)parsed.GetValue(_priority),
                parsed.GetValue(_quiet), Night: parsed.GetValue(_night)),
            cancellationToken).ConfigureAwait(false);
        return Told(parsed, job, $"Job {job.Id} waits: plan {job.Plan}{(job.Slots is { } slots ? $" on {string.Join(", ", slots)}" : "")}, priority {job.Priority}. Watch it: ./lab queue follow {job.Id}");
    }

    private async Task<int> ListAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using StationClient station = await StationAsync(parsed, "list", cancellationToken).ConfigureAwait(false);
        IReadOnlyList<JobView> all = await station.JobsAsync(cancellationToken).ConfigureAwait(false);
        JobView[] shown =
        [
            .. all.Where(j => j.State == JobState.Running),
            .. all.Where(j => j.State == JobState.Queued).OrderByDescending(j => j.Priority).ThenBy(j => j.Created),
            .. parsed.GetValue(_all) ? all.Where(j => j.State is not (JobState.Running or JobState.Queued)) : [],
        ];
        if (parsed.GetValue(_json))
        {
            Console.WriteLine(JsonSerializer.Serialize(shown, JsonSerializerOptions.Web));
            return (int)ExitCode.Pass;
        }

        if (shown.Length == 0)
        {
            Console.WriteLine($"Nothing runs and nothing waits at the station ({station.Where}). Put a plan in: ./lab queue add PLAN");
            return (int)ExitCode.Pass;
        }

        foreach (JobView job in shown)
        {
            // A line each, unwrapped, so that an id can be copied and a sentence searched for.
            Console.WriteLine(SafeText.OneLine(
                $"{job.Id}  {job.State.ToString().ToLowerInvariant(),-7}  {job.Plan} on {(job.Slots is { } slots ? string.Join(", ", slots) : "all slots")}, priority {job.Priority}, of {job.Owner}"
                + $"{(job.Why is { Length: > 0 } why ? $", for '{why}'" : "")}. {Standing(job)}", 400));
        }

        return (int)ExitCode.Pass;
    }

    private async Task<int> FollowAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using StationClient station = await StationAsync(parsed, "follow", cancellationToken).ConfigureAwait(false);
        bool json = parsed.GetValue(_json);
        NightResult result = await NightEnd.ShowAsync(
            json,
            async view => await station.ResultAsync(await station.FollowJobAsync(parsed.GetValue(_job)!, view, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        return await NightEnd.TellAsync(result, null, json).ConfigureAwait(false);
    }

    private async Task<int> StopAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using StationClient station = await StationAsync(parsed, "stop", cancellationToken).ConfigureAwait(false);
        JobView job = await station.StopJobAsync(parsed.GetValue(_job)!, cancellationToken).ConfigureAwait(false);
        return Told(parsed, job, job.State == JobState.Running ? $"Job {job.Id} ends: the bench is made safe and the report written. Watch it: ./lab queue follow {job.Id}" : $"Job {job.Id} is {job.State.ToString().ToLowerInvariant()}. {job.Text}");
    }

    private int Told(ParseResult parsed, JobView job, string sentence)
    {
        Console.WriteLine(parsed.GetValue(_json) ? JsonSerializer.Serialize(job, JsonSerializerOptions.Web) : sentence);
        return (int)ExitCode.Pass;
    }

    private static string Standing(JobView job) => job switch
    {
        { State: JobState.Running, ExpectedEnd: { } end } => $"Until about {end.UtcDateTime.ToString("HH:mm", CultureInfo.InvariantCulture)} UTC.",
        { State: JobState.Running, Started: { } started } => $"Since {started.UtcDateTime.ToString("HH:mm", CultureInfo.InvariantCulture)} UTC.",
        { Verdict: { } verdict } => $"{verdict}. {job.Text}",
        _ => job.Text ?? "It is its turn next.",
    };

    private async Task<StationClient> StationAsync(ParseResult parsed, string verb, CancellationToken cancellationToken)
    {
        string bench = parsed.GetValue(_bench)!;
        StationClient station = await StationClient.FindAsync(bench, null, cancellationToken).ConfigureAwait(false)
            ?? throw new UsageException($"queue {verb}: no station of bench '{bench}' runs here, and the queue is the station's. Start it: ./lab serve --bench {bench}; without one: ./lab night");
        station.Why = parsed.CommandResult.Command.Options.Contains(_why) ? parsed.GetValue(_why) : null;
        return station;
    }
}
