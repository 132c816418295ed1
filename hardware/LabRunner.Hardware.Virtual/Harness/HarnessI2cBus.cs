using System.ComponentModel;
using System.Device.I2c;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Resources;

namespace LabRunner.Hardware.Virtual.Harness;

/// <summary>
/// I2C bus of the virtual bench with an INA219 (0.1 Ω shunt) per plug at 0x40+i. Inventory:
/// <c>resources: { i2c: { driver: harness, socket: "…/harness.sock" } }</c>.
/// </summary>
[Driver(Contracts.I2cBus, "harness")]
public sealed class HarnessI2cBus : II2cBus
{
    private readonly HarnessLink _link;

    /// <param name="options">Where the harness is.</param>
    /// <param name="context">Names the resource in messages.</param>
    public HarnessI2cBus(Options options, IDriverContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        _link = new HarnessLink(options.Socket, context.Place);
    }

    /// <inheritdoc/>
    public I2cDevice Open(int address) => new HarnessI2cDevice(_link, address);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _link.Dispose();
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
