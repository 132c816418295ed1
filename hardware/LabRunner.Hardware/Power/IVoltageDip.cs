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
    /// <param name="cancellationToken">Ends the dip early; the voltage is back when the call ends.</param>
    /// <returns>How long it really was, as far as the supply can tell; run time.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="voltage"/> is not below the voltage while on.</exception>
    /// <exception cref="Faults.BenchFaultException">Kind Power: the supply did not follow.</exception>
    Task<TimeSpan> DipAsync(Volts voltage, TimeSpan duration, CancellationToken cancellationToken);
}
