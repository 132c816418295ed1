// Inventory, of the bench:
//   heartbeat: { driver: gpio, chip: pi, line: GPIO16 }
// A line to a watchdog relay in the supply of the relay coils (hardware/wiring). The relay must listen to edges, not to a level: a machine that
// stands still leaves the line as it is, high or low.
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Gpio;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Lines;

namespace LabRunner.Hardware.Drivers.Heartbeats;

/// <summary>A heartbeat on one GPIO line, inactive until the first beat and after disposal. Thread safe.</summary>
/// <exception cref="BenchFaultException">No such chip, or the line cannot be had.</exception>
[Driver(Contracts.Heartbeat, "gpio")]
public sealed class GpioHeartbeat(OutputOptions options, IDriverContext context) : IHeartbeat
{
    private readonly Lock _gate = new();
    private readonly BenchLine _line = BenchLine.Output(context, options);
    private bool _active;
    private bool _disposed;

    /// <inheritdoc/>
    public void Beat()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _active = !_active;
            _line.Set(_active);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (!_disposed)
            {
                _disposed = true;
                using (_line)
                {
                    _line.Write(false);
                }
            }
        }

        return ValueTask.CompletedTask;
    }
}
