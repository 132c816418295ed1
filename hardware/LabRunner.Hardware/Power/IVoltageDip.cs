using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Power;

/// <summary>
/// A supply that can lower its voltage for a while without switching off: a bench supply that feeds the rail of a slot with
/// <c>supply: isolated-3v3</c>. A power driver implements it beside <see cref="IPowerSwitch"/>. Thread safe.
/// </summary>
public interface IVoltageDip
{
    /// <summary>Lowers the voltage, waits, and goes back to the voltage it has while on; also when it fails or is cancelled.</summary>
    /// <param name="voltage">Above 0 V and below the voltage while on.</param>
    /// <param name="duration">Run time at the low voltage.</param>
    /// <param name="ramp">Run time of the fall, and of the rise again, in steps (<see cref="VoltageRamp"/>); 0: as fast as the supply is.</param>
    /// <param name="cancellationToken">Ends the dip early; the voltage is back when the call ends.</param>
    /// <returns>How long the voltage was below the one while on, as far as the supply can tell; run time.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="voltage"/> is not below the voltage while on.</exception>
    /// <exception cref="Faults.BenchFaultException">Kind Power: the supply did not follow.</exception>
    Task<TimeSpan> DipAsync(Volts voltage, TimeSpan duration, TimeSpan ramp, CancellationToken cancellationToken);
}
