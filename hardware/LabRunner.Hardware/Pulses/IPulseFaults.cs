namespace LabRunner.Hardware.Pulses;

/// <summary>What a source can do wrong on purpose.</summary>
public enum PulseFault
{
    /// <summary>A pulse is left out; the ones after it stay where they would have been.</summary>
    Missing,

    /// <summary>A second pulse follows one width after a pulse; the ones after it stay where they would have been.</summary>
    Doubled,
}

/// <summary>
/// A pulse source that loses or doubles pulses on purpose, exactly counted: what a DUT makes of it shows how it counts. Sources that have it
/// say so in <see cref="PulseCapabilities.Faults"/>. Thread safe.
/// </summary>
public interface IPulseFaults
{
    /// <summary>From now on, after every so many pulses one fault.</summary>
    /// <param name="channel">Which output; it emits already.</param>
    /// <param name="fault">Which fault.</param>
    /// <param name="every">Pulses before each fault, 1 or more.</param>
    /// <param name="times">How many faults, 0: until <see cref="ClearFaultAsync"/> or until the channel is stopped.</param>
    /// <param name="cancellationToken">Cancels the exchange with the device.</param>
    /// <exception cref="ArgumentOutOfRangeException">Outside the ranges.</exception>
    /// <exception cref="Faults.BenchFaultException">The device refused, for example because a second pulse does not fit into the period.</exception>
    Task FaultAsync(PulseChannel channel, PulseFault fault, int every, int times, CancellationToken cancellationToken);

    /// <summary>Ends the faults of a channel.</summary>
    /// <exception cref="Faults.BenchFaultException">The device refused or did not confirm.</exception>
    Task ClearFaultAsync(PulseChannel channel, CancellationToken cancellationToken);

    /// <summary>Faults made on a channel since the source was opened.</summary>
    /// <exception cref="Faults.BenchFaultException">The device did not answer.</exception>
    Task<PulseFaultCount> CountFaultsAsync(PulseChannel channel, CancellationToken cancellationToken);
}

/// <summary>Faults made on purpose.</summary>
/// <param name="Missing">Pulses left out; they are not in <see cref="PulseReadback.Emitted"/>.</param>
/// <param name="Doubled">Pulses that were followed by a second one; both are in <see cref="PulseReadback.Emitted"/>.</param>
public readonly record struct PulseFaultCount(long Missing, long Doubled);
