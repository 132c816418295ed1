using System.Device.Pwm;
using LabRunner.Hardware.Drivers.Resources;

namespace LabRunner.Hardware.Drivers.Buttons;

/// <summary>Servo pulses on a PWM channel.</summary>
internal interface IServoPulse
{
    /// <summary>Width read back, µs; null where the channel cannot tell.</summary>
    int? Microseconds { get; }

    /// <summary>Emits pulses of this width every 20 ms.</summary>
    void Set(int microseconds);
}

/// <summary>The finest way a channel offers: nanoseconds where it has them, else whole hertz and a share.</summary>
internal static class ServoPulses
{
    private const int PeriodMicroseconds = 20_000;

    public static IServoPulse For(PwmChannel channel) =>
        channel is IPeriodPwm exact ? new ExactPulse(channel, exact) : new PlainPulse(channel);

    private sealed class ExactPulse(PwmChannel channel, IPeriodPwm exact) : IServoPulse
    {
        public int? Microseconds => (int)Math.Round(exact.DutyNanoseconds / 1000.0);

        public void Set(int microseconds)
        {
            exact.SetPeriod(PeriodMicroseconds * 1000L, microseconds * 1000L);
            channel.Start();
        }
    }

#if IOT_DEVICE_BINDINGS
    // Iot.Device.Bindings: its servo programs the channel's duty cycle from the pulse width. It holds nothing but the channel, which is the button's
    // to dispose.
    private sealed class PlainPulse(PwmChannel channel) : IServoPulse
    {
        public int? Microseconds => (int)Math.Round(channel.DutyCycle * PeriodMicroseconds);

        public void Set(int microseconds)
        {
            channel.Frequency = 1_000_000 / PeriodMicroseconds;
            Iot.Device.ServoMotor.ServoMotor servo = new(channel, 180, 500, 2500);
            servo.WritePulseWidth(microseconds);
            servo.Start();
        }
    }
#else
    private sealed class PlainPulse(PwmChannel channel) : IServoPulse
    {
        public int? Microseconds => (int)Math.Round(channel.DutyCycle * PeriodMicroseconds);

        public void Set(int microseconds)
        {
            channel.Frequency = 1_000_000 / PeriodMicroseconds;
            channel.DutyCycle = (double)microseconds / PeriodMicroseconds;
            channel.Start();
        }
    }
#endif
}
