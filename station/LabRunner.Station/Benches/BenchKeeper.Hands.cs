using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Hardware.Faults;
using LabRunner.Station.Jobs;

namespace LabRunner.Station.Benches;

/// <content>What people and scripts do to slots while the bench is watched: at once, for long, and later.</content>
internal sealed partial class BenchKeeper
{
    /// <summary>What the end of power is about.</summary>
    public const string PowerEnd = "power";

    /// <summary>What the end of pulses is about.</summary>
    public const string PulsesEnd = "pulses";

    /// <summary>How many are at a slot by hand: one acts, the others wait.</summary>
    public int HandsAt(string slot)
    {
        lock (_gate)
        {
            return _acting.Count(a => a.Slot == slot);
        }
    }

    /// <summary>
    /// A run that leaves the slot out would end what somebody has there: the slot has power that it loses when the bench changes hands, pulses are
    /// fed into it, or somebody is at it.
    /// </summary>
    private bool IsInUse(string slot)
    {
        OpenBench? bench;
        lock (_gate)
        {
            if (_fed.Contains(slot) || _acting.Any(a => a.Slot == slot))
            {
                return true;
            }

            bench = _bench;
        }

        return bench?.Slots.FirstOrDefault(s => s.Entry.Name == slot) is { Entry.KeepPower: false } && bench.Session.GetLive().Any(l => l.Status.Slot == slot && l.Powered == true);
    }

    /// <summary>A slot of the open bench to look at, whoever has it.</summary>
    /// <param name="slot">A slot of the inventory.</param>
    /// <exception cref="BenchFaultException">Kind Lease: a run that goes on leaves it out; Machine: the bench is not open.</exception>
    public SessionSlot Look(string slot)
    {
        (OpenBench? bench, Job? job, string problem) = State;
        return bench?.Hand(slot, "")
            ?? throw (job is not null ? OfRun(slot, job) : new BenchFaultException(FaultKind.Machine, $"slot {slot}", $"the bench is not open: {problem}", "Wait a moment and try again"));
    }

    /// <summary>Does something with a slot by hand: alone on it, after what is under way there, and ended before the bench is closed.</summary>
    /// <param name="slot">A slot of the inventory.</param>
    /// <param name="owner">Who: must not meet another's lease.</param>
    /// <param name="act">What.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="BenchFaultException">Kind Lease: somebody else or a run has the slot; any other: as <paramref name="act"/> fails, or the bench is not open.</exception>
    public Task<T> UseAsync<T>(string slot, string owner, Func<SessionSlot, CancellationToken, Task<T>> act, CancellationToken cancellationToken) =>
        UseAsync(slot, owner, null, Busy.Wait, (_, hand, ending) => act(hand, ending), cancellationToken);

    /// <summary>As above, and refused where anything is under way at the slot.</summary>
    /// <param name="slot">A slot of the inventory.</param>
    /// <param name="owner">Who.</param>
    /// <param name="act">What.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="BenchFaultException">As above; kind Lease too where somebody is at it.</exception>
    public Task<T> UseFreeAsync<T>(string slot, string owner, Func<SessionSlot, CancellationToken, Task<T>> act, CancellationToken cancellationToken) =>
        UseAsync(slot, owner, null, Busy.Refuse, (_, hand, ending) => act(hand, ending), cancellationToken);

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
    /// <param name="what">What it is about: <see cref="PowerEnd"/> or <see cref="PulsesEnd"/>.</param>
    /// <param name="stays">How long; null: until somebody asks for another.</param>
    /// <param name="act">Begins it.</param>
    /// <param name="end">Ends it.</param>
    /// <param name="cancellationToken">Ends the beginning.</param>
    public Task<T> UseForAsync<T>(
        string slot, string owner, string what, TimeSpan? stays, Func<SessionSlot, CancellationToken, Task<T>> act, Func<SessionSlot, CancellationToken, Task> end, CancellationToken cancellationToken) =>
        UseAsync(slot, owner, null, Busy.Wait, (_, hand, ending) => StayAsync(hand, owner, what, stays, act, end, ending), cancellationToken);

    /// <summary>Switches a slot off, before all else: what is under way there is cancelled, whoever does it and however long it would take.</summary>
    /// <param name="slot">A slot of the inventory.</param>
    /// <param name="owner">Who.</param>
    /// <param name="act">Switches off.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BenchFaultException">As for <see cref="UseAsync{T}(string, string, Func{SessionSlot, CancellationToken, Task{T}}, CancellationToken)"/>.</exception>
    public Task<T> OffAsync<T>(string slot, string owner, Func<SessionSlot, CancellationToken, Task<T>> act, CancellationToken cancellationToken) => UseAsync(
        slot, owner, null, Busy.Interrupt, (_, hand, ending) => StayAsync(hand, owner, PowerEnd, null, act, (_, _) => Task.CompletedTask, ending), cancellationToken);

    /// <summary>What was to be done later is forgotten while it is done anew; both while the slot is ours, so that nobody's act comes between.</summary>
    private async Task<T> StayAsync<T>(
        SessionSlot hand, string owner, string what, TimeSpan? stays, Func<SessionSlot, CancellationToken, Task<T>> act, Func<SessionSlot, CancellationToken, Task> end, CancellationToken ending)
    {
        string slot = hand.Slot.Entry.Name;
        bool isFed = what == PulsesEnd && IsFed(slot);
        Later(slot, what, null, owner, end);
        try
        {
            T done = await act(hand, ending).ConfigureAwait(false);
            isFed = what == PulsesEnd;
            return done;
        }
        catch (Exception failure) when (what == PulsesEnd && hand.Slot.Pulses is not null && failure is not UsageException)
        {
            // It failed on the way: some may be fed. What was refused has begun nothing.
            isFed = true;
            throw;
        }
        finally
        {
            Later(slot, what, stays, owner, end);
            if (isFed)
            {
                SetFed(slot, true);
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
        UseAsync(slot, owner, what, Busy.Wait, act, cancellationToken);

    private async Task<T> UseAsync<T>(string slot, string owner, string? holds, Busy busy, Func<OpenBench, SessionSlot, CancellationToken, Task<T>> act, CancellationToken cancellationToken)
    {
        _leases.Demand(slot, owner);
        OpenBench bench;
        SessionSlot hand;
        HandAct mine;
        lock (_gate)
        {
            // Who has gone, and a timer that was forgotten, interrupts nobody.
            cancellationToken.ThrowIfCancellationRequested();
            _holds.Demand(slot);
            if (_job is { } job)
            {
                throw OfRun(slot, job);
            }

            hand = _bench?.Hand(slot, owner)
                ?? throw new BenchFaultException(FaultKind.Machine, $"bench '{_inventory.Name}'", $"it is not open: {_problem}", "Look at the station's log; it tries again by itself");
            bench = _bench;
            foreach (HandAct other in _acting.Where(a => a.Slot == slot))
            {
                other.Meet(busy, owner);
            }

            mine = new HandAct(slot, owner, CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token));
            _acting.Add(mine);
            if (holds is not null)
            {
                _holds.Take(slot, holds, mine.Done);
            }
        }

        try
        {
            await _slots[slot].WaitAsync(mine.Ending).ConfigureAwait(false);
            try
            {
                return await act(bench, hand, mine.Ending).ConfigureAwait(false);
            }
            finally
            {
                _slots[slot].Release();
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw mine.InterruptedBy is { } who
                ? new BenchFaultException(FaultKind.Lease, $"slot {slot}", $"{who} had it switched off while this was done", $"Ask {who}, and do it again")
                : WhyLeft(slot, bench);
        }
        finally
        {
            lock (_gate)
            {
                _acting.Remove(mine);
                if (holds is not null)
                {
                    _holds.Release(slot);
                }
            }

            mine.End();
            if (holds is not null)
            {
                Wake();
            }
        }
    }

    private BenchFaultException OfRun(string slot, Job job) =>
        new(FaultKind.Lease, $"slot {slot}", $"the bench is {job.Owner}'s for run {job.Id} (plan {job.Plan}) {UntilOf(job)}", "Wait for its end, or stop the run");

    /// <summary>Why the bench was left in the middle of something.</summary>
    private BenchFaultException WhyLeft(string slot, OpenBench bench) =>
        bench.Broken.IsCompleted ? new(FaultKind.Machine, $"slot {slot}", "the bench failed while this was done", "Look at the station's log, and do it again: the bench is opened anew by itself")
        : _stopping.IsCancellationRequested ? new(FaultKind.Machine, $"slot {slot}", "the station was told to end while this was done", "Do it again when the station runs; a flash goes on with what is written")
        : new(FaultKind.Lease, $"slot {slot}", "a run took the bench while this was done", "Look at the queue, and try again after the run");

    /// <summary>Does something later, unless the same is asked for again before.</summary>
    /// <param name="slot">Slot.</param>
    /// <param name="what">What it is about: <see cref="PowerEnd"/>, which is before all else, or <see cref="PulsesEnd"/>.</param>
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
                if (what == PulsesEnd)
                {
                    _fed.Remove(slot);
                }

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
        foreach (string what in (string[])[PowerEnd, PulsesEnd])
        {
            Later(slot, what, null, "", (_, _) => Task.CompletedTask);
        }
    }

    private bool IsFed(string slot)
    {
        lock (_gate)
        {
            return _fed.Contains(slot);
        }
    }

    private void SetFed(string slot, bool isFed)
    {
        lock (_gate)
        {
            _ = isFed ? _fed.Add(slot) : _fed.Remove(slot);
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

            await UseAsync(
                slot, _leases.Of(slot)?.Owner ?? owner, null, what == PowerEnd ? Busy.Interrupt : Busy.Wait,
                async (_, hand, ending) =>
                {
                    await act(hand, ending).ConfigureAwait(false);
                    if (what == PulsesEnd)
                    {
                        SetFed(slot, false);
                    }

                    return true;
                },
                cancellationToken).ConfigureAwait(false);
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
