namespace LabRunner.Hardware.Time;

/// <summary>
/// A delay whose end is met to some tens of microseconds of machine time. Timers are a millisecond or more late, which a press of
/// 40 ms feels; this one sleeps until shortly before its end and then spins. For short actuations only: it holds a core while it spins.
/// </summary>
public static class ExactDelay
{
    // Longer than a timer is usually late, short enough that nobody minds the spin.
    private static readonly TimeSpan Spin = TimeSpan.FromMilliseconds(2);

    /// <summary>Waits until a duration has passed on the clock.</summary>
    /// <param name="duration">At least zero, in the clock's time.</param>
    /// <param name="clock">Clock of the duration.</param>
    /// <param name="cancellationToken">Ends the wait early.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task WaitAsync(TimeSpan duration, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (clock is LabClock { Events: not null })
        {
            // Exact by itself, and it does not move while somebody spins.
            await Task.Delay(duration, clock, cancellationToken).ConfigureAwait(false);
            return;
        }

        long started = clock.GetTimestamp();
        TimeSpan machineSpin = clock is LabClock lab ? Spin * lab.Scale : Spin;
        if (duration > machineSpin)
        {
            await Task.Delay(duration - machineSpin, clock, cancellationToken).ConfigureAwait(false);
        }

        SpinWait spin = default;
        while (clock.GetElapsedTime(started) < duration)
        {
            cancellationToken.ThrowIfCancellationRequested();

            // Never sleeps (-1): a sleeping spin would wait for the very timer tick this avoids.
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }
}
