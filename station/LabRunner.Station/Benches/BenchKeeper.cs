using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Nights;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Faults;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;
using LabRunner.Station.Health;
using LabRunner.Station.Jobs;
using LabRunner.Station.Leases;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LabRunner.Station.Benches;

/// <summary>
/// Owns the bench as long as the station runs: watches it without a plan, and plays the jobs of the queue, one at a time, through the night
/// path that <c>./lab night</c> takes. Everything that touches a slot goes through here. Thread safe.
/// </summary>
internal sealed partial class BenchKeeper : BackgroundService, IKeeperSight
{
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan OpenLimit = TimeSpan.FromMinutes(10);
    private const int KeptWatches = 5;
    private const int KeptSentences = 200;

    private readonly StationOptions _options;
    private readonly BenchInventory _inventory;
    private readonly IBenchOpener _opener;
    private readonly JobBook _jobs;
    private readonly LeaseDesk _leases;
    private readonly Turn _turn;
    private readonly Pool _pool;
    private readonly HealthCheck _health;
    private readonly ConsoleKeeper _consoles;
    private readonly TimeProvider _clock;
    private readonly KeeperPulse _pulse;
    private readonly ILogger<BenchKeeper> _log;
    private readonly Lock _gate = new();
    private readonly Queue<string> _said = [];
    private readonly Dictionary<string, SemaphoreSlim> _slots;
    private readonly Dictionary<string, CancellationTokenSource> _timers = [];
    private readonly HashSet<Task> _acting = [];
    private readonly SlotHolds _holds;
    private readonly Lending _lending;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenSource _closing = new();
    private CancellationTokenSource? _stopJob;
    private OpenBench? _bench;
    private Job? _job;
    private string _problem = "the station is starting";

    public BenchKeeper(
        StationOptions options, BenchInventory inventory, IBenchOpener opener, JobBook jobs, LeaseDesk leases, SlotHolds holds, Lending lending, Turn turn, Pool pool, HealthCheck health, ConsoleKeeper consoles, TimeProvider clock, ILogger<BenchKeeper> log)
    {
        (_options, _inventory, _opener, _jobs, _leases, _holds, _lending, _turn, _pool, _health, _consoles, _clock, _log) = (options, inventory, opener, jobs, leases, holds, lending, turn, pool, health, consoles, clock, log);
        _pulse = new KeeperPulse(TimeProvider.System);
        _slots = inventory.Slots.ToDictionary(s => s.Name, _ => new SemaphoreSlim(1, 1), StringComparer.Ordinal);
        jobs.Changed += Wake;
        leases.Changed += Wake;
        pool.Changed += Wake;
    }

    /// <summary>The inventory, its variables not put in.</summary>
    public BenchInventory Inventory => _inventory;

    /// <summary>The open bench and the job it is open for; the bench is null while it is closed, the job null while it is only watched.</summary>
    public (OpenBench? Bench, Job? Job) Now
    {
        get
        {
            lock (_gate)
            {
                return (_bench, _job);
            }
        }
    }

    /// <summary>Why the bench is not open, one clause.</summary>
    public string Problem
    {
        get
        {
            lock (_gate)
            {
                return _problem;
            }
        }
    }

    /// <summary>Told before the slots of an open bench are nobody's any more.</summary>
    public event Action<OpenBench>? Leaving;

    /// <inheritdoc/>
    public string Status
    {
        get
        {
            lock (_gate)
            {
                return _job is { } job ? $"Run {job.Id}, plan {job.Plan}, of {job.Owner}."
                    : _bench is { } bench ? $"Watching {Words.Count(bench.Slots.Count, "slot")} of bench '{_inventory.Name}'."
                    : $"The bench is not open: {_problem}.";
            }
        }
    }

    /// <inheritdoc/>
    public string? WhyDead() => Now.Bench is { } bench ? _pulse.WhyDead(bench, bench.Session.LastBeat) : _pulse.WhyDead(null, null);

    /// <summary>What happened last, oldest first.</summary>
    public IReadOnlyList<string> Said
    {
        get
        {
            lock (_gate)
            {
                return [.. _said];
            }
        }
    }

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

    /// <summary>When a job may be over, by how long the same plan took before; null: nobody knows.</summary>
    public DateTimeOffset? ExpectedEnd(Job job) =>
        job.Started is { } started && _jobs.All().FirstOrDefault(j => j is { State: JobState.Done, Resumed: 0, Started: not null, Ended: not null } && j.Plan == job.Plan) is { } before
            ? started + (before.Ended!.Value - before.Started!.Value)
            : null;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Queue<Job> unfinished = new(_jobs.All().Where(j => j.State == JobState.Running));
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (unfinished.TryDequeue(out Job? begun))
                {
                    await GoOnAsync(begun, stoppingToken).ConfigureAwait(false);
                }
                else if (_turn.Next() is { } job && !_pool.IsDue(forARun: true))
                {
                    await RunAsync(Begin(job), stoppingToken).ConfigureAwait(false);
                }
                else
                {
                    await WatchAsync(stoppingToken).ConfigureAwait(false);
                }
            }
            catch (Exception failure) when (failure is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                // A full disk, say, ends no station: the guard has made safe what could not be, and the bench is opened anew.
                Enter(null, null, failure.Message.TrimEnd('.'));
                Say($"The bench could not be kept: {failure.Message}");
                await PauseAsync(TryAgain, stoppingToken).ConfigureAwait(false);
            }
        }
    }

    private Task GoOnAsync(Job job, CancellationToken stoppingToken)
    {
        if (job.Lent)
        {
            _jobs.Put(job with { State = JobState.Failed, Text = "The station ended while the bench was lent; the program that had it asks again.", Ended = _clock.GetUtcNow() });
            return Task.CompletedTask;
        }

        if (WasCompleted(job) is not { } card)
        {
            return RunAsync(job with { Resumed = job.Resumed + 1 }, stoppingToken);
        }

        _jobs.Put(job with { State = JobState.Done, Verdict = card.Verdict.ToText(), Text = card.Text, Ended = _clock.GetUtcNow() });
        return Task.CompletedTask;
    }

    /// <summary>Watches the bench until a job is due, the bench breaks, or the station ends.</summary>
    private async Task WatchAsync(CancellationToken stoppingToken)
    {
        IWatchedBench watched;
        _pulse.Begin("opening the bench", OpenLimit);
        try
        {
            watched = await _opener.WatchAsync(WatchFolder(), Say, stoppingToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }
        catch (Exception failure)
        {
            Enter(null, null, failure.Message.TrimEnd('.'));
            Say($"The bench cannot be opened: {failure.Message}");
            await PauseAsync(TryAgain, stoppingToken).ConfigureAwait(false);
            return;
        }

        OpenBench bench = watched.Bench;
        try
        {
            _consoles.Follow(bench, "the station watches");
            Enter(bench, null, "");
            Say($"The bench '{_inventory.Name}' is open: {Words.Count(bench.Slots.Count, "slot")} {(bench.Slots.Count == 1 ? "is" : "are")} watched.");
            while (!stoppingToken.IsCancellationRequested && !bench.Broken.IsCompleted)
            {
                _pulse.Begin("watching", TryAgain * 3);

                // Taken before the look at the queue, so that no change falls between.
                Task changed = Volatile.Read(ref _changed).Task;
                bool runWaits = _turn.Next() is not null;
                if (_holds.Sentence is null && _pool.IsDue(runWaits))
                {
                    _pulse.Begin("checking the slots", OpenLimit);
                    await _health.RunAsync(this, bench, stoppingToken).ConfigureAwait(false);
                    continue;
                }

                if (runWaits)
                {
                    break;
                }

                // Leases and quiet hours end by time too, and nobody tells.
                await Task.WhenAny(changed, bench.Broken, Task.Delay(TryAgain, _clock, stoppingToken)).ConfigureAwait(false);
            }

            if (bench.Broken.IsCompleted)
            {
                Say($"Bench fault: {(await bench.Broken.ConfigureAwait(false)).Message}");
            }
        }
        finally
        {
            _pulse.Begin("closing the bench", OpenLimit);
            await LeaveAsync("the bench changes hands").ConfigureAwait(false);
            try
            {
                await watched.FinishAsync().ConfigureAwait(false);
                await _consoles.LeaveAsync().ConfigureAwait(false);
            }
            finally
            {
                await watched.DisposeAsync().ConfigureAwait(false);
            }
        }

        if (bench.Broken.IsCompleted)
        {
            await PauseAsync(TryAgain, stoppingToken).ConfigureAwait(false);
        }
    }

    private async Task RunAsync(Job job, CancellationToken stoppingToken)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        using IDisposable? scope = _log.BeginScope(new Dictionary<string, object> { ["run"] = job.Id });
        lock (_gate)
        {
            (_job, _stopJob) = (job, stop);
        }

        _pulse.Begin("opening the bench for a run", OpenLimit);
        _jobs.Put(job);

        Say(job.Resumed > 0 ? $"Going on with run {job.Id} (plan {job.Plan}) of {job.Owner}." : $"Run {job.Id} (plan {job.Plan}) of {job.Owner} begins.");
        Job ended;
        try
        {
            NightResult result = await _opener.RunAsync(
                job, new View(this),
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
                Text = result.Fault?.Message ?? (result.Interrupted ? "It was stopped." : result.Card?.Text),
            };
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            ended = job with { State = JobState.Stopped, Text = "It was stopped before the bench was open." };
        }
        catch (Exception failure)
        {
            ended = job with { State = JobState.Failed, Text = failure.Message };
        }

        await LeaveAsync("the run is over").ConfigureAwait(false);
        await _consoles.LeaveAsync().ConfigureAwait(false);
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

        _jobs.Put(ended with { Ended = _clock.GetUtcNow() });
        Say($"Run {job.Id} ended: {ended.State}{(ended.Verdict is { } verdict ? ", " + verdict : "")}. {ended.Text}");
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

    private void Wake() => Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    private Job Begin(Job job)
    {
        DateTimeOffset now = _clock.GetUtcNow();
        return _turn.Begin(job) with { State = JobState.Running, Started = now, Folder = Path.Combine(_options.RunsFolder, $"{job.Id}-{_inventory.Name}") };
    }

    /// <summary>Folder of a new watch; the oldest ones go.</summary>
    private string WatchFolder()
    {
        string watches = Path.Combine(_options.StateFolder, "watch");
        StateFile.MakeFolder(watches);
        foreach (string old in Directory.GetDirectories(watches).OrderDescending(StringComparer.Ordinal).Skip(KeptWatches - 1))
        {
            Directory.Delete(old, recursive: true);
        }

        return Path.Combine(watches, JobBook.NewId(_clock.GetUtcNow()));
    }

    private void Enter(OpenBench? bench, Job? job, string problem)
    {
        lock (_gate)
        {
            (_bench, _job, _problem) = (bench, job, problem);
            _closing = new CancellationTokenSource();
        }
    }

    /// <summary>Nobody gets at the slots any more when this returns.</summary>
    private async Task LeaveAsync(string why)
    {
        if (Now.Bench is { } left)
        {
            Leaving?.Invoke(left);
        }

        Task[] acting;
        lock (_gate)
        {
            (_bench, _problem) = (null, why);
            foreach (CancellationTokenSource timer in _timers.Values)
            {
                timer.Cancel();
            }

            _timers.Clear();
            _closing.Cancel();
            acting = [.. _acting];
        }

        await Task.WhenAll(acting).ConfigureAwait(false);
    }

    private async Task PauseAsync(TimeSpan length, CancellationToken stoppingToken)
    {
        _pulse.Begin("waiting", length * 3);
        await Task.Delay(length, TimeProvider.System, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private string UntilOf(Job job) => ExpectedEnd(job) is { } end ? $"until about {LeaseDesk.Time(end)}" : "until that ends";

    /// <summary>Says what happened, for the log and whoever looks.</summary>
    public void Say(string sentence)
    {
        _log.LogInformation("{Sentence}", sentence);
        lock (_gate)
        {
            _said.Enqueue($"{LeaseDesk.Time(_clock.GetUtcNow())} {sentence}");
            if (_said.Count > KeptSentences)
            {
                _said.Dequeue();
            }
        }
    }

    private sealed class View(BenchKeeper keeper) : INightView
    {
        public void Say(string sentence) => keeper.Say(sentence);

        public void Show(NightSnapshot snapshot)
        {
            // Whoever looks asks the session itself.
        }
    }
}
