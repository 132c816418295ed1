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
using LabRunner.Station.Runs;
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
    private const int KeptSentences = 200;

    private readonly StationOptions _options;
    private readonly BenchInventory _inventory;
    private readonly IBenchOpener _opener;
    private readonly JobBook _jobs;
    private readonly JobFeed _feed;
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
    private readonly HashSet<HandAct> _acting = [];
    private readonly HashSet<string> _fed = new(StringComparer.Ordinal);
    private readonly SlotHolds _holds;
    private readonly Lending _lending;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenSource _closing = new();
    private CancellationTokenSource? _stopJob;
    private CancellationToken _stopping;
    private OpenBench? _bench;
    private Job? _job;
    private string _problem = "the station is starting";

    public BenchKeeper(
        StationOptions options, BenchInventory inventory, IBenchOpener opener, JobBook jobs, JobFeed feed, LeaseDesk leases, SlotHolds holds, Lending lending, Turn turn, Pool pool, HealthCheck health, ConsoleKeeper consoles, Chronicle past, TimeProvider clock, ILogger<BenchKeeper> log)
    {
        (_options, _inventory, _opener, _jobs, _feed, _leases, _holds, _lending, _turn, _pool, _health, _consoles, Past, _clock, _log) = (options, inventory, opener, jobs, feed, leases, holds, lending, turn, pool, health, consoles, past, clock, log);
        _pulse = new KeeperPulse(TimeProvider.System);
        _slots = inventory.Slots.ToDictionary(s => s.Name, _ => new SemaphoreSlim(1, 1), StringComparer.Ordinal);
        jobs.Changed += Wake;
        leases.Changed += Wake;
        pool.Changed += Wake;
    }

    /// <summary>The inventory, its variables not put in.</summary>
    public BenchInventory Inventory => _inventory;

    /// <summary>What is known of watches and runs before.</summary>
    public Chronicle Past { get; }

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

    // All three of one moment.
    private (OpenBench? Bench, Job? Job, string Problem) State
    {
        get
        {
            lock (_gate)
            {
                return (_bench, _job, _problem);
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

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _stopping = stoppingToken;

        // Beside the opening of the bench, which waits for nobody's memory.
        Task remembering = Task.Run(Past.Load, CancellationToken.None);
        string? begins = null;
        Queue<Job> unfinished = new(_jobs.All().Where(j => j.State == JobState.Running));
        while (!stoppingToken.IsCancellationRequested)
        {
            _jobs.WriteLeft();
            try
            {
                if (unfinished.TryDequeue(out Job? begun))
                {
                    await GoOnAsync(begun, stoppingToken).ConfigureAwait(false);
                }
                else if (_turn.Next(IsInUse) is { } job && (begins == job.Id || _pool.Due(job) is null))
                {
                    begins = null;
                    await RunAsync(Begin(job), stoppingToken).ConfigureAwait(false);
                }
                else
                {
                    begins = await WatchAsync(stoppingToken).ConfigureAwait(false);
                }
            }
            catch (Exception failure) when (failure is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                // A full disk, say, ends no station: the guard has made safe what could not be, and the bench is opened anew.
                begins = null;
                Enter(null, null, failure.Message.TrimEnd('.'));
                Say($"The bench could not be kept: {failure.Message}");
                await PauseAsync(TryAgain, stoppingToken).ConfigureAwait(false);
            }
        }

        await remembering.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Wake() => Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

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
            acting = [.. _acting.Select(a => a.Done)];
        }

        await Task.WhenAll(acting).ConfigureAwait(false);
        lock (_gate)
        {
            // One that was cancelled on the way said that pulses may be fed: with the bench they end.
            _fed.Clear();
        }
    }

    private async Task PauseAsync(TimeSpan length, CancellationToken stoppingToken)
    {
        _pulse.Begin("waiting", length * 3);
        await Task.Delay(length, TimeProvider.System, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Says what happened, for the log and whoever looks.</summary>
    /// <param name="sentence">What.</param>
    /// <param name="run">Run that it is of, where it is not the one that goes on.</param>
    public void Say(string sentence, string? run = null)
    {
        using IDisposable? scope = run is null ? null : _log.BeginScope(new Dictionary<string, object> { ["run"] = run });
        using (Slot(sentence) is { } slot ? _log.BeginScope(new Dictionary<string, object> { ["slot"] = slot }) : null)
        {
            _log.LogInformation("{Sentence}", sentence);
        }

        lock (_gate)
        {
            _said.Enqueue($"{LeaseDesk.Time(_clock.GetUtcNow())} {sentence}");
            if (_said.Count > KeptSentences)
            {
                _said.Dequeue();
            }
        }
    }

    /// <summary>
    /// The slot that a sentence is of: those of benches and drivers begin with "p1: ", or say "slot p1: " behind what failed; those of the pool
    /// begin with "Slot p1 "; null: none alone.
    /// </summary>
    private string? Slot(string sentence) => _inventory.Slots.Select(s => s.Name).FirstOrDefault(
        name => sentence.StartsWith($"{name}: ", StringComparison.Ordinal) || sentence.StartsWith($"Slot {name} ", StringComparison.Ordinal)
            || sentence.Contains($"slot {name}: ", StringComparison.Ordinal));
}
