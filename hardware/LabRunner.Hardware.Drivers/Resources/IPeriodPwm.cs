namespace LabRunner.Hardware.Drivers.Resources;

/// <summary>
/// A PWM channel that is programmed by period and high time in nanoseconds, as Linux's <c>/sys/class/pwm</c> is. A
/// <see cref="System.Device.Pwm.PwmChannel"/> implements it beside its whole-hertz <c>Frequency</c>, which cannot say
/// 133.38 Hz. Thread safe.
/// </summary>
public interface IPeriodPwm
{
    /// <summary>Programs period and high time at once; the channel's Start and Stop say whether it runs.</summary>
    /// <param name="periodNanoseconds">1 or more; about 3,000,000,000 for a 5 mA load's CF.</param>
    /// <param name="dutyNanoseconds">High time, 0 to <paramref name="periodNanoseconds"/>; a BL0937 pulse is 38,000.</param>
    /// <exception cref="ArgumentOutOfRangeException">Outside the ranges.</exception>
    /// <exception cref="Faults.BenchFaultException">The device is gone or refused.</exception>
    void SetPeriod(long periodNanoseconds, long dutyNanoseconds);

    /// <summary>Period read back from the device after its own rounding, ns; 0 when none was ever set.</summary>
    /// <exception cref="Faults.BenchFaultException">The device is gone.</exception>
    long PeriodNanoseconds { get; }

    /// <summary>High time read back from the device, ns.</summary>
    /// <exception cref="Faults.BenchFaultException">The device is gone.</exception>
    long DutyNanoseconds { get; }

    /// <summary>True while the device says it emits.</summary>
    /// <exception cref="Faults.BenchFaultException">The device is gone.</exception>
    bool Running { get; }

    /// <summary>Pulses emitted since the device started, null where it cannot count.</summary>
    /// <exception cref="Faults.BenchFaultException">The device is gone.</exception>
    long? Emitted { get; }
}
