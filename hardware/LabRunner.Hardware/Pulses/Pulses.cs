using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Pulses;

/// <summary>A BL0937 output as the bench feeds it.</summary>
public enum PulseChannel
{
    /// <summary>CF: active power.</summary>
    Cf,

    /// <summary>CF1 while SEL asks for voltage.</summary>
    Cf1Voltage,

    /// <summary>CF1 while SEL asks for current.</summary>
    Cf1Current,
}

/// <summary>What a pulse source can do; a driver refuses what lies outside.</summary>
/// <param name="MinHertz">Lowest frequency above 0.</param>
/// <param name="MaxHertz">Highest frequency.</param>
/// <param name="ResolutionPpm">Worst difference of programmed against asked frequency, in parts per million.</param>
/// <param name="JitterSeconds">Worst period jitter the device states or measured.</param>
/// <param name="Faults">True: the source is an <see cref="IPulseFaults"/>.</param>
/// <param name="FollowsSel">True: CF1 follows the DUT's SEL pin in hardware. Otherwise CF1 is wrong after each SEL change (1 ms late = 1.8 % of the current reading at 1 A).</param>
public sealed record PulseCapabilities(double MinHertz, double MaxHertz, double ResolutionPpm, double JitterSeconds, bool FollowsSel, bool Faults = false);

/// <summary>What is really being emitted on a channel, read back from the device.</summary>
/// <param name="Frequency">Programmed frequency after quantisation; 0 when stopped.</param>
/// <param name="Width">Pulse width.</param>
/// <param name="Emitted">Pulses emitted since the source was opened, null where it cannot count.</param>
public readonly record struct PulseReadback(Hertz Frequency, TimeSpan Width, long? Emitted);

/// <summary>A source of BL0937-shaped reference pulses for one slot. Thread safe.</summary>
public interface IPulseSource : IAsyncDisposable
{
    /// <summary>What it can do.</summary>
    PulseCapabilities Capabilities { get; }

    /// <summary>Emits on a channel from now on; 0 Hz stops it.</summary>
    /// <param name="channel">Which output.</param>
    /// <param name="frequency">0 or within <see cref="Capabilities"/>.</param>
    /// <param name="width">High time of a pulse; a real BL0937 gives 38 µs.</param>
    /// <param name="cancellationToken">Cancels the exchange with the device.</param>
    /// <exception cref="ArgumentOutOfRangeException">Outside <see cref="Capabilities"/>.</exception>
    /// <exception cref="Faults.BenchFaultException">The device refused or did not confirm.</exception>
    Task SetAsync(PulseChannel channel, Hertz frequency, TimeSpan width, CancellationToken cancellationToken);

    /// <summary>Reads back what is emitted: the figure a report compares the DUT with.</summary>
    Task<PulseReadback> ReadBackAsync(PulseChannel channel, CancellationToken cancellationToken);
}
