// Inventory:
//   relaySense: { driver: gpio, chip: pi, line: GPIO25 }                        # activeLow: true, bias: up, debounce: 5ms
//   relaySense: { driver: gpio, chip: pi, line: GPIO25, signal: mains-50hz }    # pulsesPerCycle: 1 for a single diode
//   led:        { driver: gpio, chip: pi, line: GPIO26 }                        # a photodiode with a comparator: closed is lit
//   estop:      { driver: gpio, chip: pi, line: GPIO5, bias: up, activeLow: true }     # of the bench: closed is released; a broken wire is pressed
//   lid:        { driver: gpio, chip: pi, line: GPIO6, bias: up, activeLow: true }
// An optocoupler on the plug's output: level where a capacitor behind its rectifier holds the line, mains-50hz where it pulses with the mains.
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Gpio;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Sensing;

namespace LabRunner.Hardware.Drivers.Sensing;

/// <summary>What a closed contact does to the line.</summary>
public enum ContactSignal
{
    /// <summary>Holds its level.</summary>
    Level,

    /// <summary>Pulses with 50 Hz mains.</summary>
    [JsonStringEnumMemberName("mains-50hz")]
    Mains50,

    /// <summary>Pulses with 60 Hz mains.</summary>
    [JsonStringEnumMemberName("mains-60hz")]
    Mains60,
}

/// <summary>Options of <see cref="GpioRelaySense"/>.</summary>
public sealed record GpioRelaySenseOptions : InputOptions
{
    /// <summary>What a closed contact does to the line. Default level.</summary>
    [Description("What a closed contact does to the line: level, mains-50hz or mains-60hz (pulses). Default level.")]
    public ContactSignal Signal { get; init; }

    /// <summary>Pulses in one cycle of the mains: 2 behind a bridge or with an AC-input opto, 1 behind a single diode. Default 2.</summary>
    [Description("Pulses in one cycle of the mains: 2 behind a bridge or with an AC-input opto, 1 behind a single diode. Default 2.")]
    [Range(1, 2)]
    public int PulsesPerCycle { get; init; } = 2;
}

/// <summary>
/// A contact on one GPIO input: the DUT's relay, its LED, the bench's E-stop and lid. Edges carry the kernel's time stamps where the chip gives
/// them, else the time of the call.
/// </summary>
[Driver(Contracts.RelaySense, "gpio")]
[Driver(Contracts.Led, "gpio")]
[Driver(Contracts.EStop, "gpio")]
[Driver(Contracts.Lid, "gpio")]
public sealed class GpioRelaySense : IRelaySense
{
    // A busy machine delivers edges this late; their stamps are right all the same.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(100);

    private readonly BenchLine _line;
    private readonly IDisposable _watch;
    private readonly MainsPulses? _pulses;
    private bool _disposed;

    /// <exception cref="BenchFaultException">No such chip, or the line cannot be had or watched.</exception>
    public GpioRelaySense(GpioRelaySenseOptions options, IDriverContext context)
    {
        if (options.Signal != ContactSignal.Level)
        {
            TimeSpan period = TimeSpan.FromSeconds(1.0 / ((options.Signal == ContactSignal.Mains50 ? 50 : 60) * options.PulsesPerCycle));
            _pulses = new MainsPulses(period, Grace, context.Clock, () => context.Clock.Elapsed, edge => Edge?.Invoke(edge));
        }

        Resolution = _pulses?.Period ?? (context.Clock.Scale * options.Debounce);
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
    public TimeSpan Resolution { get; }

    /// <inheritdoc/>
    public event Action<ContactEdge>? Edge;

    /// <inheritdoc/>
    public Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(_pulses?.Closed ?? _line.Read());
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            using (_line)
            {
                _watch.Dispose();
                _pulses?.Dispose();
            }
        }

        return ValueTask.CompletedTask;
    }

    private void OnEdge(TimeSpan at, bool active, uint lost)
    {
        if (_pulses is null)
        {
            Edge?.Invoke(new ContactEdge(at, active, lost));
        }
        else if (active)
        {
            _pulses.Pulse(at);
        }
    }
}
