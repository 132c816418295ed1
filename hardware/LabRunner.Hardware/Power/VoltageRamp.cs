using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Power;

/// <summary>A slow dip as steps, since a supply is told one voltage after the other. Pure.</summary>
public static class VoltageRamp
{
    private const double StepVolts = 0.05;

    /// <summary>Fall, low voltage and rise; the voltage while on comes back after the last step, at <paramref name="duration"/> and twice <paramref name="ramp"/>.</summary>
    /// <param name="high">Voltage while on.</param>
    /// <param name="low">Above 0 V and below <paramref name="high"/>.</param>
    /// <param name="duration">Time at the low voltage, 0 or more.</param>
    /// <param name="ramp">Time of the fall, and of the rise; 0: at once.</param>
    /// <returns>Voltages and when each is set, from the beginning; steps of 50 mV at most.</returns>
    public static IReadOnlyList<(Volts Voltage, TimeSpan At)> Steps(Volts high, Volts low, TimeSpan duration, TimeSpan ramp)
    {
        if (ramp <= TimeSpan.Zero)
        {
            return [(low, TimeSpan.Zero)];
        }

        double deep = high.Value - low.Value;
        int count = Math.Max((int)Math.Ceiling((deep / StepVolts) - 1e-9), 1);
        return
        [
            .. Enumerable.Range(1, count).Select(i => (new Volts(high.Value - (deep * i / count)), ramp * i / count)),
            .. Enumerable.Range(1, count - 1).Select(i => (new Volts(low.Value + (deep * i / count)), ramp + duration + (ramp * i / count))),
        ];
    }
}
