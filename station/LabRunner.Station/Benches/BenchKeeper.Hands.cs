using LabRunner.Bench.Hosting.Hand;
using LabRunner.Hardware.Faults;
using LabRunner.Station.Jobs;

namespace LabRunner.Station.Benches;

/// <content>What people and scripts do to slots while the bench is watched: at once, for long, and later.</content>
internal sealed partial class BenchKeeper
{
    /// <summary>Does something with a slot by hand: alone on it, and ended before the bench is closed.</summary>
    /// <param name="slot">A slot of the inventory.</param>
    /// <param name="owner">Who: must not meet another's lease.</param>
    /// <param name="act">What.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="BenchFaultException">Kind Lease: somebody else or a run has the slot; any other: as <paramref name="act"/> fails, or the bench is not open.</exception>
    public Task<T> UseAsync<T>(string slot, string owner, Func<SessionSlot, CancellationToken, Task<T>> act, CancellationToken cancellationToken) =>
        UseAsync(slot, owner, null, (_, hand, ending) => act(hand, ending), cancellationToken);

    /// <inheritdoc cref="UseAsync{T}(string, string, Func{SessionSlot, CancellationToken, Task{T}}, CancellationToken)"/>
    public Task UseAsync(string slot, string owner, Func<SessionSlot, CancellationToken, Task> act, CancellationToken cancellationToken) => UseAsync(
        slot, owner,
        async (hand, ending) =>
        {
            await act(hand, ending).ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    /// <summary>As above, for something that stays: it is ended later, also where what came after its beginning failed or nobody waits for the answer any more.</summary>
    /// <param name="slot">A slot of the inventory.</param>
    /// <param name="owner">Who.</param>
    /// <param name="what">What it is about: "power" or "pulses".</param>
    /// <param name="stays">How long; null: until somebody asks for another.</param>
    /// <param name="act">Begins it.</param>
    /// <param name="end">Ends it.</param>
    /// <param name="cancellationToken">Ends the beginning.</param>
    public async Task<T> UseForAsync<T>(
        string slot, string owner, string what, TimeSpan? stays, Func<SessionSlot, CancellationToken, Task<T>> act, Func<SessionSlot, CancellationToken, Task> end, CancellationToken cancellationToken)
    {
        bool begun = false;
        try
        {
            return await UseAsync(
                slot, owner,
                (hand, ending) =>
                {
                    begun = true;
                    return act(hand, ending);
                },
                cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (begun)
            {
                Later(slot, what, stays, owner, end);
            }
        }
    }

    /// <summary>As above, for something long: nobody else waits for the slot meanwhile but is refused, and no run begins before it is over.</summary>
    /// <param name="slot">A slot of the inventory.</param>
    /// <param name="owner">Who.</param>
    /// <param name="what">What others are told: "Anna is flashing it since …".</param>
    /// <param name="act">What.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task<T> HoldAsync<T>(string slot, string owner, string what, Func<OpenBench, SessionSlot, CancellationToken, Task<T>> act, CancellationToken cancellationToken) =>
        UseAsync(slot, owner, what, act, cancellationToken);

    private async Task<T> UseAsync<T>(string slot, string owner, string? holds, Func<OpenBench, SessionSlot, CancellationToken, Task<T>> act, CancellationToken cancellationToken)
    {
        _leases.Demand(slot, owner);
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        OpenBench bench;
        SessionSlot hand;
        CancellationTokenSource ending;
        lock (_gate)
        {
            _holds.Demand(slot);
            if (_job is { } job)
            {
                throw new BenchFaultException(
                    FaultKind.Lease, $"slot {slot}", $"the bench is {job.Owner}'s for run {job.Id} (plan {job.Plan}) {UntilOf(job)}", "Wait for its end, or stop the run");
            }

            hand = _bench?.Hand(slot, owner)
                ?? throw new BenchFaultException(FaultKind.Machine, $"bench '{_inventory.Name}'", $"it is not open: {_problem}", "Look at the station's log; it tries again by itself");
            bench = _bench;
            ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
            _acting.Add(done.Task);
            if (holds is not null)
            {
                _holds.Take(slot, holds, done.Task);
            }
        }

        try
        {
            await _slots[slot].WaitAsync(ending.Token).ConfigureAwait(false);
            try
            {
                return await act(bench, hand, ending.Token).ConfigureAwait(false);
            }
            finally
            {
                _slots[slot].Release();
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw WhyLeft(slot, bench);
        }
        finally
        {
            lock (_gate)
            {
                _acting.Remove(done.Task);
                if (holds is not null)
                {
                    _holds.Release(slot);
                }
            }

            done.SetResult();
            ending.Dispose();
            if (holds is not null)
            {
                Wake();
            }
        }
    }

    /// <summary>Why the bench was left in the middle of something.</summary>
    private BenchFaultException WhyLeft(string slot, OpenBench bench) =>
        bench.Broken.IsCompleted ? new(FaultKind.Machine, $"slot {slot}", "the bench failed while this was done", "Look at the station's log, and do it again: the bench is opened anew by itself")
        : _stopping.IsCancellationRequested ? new(FaultKind.Machine, $"slot {slot}", "the station was told to end while this was done", "Do it again when the station runs; a flash goes on with what is written")
        : new(FaultKind.Lease, $"slot {slot}", "a run took the bench while this was done", "Look at the queue, and try again after the run");

    /// <summary>Does something later, unless the same is asked for again before.</summary>
    /// <param name="slot">Slot.</param>
    /// <param name="what">What it is about: "power" or "pulses".</param>
    /// <param name="after">How long; null: only forget what was to be done.</param>
    /// <param name="owner">For whom.</param>
    /// <param name="act">What.</param>
    public void Later(string slot, string what, TimeSpan? after, string owner, Func<SessionSlot, CancellationToken, Task> act)
    {
        CancellationTokenSource timer = new();
        lock (_gate)
        {
            if (_timers.Remove($"{slot} {what}", out CancellationTokenSource? old))
            {
                old.Cancel();
            }

            if (after is null)
            {
                timer.Dispose();
                return;
            }

            _timers[$"{slot} {what}"] = timer;
        }

        _ = LaterAsync(slot, what, after.Value, owner, act, timer.Token);
    }

    /// <summary>What was to be done later to a slot with power is not done any more: it is off when what begins now ends.</summary>
    public void Forget(string slot)
    {
        foreach (string what in (string[])["power", "pulses"])
        {
            Later(slot, what, null, "", (_, _) => Task.CompletedTask);
        }
    }

    private async Task LaterAsync(string slot, string what, TimeSpan after, string owner, Func<SessionSlot, CancellationToken, Task> act, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(after, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            while (_holds.Over(slot) is { } over)
            {
                await over.WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            await UseAsync(slot, _leases.Of(slot)?.Owner ?? owner, act, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Asked for again, or the bench was made safe meanwhile.
        }
        catch (BenchFaultException fault)
        {
            Say($"{slot}: the end of '{what}' failed: {fault.Message}");
        }
    }
}
