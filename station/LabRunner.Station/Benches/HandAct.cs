using LabRunner.Hardware.Faults;

namespace LabRunner.Station.Benches;

/// <summary>What becomes of an act where another is under way at its slot.</summary>
internal enum Busy
{
    /// <summary>It waits for its turn.</summary>
    Wait,

    /// <summary>It is refused.</summary>
    Refuse,

    /// <summary>The other is cancelled, and those that wait too.</summary>
    Interrupt,
}

/// <summary>Something that is done to a slot by hand, or waits there for its turn. Used under the keeper's lock, but for its token.</summary>
/// <param name="slot">Slot.</param>
/// <param name="owner">Who.</param>
/// <param name="ending">Cancels it; its own.</param>
internal sealed class HandAct(string slot, string owner, CancellationTokenSource ending)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string? _interruptedBy;

    /// <summary>Slot.</summary>
    public string Slot => slot;

    /// <summary>Ends when it must.</summary>
    public CancellationToken Ending { get; } = ending.Token;

    /// <summary>Who had the slot switched off meanwhile; null: nobody.</summary>
    public string? InterruptedBy => _interruptedBy;

    /// <summary>Ends when it is over.</summary>
    public Task Done => _done.Task;

    /// <summary>Another act comes to the same slot.</summary>
    /// <param name="busy">How the other takes it.</param>
    /// <param name="who">Whose the other is.</param>
    /// <exception cref="BenchFaultException">Kind Lease: the other is refused.</exception>
    public void Meet(Busy busy, string who)
    {
        if (busy == Busy.Refuse)
        {
            throw new BenchFaultException(FaultKind.Lease, $"slot {slot}", $"{owner} is at it", "Wait a moment and try again");
        }

        if (busy == Busy.Interrupt)
        {
            _interruptedBy ??= who;

            // Its callbacks are no affair of who holds the lock.
            _ = ending.CancelAsync();
        }
    }

    /// <summary>It is over.</summary>
    public void End()
    {
        _done.SetResult();
        ending.Dispose();
    }
}
