using System.ComponentModel;
using System.Device.Gpio;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Resources;

namespace LabRunner.Hardware.Virtual.Harness;

/// <summary>
/// GPIO lines of the virtual bench. Inventory: <c>resources: { lines: { driver: harness, socket: "…/harness.sock" } }</c>;
/// lines are numbered by <see cref="HarnessLines"/>.
/// </summary>
[Driver(Contracts.GpioChip, "harness")]
public sealed class HarnessGpioChip : IGpioChip
{
    private readonly HarnessGpioDriver _driver;

    /// <param name="options">Where the harness is.</param>
    /// <param name="context">Names the resource in messages.</param>
    public HarnessGpioChip(Options options, IDriverContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        _driver = new HarnessGpioDriver(new HarnessLink(options.Socket, context.Place));
    }

    /// <inheritdoc/>
    public GpioDriver Driver => _driver;

    /// <summary>Closes the connection; outputs keep their level.</summary>
    public ValueTask DisposeAsync()
    {
        _driver.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Options.</summary>
    public sealed record Options
    {
        /// <summary>Path of the harness's Unix socket.</summary>
        [Description("Path of the virtual bench's harness socket.")]
        public required string Socket { get; init; }
    }
}
