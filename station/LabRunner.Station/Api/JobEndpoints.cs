using LabRunner.Bench.Hosting;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Plans;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;
using LabRunner.Station.Access;
using LabRunner.Station.Benches;
using LabRunner.Station.Jobs;
using LabRunner.Station.Runs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace LabRunner.Station.Api;

/// <summary>Plans, the queue of jobs, and the runs that came of them.</summary>
internal static class JobEndpoints
{
    // A report is a page of its own with its own script: it runs in a sandbox, where it is nobody's origin and can ask the station for nothing.
    private const string ReportPolicy = "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; font-src data:";

    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/plans", (BenchKeeper keeper) => Plans(keeper)).Is("ListPlans", "Plans of the station and whether this bench can run them.", Role.Look);
        api.MapGet("/jobs", (JobBook jobs, BenchKeeper keeper) => jobs.All().Select(j => View(j, keeper)).ToList()).Is("ListJobs", "Jobs, newest first.", Role.Look);
        api.MapGet("/jobs/{job}", (string job, JobBook jobs, BenchKeeper keeper) => jobs.Find(job) is { } found ? Results.Ok(View(found, keeper)) : NoJob(job))
            .Is("GetJob", "One job.", Role.Look).Produces<JobView>();
        api.MapPost("/jobs", Add).Produces<JobView>(StatusCodes.Status201Created)
            .Is("RunPlan", "Put a plan into the queue. It runs when nothing of higher priority waits, nobody else has one of its slots or uses another that he leased, and no quiet hours hold.", Role.Switch, new JobRequest("smoke", Needs: ["BL602", "pulses"], Priority: 60, Why: "build 1.18.228 against 1.18.227"));
        api.MapDelete("/jobs/{job}", Stop).Produces<JobView>()
            .Is("StopJob", "Take a job out of the queue, or end its run: outputs off, report written. Your own; an administrator's: any.", Role.Switch);
        api.MapGet("/jobs/{job}/stream", Stream).Produces(StatusCodes.Status200OK, contentType: "text/event-stream")
            .Is("StreamJob", "What happens in a job as server-sent events until its end: waits, said (from a number on: Last-Event-ID, or from), shown, and at last ended.", Role.Look);
        api.MapGet("/jobs/{job}/bench", BorrowAsync).ProducesProblem(StatusCodes.Status409Conflict)
            .Is("BorrowBench", "The bench of a lent job as suites have it: a WebSocket with JSON-RPC, over the station's Unix socket, or from anywhere with a token. The run ends with the connection.", Role.Switch);
        api.MapGet("/runs", (int? count, RunShelf runs) => runs.List((int)EndpointFacts.Within(count ?? 50, 1, 1000, "count")))
            .Is("ListRuns", "Runs in the runs folder, newest first (default 50).", Role.Look);
        api.MapGet("/runs/{run}", (string run, RunShelf runs) => runs.Find(run) is { } found ? Results.Ok(found) : NoRun(run))
            .Is("GetRun", "One run.", Role.Look).Produces<RunSummary>();
        api.MapGet("/runs/{run}/incidents", (string run, RunShelf runs, BenchKeeper keeper) => runs.Read(run) is { } read
                ? Results.Ok(read.Incidents.Select(i => SlotSight.View(i, read.WallAt, run, isRun: true, goesOn: keeper.Now.Bench?.Record == run)).ToList()) : NoRun(run))
            .Is("ListRunIncidents", "Incidents of a run, also of one that goes on.", Role.Look).Produces<IReadOnlyList<IncidentView>>();
        api.MapGet("/runs/{run}/scorecard", (string run, RunShelf runs) => runs.Card(run) is { } card ? Results.Ok(card) : NoRun(run))
            .Is("GetScorecard", "The scorecard of a run, as the terminal shows it; its paths are the station's.", Role.Look).Produces<Scorecard>();
        api.MapGet("/runs/{run}/{file}", (string run, string file, HttpContext context, RunShelf runs) => Download(run, file, context, runs))
            .Is("GetRunFile", "The report of a run: report.html, report.json, junit.xml, or comparison.html where it was compared with the run before.", Role.Look).Produces(StatusCodes.Status200OK, contentType: "text/html");
    }

    /// <summary>A job for callers.</summary>
    public static JobView View(Job job, BenchKeeper keeper) => new(
        job.Id, job.Plan, job.Slots, job.State, job.Priority, job.Owner, job.Why, job.Created, job.Started, job.Ended, job.IsOver ? null : keeper.ExpectedEnd(job), job.Verdict,
        job.Text, job.Folder is { } folder ? Path.GetFileName(folder) : null, job.Resumed, job.Entry, job.EvenInQuietHours, job.Firmware, job.After, job.Lent,
        job.Lent ? keeper.LentNow(job.Id)?.Clock.ToEnvironment() : null,
        keeper.ProgressOf(job), job.Night, job.Problem);

    private static List<PlanView> Plans(BenchKeeper keeper)
    {
        string folder = BenchFolders.Find().Plans;
        return [.. PlanNames(folder).Select(name =>
        {
            try
            {
                Plan plan = PlanLoader.Load(name, folder, [.. keeper.Inventory.Slots.Select(s => s.Name)]);
                return new PlanView(name, plan.Description, [.. plan.Suites.Select(s => s.Suite)], null);
            }
            catch (FileProblemsException wrong)
            {
                return new PlanView(name, null, [], wrong.Message);
            }
        })];
    }

    private static IEnumerable<string> PlanNames(string folder) => Directory.EnumerateFiles(folder, "*.yaml").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal);

    private static IResult Add(JobRequest request, HttpContext context, JobBook jobs, BenchKeeper keeper, TimeProvider clock)
    {
        // Only a name that is there: a plan from outside is never a path.
        string folder = BenchFolders.Find().Plans;
        if (!PlanNames(folder).Contains(request.Plan))
        {
            if (request.Plan is { Length: > 0 } && request.Plan.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            {
                // As without a station: which file was looked for, and the nearest name.
                PlanLoader.Load(request.Plan, folder);
            }

            throw new UsageException(
                $"There is no plan '{request.Plan}'. A station plays plans of its own folder by their names, never a file by its path: {string.Join(", ", PlanNames(folder))}. "
                + $"Copy yours into {folder} on the station's machine, or play it without the station: ./lab night --alone, once the station has let go of the bench.");
        }

        IReadOnlyList<string>? slots = request.Slots is not { Count: 0 } ? JobOrder.Slots(keeper.Inventory, request.Slots, request.Needs) : throw new UsageException("slots names no slot. Leave it out for all.");
        Caller caller = Caller.Of(context);
        DateTimeOffset now = clock.GetUtcNow();
        Job job = new()
        {
            Id = JobBook.NewId(now), Plan = request.Plan, Slots = slots, Seed = request.Seed ?? 1, Priority = (int)EndpointFacts.Within(request.Priority ?? 50, 0, 100, "priority"),
            TimeScale = request.TimeScale, Night = request.Night is not < 0 ? request.Night : throw new UsageException("night: nights are counted from 0."), Owner = caller.Owner, EvenInQuietHours = request.EvenInQuietHours, Lent = request.Lend, Why = ActionLog.Why(context, request.Why), Created = now,
        };

        // What would be refused tonight is refused now.
        BenchFiles.Load(new BenchOwnerOptions { Bench = keeper.Inventory.File, Plan = job.Plan, Slots = slots, TimeScale = job.TimeScale, Night = job.Night });
        ActionLog.Tell(context, $"plan {job.Plan} as job {job.Id}", request.Why);
        jobs.Put(job);
        return Results.Created($"/api/v1/jobs/{job.Id}", View(job, keeper));
    }

    private static IResult Stop(string job, HttpContext context, JobBook jobs, BenchKeeper keeper, TimeProvider clock)
    {
        if (jobs.Find(job) is not { } found)
        {
            return NoJob(job);
        }

        Caller caller = Caller.Of(context);
        if (found.Owner != caller.Owner && !caller.May(Role.Administer))
        {
            return Problems.SomebodyElses($"Job {found.Id} is {found.Owner}'s. Ask {found.Owner} or an administrator.");
        }

        ActionLog.Tell(context, $"job {found.Id} (plan {found.Plan}) stopped", null);
        if (!keeper.StopJob(found.Id, caller.Owner))
        {
            found = jobs.Change(found.Id, j => j.State == JobState.Queued ? j with { State = JobState.Stopped, Ended = clock.GetUtcNow(), Text = $"{caller.Owner} took it out of the queue." } : j)!;
            if (!found.IsOver)
            {
                // It began in between.
                keeper.StopJob(found.Id, caller.Owner);
            }
        }

        return Results.Ok(View(found, keeper));
    }

    private static IResult Stream(
        string job, long? from, HttpContext context, JobBook jobs, JobFeed feed, BenchKeeper keeper, IHostApplicationLifetime lifetime, CancellationToken token)
    {
        if (jobs.Find(job) is null)
        {
            return NoJob(job);
        }

        return EventStream.Of(JobStream.EventsAsync(job, EndpointFacts.StreamStart(context, from, 0, 0, long.MaxValue), jobs, feed, keeper, lifetime.ApplicationStopping, token));
    }

    private static async Task<IResult> BorrowAsync(string job, HttpContext context, JobBook jobs, BenchKeeper keeper, Lending lending, StationOptions options)
    {
        if (jobs.Find(job) is not { } found)
        {
            return NoJob(job);
        }

        // Not for browsers, whose pages may ask for a socket whatever site they are of, but cannot send a token with it.
        Caller caller = Caller.Of(context);
        bool isHere = caller.Via == "socket";
        if (!context.WebSockets.IsWebSocketRequest || !(isHere || caller.HasToken))
        {
            throw new UsageException("The bench is lent over a WebSocket, on the station's Unix socket or with a token. Else have the plan run: POST /api/v1/jobs.");
        }

        if (found.Owner != caller.Owner || keeper.LentNow(job) is not { } bench)
        {
            return Problems.Refuse(StatusCodes.Status409Conflict, "lease", "It has not the bench, or is somebody else's", $"Job {job} is {found.Owner}'s and {found.State.ToString().ToLowerInvariant()}.");
        }

        // The kernel tells the end of a program of this machine; a network that is gone tells nothing.
        WebSocketAcceptContext accepted = isHere ? new() : new() { KeepAliveInterval = options.LendSilence / 4, KeepAliveTimeout = options.LendSilence * 3 / 4 };
        using System.Net.WebSockets.WebSocket socket = await context.WebSockets.AcceptWebSocketAsync(accepted).ConfigureAwait(false);
        Borrower borrower = new(caller.Name, isHere ? null : context.Connection.RemoteIpAddress?.ToString() ?? "an unknown address", sentence => keeper.Say(sentence));
        await lending.ServeAsync(job, socket, bench, borrower).ConfigureAwait(false);
        return Results.Empty;
    }

    private static IResult Download(string run, string file, HttpContext context, RunShelf runs)
    {
        if (runs.File(run, file) is not { } found)
        {
            return Problems.NotFound($"Run '{run}' has no {file}. A run has {string.Join(", ", RunShelf.Files.Keys)} when it has ended.");
        }

        context.Response.Headers.ContentSecurityPolicy = ReportPolicy;
        context.Response.Headers.XFrameOptions = "SAMEORIGIN";
        return Results.File(found.Path, found.Mime);
    }

    private static IResult NoJob(string job) => Problems.NotFound($"There is no job '{job}'.");

    private static IResult NoRun(string run) => Problems.NotFound($"There is no run '{run}'.");
}
