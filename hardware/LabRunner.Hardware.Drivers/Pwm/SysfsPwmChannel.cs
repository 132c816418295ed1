using System.Device.Pwm;
using System.Globalization;
using LabRunner.Hardware.Drivers.Resources;
using LabRunner.Hardware.Faults;

namespace LabRunner.Hardware.Drivers.Pwm;

/// <summary>One channel of a kernel PWM chip. Thread safe.</summary>
internal sealed class SysfsPwmChannel : PwmChannel, IPeriodPwm
{
    private static readonly TimeSpan ExportLimit = TimeSpan.FromSeconds(2);

    private readonly string _place;
    private readonly string _chip;
    private readonly string _folder;
    private readonly int _channel;
    private readonly bool _exported;
    private readonly Lock _gate = new();
    private bool _disposed;

    public SysfsPwmChannel(string place, string chip, int channel)
    {
        (_place, _chip, _channel) = (place, chip, channel);
        _folder = Path.Combine(chip, string.Create(CultureInfo.InvariantCulture, $"pwm{channel}"));
        if (!Directory.Exists(_folder))
        {
            Write(Path.Combine(chip, "export"), channel);
            _exported = true;
        }

        AwaitRights();
        if (Running)
        {
            // A process that died may have left it running.
            Running = false;
        }
    }

    public long PeriodNanoseconds => Read("period");

    public long DutyNanoseconds => Read("duty_cycle");

    /// <summary>The kernel does not count pulses.</summary>
    public long? Emitted => null;

    public bool Running
    {
        get => Read("enable") != 0;
        private set => Write("enable", value ? 1 : 0);
    }

    /// <summary>Nearest whole hertz; setting it keeps the duty cycle.</summary>
    public override int Frequency
    {
        get => PeriodNanoseconds is > 0 and long period ? (int)Math.Round(1e9 / period) : 0;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            double duty = DutyCycle;
            long period = (long)Math.Round(1e9 / value);
            SetPeriod(period, (long)Math.Round(duty * period));
        }
    }

    public override double DutyCycle
    {
        get => PeriodNanoseconds is > 0 and long period ? (double)DutyNanoseconds / period : 0;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 1);
            Write("duty_cycle", (long)Math.Round(value * PeriodNanoseconds));
        }
    }

    public void SetPeriod(long periodNanoseconds, long dutyNanoseconds)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(periodNanoseconds);
        ArgumentOutOfRangeException.ThrowIfNegative(dutyNanoseconds);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(dutyNanoseconds, periodNanoseconds);

        // The kernel refuses a write that would make the pulse longer than the period, so the order depends on the direction.
        lock (_gate)
        {
            if (periodNanoseconds >= PeriodNanoseconds)
            {
                Write("period", periodNanoseconds);
                Write("duty_cycle", dutyNanoseconds);
            }
            else
            {
                Write("duty_cycle", dutyNanoseconds);
                Write("period", periodNanoseconds);
            }
        }
    }

    public override void Start() => Running = true;

    public override void Stop() => Running = false;

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            Running = false;
            if (_exported)
            {
                Write(Path.Combine(_chip, "unexport"), _channel);
            }
        }

        base.Dispose(disposing);
    }

    /// <summary>After an export udev needs a moment to make the files writable for others than root.</summary>
    private void AwaitRights()
    {
        using ManualResetEventSlim never = new();
        long start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                using FileStream stream = new(Path.Combine(_folder, "period"), FileMode.Open, FileAccess.Write);
                return;
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // Machine time: udev does not follow the run's clock. sysfs raises no file events, so this must ask.
                if (TimeProvider.System.GetElapsedTime(start) > ExportLimit)
                {
                    throw Fault($"channel {_channel} of {_chip} is not writable: {failure.Message.TrimEnd('.')}", failure);
                }

                never.Wait(TimeSpan.FromMilliseconds(20));
            }
        }
    }

    private long Read(string name)
    {
        try
        {
            return long.Parse(File.ReadAllText(Path.Combine(_folder, name)), CultureInfo.InvariantCulture);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or FormatException or OverflowException)
        {
            throw Fault($"{Path.Combine(_folder, name)} cannot be read: {failure.Message.TrimEnd('.')}", failure);
        }
    }

    private void Write(string name, long value)
    {
        string file = Path.Combine(_folder, name);
        try
        {
            using FileStream stream = new(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            stream.SetLength(0);
            stream.Write(System.Text.Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture)));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Fault($"{file} does not take {value}: {failure.Message.TrimEnd('.')}", failure);
        }
    }

    private BenchFaultException Fault(string problem, Exception cause) =>
        new(FaultKind.Pulses, _place, problem, "Check the channel number (npwm of the chip), the right to write below /sys/class/pwm, and that nothing else uses it", cause);
}
