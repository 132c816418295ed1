using LabRunner.Bench.Hosting.Nights;
using LabRunner.Bench.Session;
using LabRunner.Hardware.Faults;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;
using LabRunner.Station.Api;
using LabRunner.Station.Jobs;
using LabRunner.Station.Leases;
using Microsoft.Extensions.Logging;

namespace LabRunner.Station.Benches;

/// <content>The bench with a plan: a job of the queue, begun, gone on with, stopped.</content>
internal sealed partial class BenchKeeper
{
    /// <summary>Stops the job that runs, if it is this one.</summary>
    /// <returns>False: it does not run.</returns>
    public bool StopJob(string id, string who)
    {
        lock (_gate)
        {
            if (_job?.Id != id || _stopJob is null)
            {
                return false;
            }

            Say($"{who} stops run {id}.");
            _stopJob.Cancel();
            return true;
        }
    }

    /// <summary>The open bench of a job whose program may have it now; null: it is not open, or is not lent to that one.</summary>
    public OpenBench? LentNow(string id) => _lending.IsLent(id) && Now is { Bench: { } bench, Job: { } job } && job.Id == id ? bench : null;

    /// <summary>When a job may be over: by how long the same plan took before, else by how far its slowest slot has come; null: nobody knows.</summary>
    public DateTimeOffset? ExpectedEnd(Job job)
    {
        if (job.Started is not { } started)
        {
            return null;
        }

        if (_jobs.All().FirstOrDefault(j => j is { State: JobState.Done, Resumed: 0, Started: not null, Ended: not null } && j.Plan == job.Plan) is { } before)
        {
            return started + job.Rested + (before.Ended!.Value - before.Started!.Value);
        }

        return ProgressOf(job) is { Least: > 0 } progress ? started + job.Rested + ((_clock.GetUtcNow() - started - job.Rested) / progress.Least) : null;
    }

    /// <summary>How far a job has come; null: it does not run, or its tests are another program's.</summary>
    public RunProgress? ProgressOf(Job job)
    {
        if (job.Lent || Now is not { Bench: { } bench, Job: { } now } || now.Id != job.Id)
        {
            return null;
        }

        List<LiveSlot> live = [.. bench.Session.GetLive().Where(l => l.Suites is not null)];
        return live.Count == 0 ? null : new RunProgress(
            live.Sum(l => l.Suites!.Over), live.Sum(l => l.Suites!.Planned), live.Sum(l => l.Verdicts.Values.Sum()), live.Sum(l => l.Suites!.Trials),
            live.Min(l => (double)l.Suites!.Over / l.Suites.Planned));
    }

    private Task GoOnAsync(Job job, CancellationToken stoppingToken)
    {
        if (job.Lent)
        {
            Keep(job with { State = JobState.Failed, Text = "The station ended while the bench was lent; the program that had it asks again.", Ended = _clock.GetUtcNow() });
            return Task.CompletedTask;
        }

        if (WasCompleted(job) is not { } card)
        {
            // The journal's last line is about when the station before ended.
            FileInfo journal = new(Path.Combine(job.Folder!, JournalSchema.FileName));
            TimeSpan rested = journal.Exists ? _clock.GetUtcNow() - new DateTimeOffset(journal.LastWriteTimeUtc, TimeSpan.Zero) : TimeSpan.Zero;
            return RunAsync(job with { Resumed = job.Resumed + 1, Rested = job.Rested + (rested > TimeSpan.Zero ? rested : TimeSpan.Zero) }, stoppingToken);
        }

        Keep(job with { State = JobState.Done, Verdict = card.Verdict.ToText(), Text = card.Text, Ended = _clock.GetUtcNow() });
        return Task.CompletedTask;
    }

    private async Task RunAsync(Job job, CancellationToken stoppingToken)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        using IDisposable? scope = _log.BeginScope(new Dictionary<string, object> { ["run"] = job.Id });
        lock (_gate)
        {
            (_job, _stopJob) = (job, stop);
        }

        if (!Enters(job))
        {
            lock (_gate)
            {
                (_job, _stopJob) = (null, null);
            }

            return;
        }

        _pulse.Begin("opening the bench for a run", OpenLimit);
        _feed.Begin(job.Id, job.Resumed);
        Say(job.Resumed > 0 ? $"Going on with run {job.Id} (plan {job.Plan}) of {job.Owner}." : $"Run {job.Id} (plan {job.Plan}) of {job.Owner} begins.");
        Job ended;
        try
        {
            NightResult result = await _opener.RunAsync(
                job, new View(this, job.Id),
                bench =>
                {
                    _consoles.Follow(bench, $"run {job.Id}, plan {job.Plan}");
                    Enter(bench, job, "");
                    _pulse.Begin("running", null);
                },
                async _ =>
                {
                    _pulse.Begin("ending the run", KeeperPulse.EndLimit);
                    await LeaveAsync("the run ends").ConfigureAwait(false);
                    await _consoles.LeaveAsync().ConfigureAwait(false);
                },
                job.Lent ? token => _lending.UntilOverAsync(job.Id, token) : null,
                stop.Token).ConfigureAwait(false);
            ended = job with
            {
                State = result.Fault is not null || result.Card is null ? JobState.Failed : result.Interrupted ? JobState.Stopped : JobState.Done,
                Verdict = result.Card?.Verdict.ToText(),
                Problem = result.Fault is { } fault ? Problems.Describe(fault) : null,
                Text = result.Fault?.Message ?? (result.Interrupted ? "It was stopped." : result.Card?.Text),
            };
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            ended = job with { State = JobState.Stopped, Text = "It was stopped before the bench was open." };
        }
        catch (Exception failure)
        {
            ended = job with { State = JobState.Failed, Text = failure.Message, Problem = Problems.Describe(failure) };
        }

        await LeaveAsync("the run is over").ConfigureAwait(false);
        await _consoles.LeaveAsync().ConfigureAwait(false);
        Past.Add(job.Folder!);
        lock (_gate)
        {
            (_job, _stopJob, _problem) = (null, null, "the bench is being opened");
        }

        if (stoppingToken.IsCancellationRequested && ended.State == JobState.Stopped)
        {
            // The station ends, not the run: the next station goes on with it.
            Say($"Run {job.Id} rests until the station runs again.");
            return;
        }

        Keep(ended with { Ended = _clock.GetUtcNow() });
        Say($"Run {job.Id} ended: {ended.State}{(ended.Verdict is { } verdict ? ", " + verdict : "")}. {ended.Text}");
    }

    /// <summary>The job runs from now on. False: it was stopped before; whoever stops it from now on finds it running.</summary>
    private bool Enters(Job job)
    {
        if (job.Resumed > 0)
        {
            Keep(job);
            return true;
        }

        return ReferenceEquals(_jobs.Change(job.Id, now => now.State == JobState.Queued ? job : now), job);
    }

    private void Keep(Job job)
    {
        if (_jobs.PutFact(job) is { } problem)
        {
            Say($"What became of run {job.Id} is not on disk yet: {problem} It is tried again.");
        }
    }

    /// <summary>The scorecard of a run that was completed just before its station died; null: it was not.</summary>
    private static Scorecard? WasCompleted(Job job)
    {
        try
        {
            return RunReader.ReadOutline(job.Folder!).Outcome == "completed" ? ReportRenderer.Render(job.Folder!) : null;
        }
        catch (BenchFaultException)
        {
            // No journal, or only the beginning of one: the run itself will say what is wrong with it.
            return null;
        }
    }

    private Job Begin(Job job)
    {
        DateTimeOffset now = _clock.GetUtcNow();
        return _turn.Begin(job) with { State = JobState.Running, Started = now, Folder = Path.Combine(_options.RunsFolder, $"{job.Id}-{_inventory.Name}") };
    }

    private string UntilOf(Job job) => ExpectedEnd(job) is { } end ? $"until about {LeaseDesk.Time(end)}" : "until that ends";

    private sealed class View(BenchKeeper keeper, string job) : INightView
    {
        public void Say(string sentence)
        {
            keeper.Say(sentence);
            keeper._feed.Say(job, sentence);
        }

        public void Show(NightSnapshot snapshot) => keeper._feed.Show(job, snapshot);
    }
}
