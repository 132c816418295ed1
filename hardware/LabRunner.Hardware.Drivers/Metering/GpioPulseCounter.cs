// Inventory:
//   pulseCounter: { driver: gpio, chip: pi, line: GPIO23 }     # activeLow: true behind an inverting isolator
// The DUT's CF pin behind a digital isolator or a fast optocoupler: a pulse is 38 µs, up to 2,500 of them a second.
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Gpio;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Metering;

namespace LabRunner.Hardware.Drivers.Metering;

/// <summary>Options of <see cref="GpioPulseCounter"/>.</summary>
public sealed record GpioPulseCounterOptions : InputOptions;

/// <summary>CF pulses counted on a GPIO line. What the kernel could not hand over is told as lost. Thread safe.</summary>
[Driver(Contracts.PulseCounter, "gpio")]
public sealed class GpioPulseCounter : IPulseCounter
{
    private readonly LabRunner.Hardware.Time.LabClock _clock;
    private readonly BenchLine _line;
    private readonly IDisposable _watch;
    private long _pulses;
    private long _lost;
    private int _disposed;

    /// <exception cref="BenchFaultException">No such chip, or the line cannot be had or watched.</exception>
    public GpioPulseCounter(GpioPulseCounterOptions options, IDriverContext context)
    {
        _clock = context.Clock;
        _line = BenchLine.Input(context, options);
        try
        {
            _watch = _line.Watch(OnEdge);
        }
        catch
        {
            _line.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<PulseCount> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(new PulseCount(_clock.Elapsed, Interlocked.Read(ref _pulses), Interlocked.Read(ref _lost)));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _watch.Dispose();
            _line.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    private void OnEdge(TimeSpan at, bool active, uint lost)
    {
        // Two edges make a pulse.
        Interlocked.Add(ref _lost, (lost + 1) / 2);
        if (active)
        {
            Interlocked.Increment(ref _pulses);
        }
    }
}
