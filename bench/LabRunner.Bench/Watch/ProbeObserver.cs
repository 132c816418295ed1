using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Watch;

/// <summary>What one probe saw.</summary>
/// <param name="Alive">The DUT answered as it should.</param>
/// <param name="Detail">What came, or why it failed.</param>
internal readonly record struct ProbeResult(bool Alive, string? Detail)
{
    /// <summary>Something was read and is wrong in itself, however late it came; false where a failure is that nothing came in time.</summary>
    public bool IsRead { get; init; }
}

/// <summary>
/// Base of the observers that ask: probes at a cadence and counts failures by "<paramref name="bad"/> of the last
/// <paramref name="window"/>". A failed probe that the bench itself held up is thrown away, unless it read something that is wrong in itself.
/// </summary>
/// <param name="key">Observer key.</param>
/// <param name="slot">Its slot.</param>
/// <param name="every">Cadence while all is well.</param>
/// <param name="limit">Time limit of one probe, run time; on a fast clock as much as <see cref="RequestLimits.Least"/> of machine time is.</param>
/// <param name="bad">Failures that make it dead.</param>
/// <param name="window">Number of newest probes the rule looks at.</param>
internal abstract class ProbeObserver(string key, IWatchedSlot slot, TimeSpan every, TimeSpan limit, int bad, int window) : Observer(key, slot)
{
    // While the DUT is away, looking closely shows when it is back.
    private static readonly TimeSpan Eager = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Close = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly Queue<bool> _results = new();
    private Action? _cut;
    private int _boot;
    private Signal? _sleep;
    private bool _kicked;

    /// <summary>Time limit of one probe, run time.</summary>
    protected TimeSpan Limit { get; } = RequestLimits.AtLeastMachine(slot.Clock, limit);

    /// <summary>False where probing would disturb or make no sense now.</summary>
    protected virtual bool MayProbe => !Slot.IsOff;

    /// <inheritdoc/>
    public override void Reset(string reason)
    {
        lock (_gate)
        {
            _results.Clear();
            _kicked = true;
            _sleep?.Give();

            // What was asked before says nothing about the boot that begins, and must not hold up the first look at it.
            _boot++;
            _cut?.Invoke();
        }

        base.Reset(reason);
    }

    /// <inheritdoc/>
    public override async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            TimeSpan wait = State == ObserverState.Alive || every < Eager ? every : Eager;
            TimeSpan due = Slot.Clock.Elapsed + wait;
            await SleepAsync(wait, cancellationToken).ConfigureAwait(false);
            if (cancellationToken.IsCancellationRequested || !MayProbe)
            {
                continue;
            }

            if (!await OnceAsync(due, cancellationToken).ConfigureAwait(false))
            {
                return;
            }
        }
    }

    /// <summary>One probe within <see cref="Limit"/>; throws what its transport throws when nothing came.</summary>
    protected abstract Task<ProbeResult> ProbeAsync(CancellationToken cancellationToken);

    /// <summary>Takes the result of a probe.</summary>
    /// <param name="started">Run time of its start.</param>
    /// <param name="ended">Run time of its end.</param>
    /// <param name="late">The bench ran it, or its time limit, late.</param>
    /// <param name="result">What it saw.</param>
    internal void Take(TimeSpan started, TimeSpan ended, bool late, ProbeResult result)
    {
        // A failure that the bench's own delay may have caused says nothing about the DUT.
        bool excused = late && !result.IsRead;
        bool counts = result.Alive || (!excused && !Slot.IsSuspended);
        Slot.Save(new ObservationRecord(
            started.TotalSeconds, Slot.Name, Key, result.Alive, (ended - started).TotalMilliseconds,
            counts ? result.Detail : $"not counted: {(excused ? "the bench was late" : "expected to be away")}; {result.Detail}"));
        if (!counts)
        {
            return;
        }

        bool dead;
        lock (_gate)
        {
            _results.Enqueue(result.Alive);
            while (_results.Count > window)
            {
                _results.Dequeue();
            }

            dead = _results.Count(r => !r) >= bad;
        }

        if (result.Alive)
        {
            // A lossy link may still be dead by the rule; one good echo in twelve is no sign of recovery.
            if (!dead || window == bad)
            {
                Good(ended, result.Detail);
            }
        }
        else
        {
            // The DUT fell silent somewhere between its last answer and this question: the middle is the unbiased estimate, but only
            // where probes stand so close that it is a better one than the question itself.
            Suspect(View.LastGood is { } good && started - good <= Close ? good + ((started - good) / 2) : started, result.Detail);
            if (dead)
            {
                Dead(result.Detail);
            }
        }
    }

    // A boot cuts the wait short: from then on the DUT is looked at closely until it is back.
    private async Task SleepAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        Signal sleep = new(Slot.Clock);
        lock (_gate)
        {
            if (_kicked)
            {
                _kicked = false;
                return;
            }

            _sleep = sleep;
        }

        using ITimer timer = Slot.Clock.CreateTimer(static s => ((Signal)s!).Give(), sleep, wait, Timeout.InfiniteTimeSpan);
        using CancellationTokenRegistration end = cancellationToken.UnsafeRegister(static s => ((Signal)s!).End(), sleep);
        await sleep.Task.ConfigureAwait(false);
        lock (_gate)
        {
            (_sleep, _kicked) = (null, false);
        }
    }

    /// <summary>One round of probing.</summary>
    /// <param name="due">Run time when it should have begun.</param>
    /// <param name="cancellationToken">The watch ends.</param>
    /// <returns>False: the observer cannot go on.</returns>
    protected virtual async Task<bool> OnceAsync(TimeSpan due, CancellationToken cancellationToken)
    {
        TimeSpan started = Slot.Clock.Elapsed;
        using CancellationTokenSource cut = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        int boot;
        lock (_gate)
        {
            boot = _boot;
            _cut = () => Slot.Clock.Soon(() => Cut(cut));
        }

        ProbeResult? result = await AskAsync(cut.Token).ConfigureAwait(false);
        bool same;
        lock (_gate)
        {
            _cut = null;
            same = boot == _boot;
        }

        if (result is { } answer && same)
        {
            TimeSpan ended = Slot.Clock.Elapsed;
            Take(started, ended, started - due > StallMeter.Tolerance || IsLate(started, ended), answer);
        }

        return !cancellationToken.IsCancellationRequested && Refusal is null;
    }

    private static void Cut(CancellationTokenSource probe)
    {
        try
        {
            probe.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The probe had ended by itself.
        }
    }

    /// <summary>Why the bench cannot probe at all; null while it can.</summary>
    protected string? Refusal { get; private set; }

    /// <summary>The bench's own lateness may have made a probe fail.</summary>
    protected bool IsLate(TimeSpan started, TimeSpan ended) =>
        ended - started > Limit + StallMeter.Tolerance || Slot.Stalls.LostSince(started) > Limit / 2;

    /// <returns>What the probe saw; null when it was cut short or the bench cannot probe.</returns>
    protected async Task<ProbeResult?> AskAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await ProbeAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        catch (BenchFaultException fault)
        {
            if (Refusal is null)
            {
                Refusal = fault.Message;
                Unavailable(fault.Message);
                Slot.Note(Slot.Clock.Elapsed, "bench-fault", $"Observer {Key} cannot be used: {fault.Message}");
            }

            return null;
        }
        catch (Exception failure)
        {
            // Whatever a broken reply makes a client throw, it is the DUT that did not answer as it should.
            return new ProbeResult(false, failure.Message);
        }
    }
}
