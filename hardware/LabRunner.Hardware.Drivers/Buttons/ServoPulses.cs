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
    // Iot.Device.Bindings: its servo programs the channel's duty cycle from the pulse width.
    private sealed class PlainPulse(PwmChannel channel) : IServoPulse
    {
        private Iot.Device.ServoMotor.ServoMotor? _servo;

        public int? Microseconds => (int)Math.Round(channel.DutyCycle * PeriodMicroseconds);

        public void Set(int microseconds)
        {
            if (_servo is null)
            {
                channel.Frequency = 1_000_000 / PeriodMicroseconds;
                _servo = new Iot.Device.ServoMotor.ServoMotor(channel, 180, 500, 2500);
                _servo.WritePulseWidth(microseconds);
                _servo.Start();
            }

            _servo.WritePulseWidth(microseconds);
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
