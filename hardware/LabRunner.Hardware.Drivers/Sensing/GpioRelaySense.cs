// Inventory:
//   relaySense: { driver: gpio, chip: pi, line: 25 }                        # activeLow: true, pull: up
//   relaySense: { driver: gpio, chip: pi, line: 25, signal: mains-50hz }    # pulsesPerCycle: 1 for a single diode
//   led:        { driver: gpio, chip: pi, line: 26 }                        # a photodiode with a comparator: closed is lit
//   estop:      { driver: gpio, chip: pi, line: 5, pull: up, activeLow: true }     # of the bench: closed is released; a broken wire is pressed
//   lid:        { driver: gpio, chip: pi, line: 6, pull: up, activeLow: true }
// An optocoupler on the plug's output: level where a capacitor behind its rectifier holds the line, mains-50hz where it pulses with the mains.
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Device.Gpio;
using System.Text.Json.Serialization;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Gpio;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Lines;
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
public sealed record GpioRelaySenseOptions
{
    /// <summary>Name of the chip under resources.</summary>
    [Description("Name of the gpio resource.")]
    public required string Chip { get; init; }

    /// <summary>Offset of the line on its chip.</summary>
    [Description("Offset of the line on its chip (on a Raspberry Pi: the BCM number).")]
    [Range(0, 1023)]
    public required int Line { get; init; }

    /// <summary>True: low means closed. Default false.</summary>
    [Description("True where a low level means that the contact is closed. Default false.")]
    public bool ActiveLow { get; init; }

    /// <summary>Bias of the input. Default none.</summary>
    [Description("Bias of the input: none, up or down. Default none.")]
    public LinePull Pull { get; init; }

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

    private readonly GpioRelaySenseOptions _options;
    private readonly IDriverContext _context;
    private readonly GpioController _controller;
    private readonly IDisposable? _watch;
    private readonly MainsPulses? _pulses;
    private bool _disposed;

    /// <exception cref="BenchFaultException">No such chip, or the line cannot be had or watched.</exception>
    public GpioRelaySense(GpioRelaySenseOptions options, IDriverContext context)
    {
        (_options, _context) = (options, context);
        if (options.Signal != ContactSignal.Level)
        {
            TimeSpan period = TimeSpan.FromSeconds(1.0 / ((options.Signal == ContactSignal.Mains50 ? 50 : 60) * options.PulsesPerCycle));
            _pulses = new MainsPulses(period, Grace, context.Clock, () => context.Clock.Elapsed, edge => Edge?.Invoke(edge));
        }

        _controller = LineFault.OpenInput(context, options.Chip, options.Line, options.Pull);
        ILineEdges? stamped = Stamped(context, options.Chip);
        if (stamped is not null)
        {
            _watch = LineFault.Guard(context, options.Chip, options.Line, "watched", () =>
                stamped.Watch(options.Line, edge => Raise(context.Clock.At(edge.MonotonicNanoseconds), edge.Rising)));
        }
        else
        {
            LineFault.Guard(context, options.Chip, options.Line, "watched", () =>
            {
                _controller.RegisterCallbackForPinValueChangedEvent(options.Line, PinEventTypes.Rising | PinEventTypes.Falling, OnChanged);
                return true;
            });
        }
    }

    /// <inheritdoc/>
    public TimeSpan Resolution => _pulses?.Period ?? TimeSpan.Zero;

    /// <inheritdoc/>
    public event Action<ContactEdge>? Edge;

    /// <inheritdoc/>
    public Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(_pulses?.Closed ?? LineFault.Guard(
            _context, _options.Chip, _options.Line, "read", () => (_controller.Read(_options.Line) == PinValue.High) != _options.ActiveLow));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            LineFault.Guard(_context, _options.Chip, _options.Line, "closed", () =>
            {
                if (_watch is null)
                {
                    _controller.UnregisterCallbackForPinValueChangedEvent(_options.Line, OnChanged);
                }

                _watch?.Dispose();
                _pulses?.Dispose();
                _controller.ClosePin(_options.Line);
                return true;
            });
        }

        return ValueTask.CompletedTask;
    }

    private static ILineEdges? Stamped(IDriverContext context, string chip)
    {
        try
        {
            return context.Resource<ILineEdges>(chip);
        }
        catch (BenchFaultException)
        {
            // The chip exists (its controller was just had): it merely stamps no edges.
            return null;
        }
    }

    private void OnChanged(object sender, PinValueChangedEventArgs change) =>
        Raise(_context.Clock.Elapsed, change.ChangeType == PinEventTypes.Rising);

    private void Raise(TimeSpan at, bool rising)
    {
        bool active = rising != _options.ActiveLow;
        if (_pulses is null)
        {
            Edge?.Invoke(new ContactEdge(at, active));
        }
        else if (active)
        {
            _pulses.Pulse(at);
        }
    }
}
