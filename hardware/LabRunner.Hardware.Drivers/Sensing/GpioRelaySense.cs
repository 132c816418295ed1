// Inventory:
//   relaySense: { driver: gpio, chip: pi, line: GPIO25 }     # activeLow: true, bias: up, debounce: 5ms
// An optocoupler on the plug's output, behind a bridge rectifier and a capacitor so that the line does not follow the mains.
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Gpio;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Sensing;

namespace LabRunner.Hardware.Drivers.Sensing;

/// <summary>
/// Relay contact sense on one GPIO input. Edges carry the kernel's time stamps where the chip gives them, else the time of the call.
/// </summary>
[Driver(Contracts.RelaySense, "gpio")]
public sealed class GpioRelaySense : IRelaySense
{
    private readonly BenchLine _line;
    private readonly IDisposable _watch;
    private bool _disposed;

    /// <exception cref="BenchFaultException">No such chip, or the line cannot be had or watched.</exception>
    public GpioRelaySense(InputOptions options, IDriverContext context)
    {
        Resolution = context.Clock.Scale * options.Debounce;
        _line = BenchLine.Input(context, options);
        try
        {
            _watch = _line.Watch((at, closed, lost) => Edge?.Invoke(new ContactEdge(at, closed, lost)));
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
        return Task.FromResult(_line.Read());
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
            }
        }

        return ValueTask.CompletedTask;
    }
}
