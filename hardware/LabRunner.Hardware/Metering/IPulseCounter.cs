namespace LabRunner.Hardware.Metering;

/// <summary>Pulses on the DUT's CF pin as the bench counts them.</summary>
/// <param name="At">Run time of the count.</param>
/// <param name="Pulses">Since the counter was opened; only grows.</param>
/// <param name="Lost">Pulses known to be missing from it, because the machine was too busy to take them.</param>
public readonly record struct PulseCount(TimeSpan At, long Pulses, long Lost);

/// <summary>
/// Counts the meter chip's CF pulses beside the DUT, through an isolator: what the firmware should have counted. Not for a slot whose pulses the
/// bench makes itself: there it knows them. Thread safe.
/// </summary>
public interface IPulseCounter : IAsyncDisposable
{
    /// <summary>Reads the count.</summary>
    /// <exception cref="Faults.BenchFaultException">The counter is gone.</exception>
    Task<PulseCount> ReadAsync(CancellationToken cancellationToken);
}
