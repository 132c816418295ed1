// Inventory:
//   relaySense: { driver: gpio, chip: pi, line: 25 }     # activeLow: true, pull: up
// An optocoupler on the plug's output, behind a bridge rectifier and a capacitor so that the line does not follow the mains.
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Device.Gpio;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Gpio;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Lines;
using LabRunner.Hardware.Sensing;

namespace LabRunner.Hardware.Drivers.Sensing;

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
}

/// <summary>
/// Relay contact sense on one GPIO input. Edges carry the kernel's time stamps where the chip gives them, else the time of the call.
/// </summary>
[Driver(Contracts.RelaySense, "gpio")]
public sealed class GpioRelaySense : IRelaySense
{
    private readonly GpioRelaySenseOptions _options;
    private readonly IDriverContext _context;
    private readonly GpioController _controller;
    private readonly IDisposable? _watch;
    private bool _disposed;

    /// <exception cref="BenchFaultException">No such chip, or the line cannot be had or watched.</exception>
    public GpioRelaySense(GpioRelaySenseOptions options, IDriverContext context)
    {
        (_options, _context) = (options, context);
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
    public TimeSpan Resolution => TimeSpan.Zero;

    /// <inheritdoc/>
    public event Action<ContactEdge>? Edge;

    /// <inheritdoc/>
    public Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(LineFault.Guard(
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

    private void Raise(TimeSpan at, bool rising) => Edge?.Invoke(new ContactEdge(at, rising != _options.ActiveLow));
}
