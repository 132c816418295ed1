// Inventory:
//   pulses: { driver: pwm, chip: pi-pwm, cf: 0, cf1Voltage: 1, cf1Current: 2 }     # followsSel: true with a 2:1 multiplexer on SEL
// Three PWM channels. Both CF1 frequencies are emitted all the time; what switches between them must follow SEL in hardware.
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Device.Pwm;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Resources;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Drivers.Pulses;

/// <summary>Options of <see cref="PwmPulses"/>.</summary>
public sealed record PwmPulsesOptions : OutputPulsesOptions
{
    /// <summary>Name of the chip under resources.</summary>
    [Description("Name of the pwm resource.")]
    public required string Chip { get; init; }

    /// <summary>Channel that feeds CF.</summary>
    [Description("Channel that feeds CF (power).")]
    [Range(0, 1023)]
    public required int Cf { get; init; }

    /// <summary>Channel that feeds CF1 while SEL asks for voltage.</summary>
    [Description("Channel that feeds CF1 while SEL asks for voltage.")]
    [Range(0, 1023)]
    public required int Cf1Voltage { get; init; }

    /// <summary>Channel that feeds CF1 while SEL asks for current.</summary>
    [Description("Channel that feeds CF1 while SEL asks for current.")]
    [Range(0, 1023)]
    public required int Cf1Current { get; init; }
}

/// <summary>BL0937 reference pulses from three PWM channels. Opened stopped; stopped again at disposal.</summary>
[Driver(Contracts.Pulses, "pwm")]
public sealed class PwmPulses : IPulseSource
{
    // Clock dividers round a period; more than this is a refusal.
    private const double Tolerance = 0.01;

    private readonly IDriverContext _context;
    private readonly Dictionary<PulseChannel, Output> _outputs = [];
    private readonly Lock _gate = new();

    /// <exception cref="BenchFaultException">No such chip or channel.</exception>
    public PwmPulses(PwmPulsesOptions options, IDriverContext context)
    {
        _context = context;
        IPwmChip chip = context.Resource<IPwmChip>(options.Chip);
        try
        {
            foreach ((PulseChannel channel, int number) in
                ((PulseChannel, int)[])[(PulseChannel.Cf, options.Cf), (PulseChannel.Cf1Voltage, options.Cf1Voltage), (PulseChannel.Cf1Current, options.Cf1Current)])
            {
                _outputs.Add(channel, Guard(channel, () => new Output(chip.Open(number))));
            }
        }
        catch
        {
            Close();
            throw;
        }

        // In nanoseconds the worst rounding is half of one in the shortest period; in whole hertz it is half of one at 1.5 Hz.
        bool exact = _outputs.Values.All(output => output.Exact is not null);
        Capabilities = new PulseCapabilities(
            exact ? PulseRange.MinHertz : 1, PulseRange.MaxHertz, exact ? 0.5e-9 * PulseRange.MaxHertz * 1e6 : 0.5 / 1.5 * 1e6, 0, options.FollowsSel);
    }

    /// <inheritdoc/>
    public PulseCapabilities Capabilities { get; }

    /// <inheritdoc/>
    public Task SetAsync(PulseChannel channel, Hertz frequency, TimeSpan width, CancellationToken cancellationToken)
    {
        PulseChecks.Check(Capabilities, frequency, width);
        cancellationToken.ThrowIfCancellationRequested();
        Guard(channel, () =>
        {
            lock (_gate)
            {
                _outputs[channel].Set(frequency.Value, width);
                return true;
            }
        });
        double emitted = Read(channel).Frequency.Value;
        double allowed = _outputs[channel].Exact is null ? 0.5 + (Tolerance * frequency.Value) : Tolerance * frequency.Value;
        if (!(Math.Abs(emitted - frequency.Value) <= allowed))
        {
            throw new BenchFaultException(
                FaultKind.Pulses, _context.Place, $"{channel} was told {frequency} and reads back {new Hertz(emitted)}",
                "Check the clock of the PWM chip and that nothing else programs it");
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<PulseReadback> ReadBackAsync(PulseChannel channel, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(Read(channel));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    private PulseReadback Read(PulseChannel channel) =>
        Guard(channel, () =>
        {
            lock (_gate)
            {
                return _outputs[channel].Read();
            }
        });

    private void Close()
    {
        foreach ((PulseChannel channel, Output output) in _outputs)
        {
            Guard(channel, () =>
            {
                output.Dispose();
                return true;
            });
        }
    }

    private T Guard<T>(PulseChannel channel, Func<T> operation)
    {
        try
        {
            return operation();
        }
        catch (Exception failure) when (failure is not BenchFaultException)
        {
            throw new BenchFaultException(
                FaultKind.Pulses, _context.Place, $"{channel} cannot be used: {failure.Message.TrimEnd('.')}", "Check the channel number and the PWM chip", failure);
        }
    }

    private sealed class Output(PwmChannel pwm) : IDisposable
    {
        private bool _running;
        private bool _disposed;

        public IPeriodPwm? Exact { get; } = pwm as IPeriodPwm;

        public void Set(double hertz, TimeSpan width)
        {
            if (hertz == 0)
            {
                pwm.Stop();
                _running = false;
                return;
            }

            if (Exact is not null)
            {
                Exact.SetPeriod((long)Math.Round(1e9 / hertz), (long)width.TotalNanoseconds);
            }
            else
            {
                pwm.Frequency = (int)Math.Round(hertz);
                pwm.DutyCycle = width.TotalSeconds * pwm.Frequency;
            }

            pwm.Start();
            _running = true;
        }

        public PulseReadback Read()
        {
            if (Exact is not null)
            {
                long period = Exact.PeriodNanoseconds;
                return new PulseReadback(
                    new Hertz(Exact.Running && period > 0 ? 1e9 / period : 0), TimeSpan.FromMicroseconds(Exact.DutyNanoseconds / 1e3), Exact.Emitted);
            }

            return new PulseReadback(
                new Hertz(_running ? pwm.Frequency : 0), pwm.Frequency > 0 ? TimeSpan.FromSeconds(pwm.DutyCycle / pwm.Frequency) : TimeSpan.Zero, null);
        }

        public void Dispose()
        {
            if (!_disposed)
            {
                _disposed = true;
                using (pwm)
                {
                    pwm.Stop();
                }
            }
        }
    }
}
