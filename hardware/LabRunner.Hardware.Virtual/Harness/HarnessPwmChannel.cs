using System.Device.Pwm;
using LabRunner.Hardware.Drivers.Resources;

namespace LabRunner.Hardware.Virtual.Harness;

/// <summary>A PWM channel of the harness. Disposing it leaves the channel as it is. Thread safe.</summary>
/// <remarks>Every access throws <see cref="Faults.BenchFaultException"/> of kind Gpio when the harness is gone.</remarks>
public sealed class HarnessPwmChannel : PwmChannel, IPeriodPwm
{
    private const double NanosecondsPerSecond = 1e9;
    private readonly HarnessLink _link;
    private readonly int _channel;
    private readonly Lock _gate = new();

    internal HarnessPwmChannel(HarnessLink link, int channel)
    {
        _link = link;
        _channel = channel;
        State();
    }

    /// <inheritdoc/>
    public long PeriodNanoseconds => State().Period;

    /// <inheritdoc/>
    public long DutyNanoseconds => State().Duty;

    /// <inheritdoc/>
    public bool Running => State().Running;

    /// <inheritdoc/>
    public long? Emitted => State().Emitted;

    /// <summary>Whole hertz, rounded; use <see cref="SetPeriod"/> for an exact frequency. 0 until one is set.</summary>
    public override int Frequency
    {
        get => State().Period is > 0 and long period ? (int)Math.Round(NanosecondsPerSecond / period) : 0;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            lock (_gate)
            {
                double duty = DutyCycle;
                Program((long)Math.Round(NanosecondsPerSecond / value), duty);
            }
        }
    }

    /// <summary>High time as part of the period, 0 to 1. Set <see cref="Frequency"/> first.</summary>
    public override double DutyCycle
    {
        get => State() is { Period: > 0 } state ? (double)state.Duty / state.Period : 0;
        set
        {
            if (!(value is >= 0 and <= 1))
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, "A duty cycle lies between 0 and 1.");
            }

            lock (_gate)
            {
                Program(State().Period, value);
            }
        }
    }

    /// <inheritdoc/>
    public void SetPeriod(long periodNanoseconds, long dutyNanoseconds)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(periodNanoseconds);
        ArgumentOutOfRangeException.ThrowIfNegative(dutyNanoseconds);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dutyNanoseconds, periodNanoseconds);
        lock (_gate)
        {
            Send(periodNanoseconds, dutyNanoseconds, State().Running);
        }
    }

    /// <inheritdoc/>
    public override void Start() => Run(true);

    /// <inheritdoc/>
    public override void Stop() => Run(false);

    private HarnessReply State() => _link.Request(new HarnessRequest { Op = HarnessProtocol.PwmGet, At = _channel });

    private void Run(bool running)
    {
        lock (_gate)
        {
            HarnessReply state = State();
            Send(state.Period, state.Duty, running);
        }
    }

    private void Program(long period, double duty) => Send(period, (long)Math.Round(period * duty), State().Running);

    private void Send(long period, long duty, bool running) => _link.Request(
        new HarnessRequest { Op = HarnessProtocol.PwmSet, At = _channel, Period = period, Duty = duty, Running = running });
}
