namespace LabRunner.Hardware.Lines;

/// <summary>
/// A line of the bench that a watchdog relay listens to: while edges come, the relay lets the coils of the slots' switches have their supply. It is
/// what is left when the whole machine stands still, its kernel included, so that no process can switch anything off.
/// </summary>
public interface IHeartbeat : IAsyncDisposable
{
    /// <summary>Makes one edge. Returns at once.</summary>
    /// <exception cref="Faults.BenchFaultException">Kind Gpio: the line did not follow.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed.</exception>
    void Beat();
}
