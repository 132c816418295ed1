// Inventory:
//   button: { driver: gpio, chip: pi, line: GPIO24 }     # activeLow: true, drive: openDrain, bias: up
// An optocoupler, open-drain output or solenoid across the plug's button.
using LabRunner.Hardware.Buttons;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Gpio;

namespace LabRunner.Hardware.Drivers.Buttons;

/// <summary>A button actuator on one GPIO line. Opened let go; let go again at disposal.</summary>
[Driver(Contracts.Button, "gpio")]
public sealed class GpioButton(OutputOptions options, IDriverContext context) : IButton
{
    private readonly BenchLine _line = BenchLine.Output(context, options);
    private bool _disposed;

    /// <inheritdoc/>
    public Task SetAsync(bool pressed, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _line.Set(pressed);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<bool?> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult<bool?>(_line.Read());
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        if (!_disposed)
        {
            _disposed = true;
            using (_line)
            {
                _line.Write(false);
            }
        }

        return ValueTask.CompletedTask;
    }
}
