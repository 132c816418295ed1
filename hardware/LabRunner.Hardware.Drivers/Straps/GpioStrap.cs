// Inventory:
//   bootStrap: { driver: gpio, chip: pi, line: 22 }
//   reset:     { driver: gpio, chip: pi, line: 23, activeLow: true }
// A line to the DUT's BOOT or EN pin, through an isolator.
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Gpio;
using LabRunner.Hardware.Lines;

namespace LabRunner.Hardware.Drivers.Straps;

/// <summary>A strap on one GPIO line. Opened released; released again at disposal.</summary>
[Driver(Contracts.BootStrap, "gpio")]
[Driver(Contracts.Reset, "gpio")]
public sealed class GpioStrap(OutputOptions options, IDriverContext context) : IStrap
{
    private readonly BenchLine _line = BenchLine.Output(context, options);
    private bool _disposed;

    /// <inheritdoc/>
    public Task SetAsync(bool asserted, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _line.Set(asserted);
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
