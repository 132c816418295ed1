using System.ComponentModel;
using System.Device.Pwm;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Resources;

namespace LabRunner.Hardware.Virtual.Harness;

/// <summary>
/// PWM channels of the virtual bench. Inventory: <c>resources: { pwm: { driver: harness, socket: "…/harness.sock" } }</c>;
/// plug i has channels 3·i (CF), 3·i+1 (CF1 voltage) and 3·i+2 (CF1 current); CF1 follows the plug's SEL in the harness.
/// </summary>
[Driver(Contracts.PwmChip, "harness")]
public sealed class HarnessPwmChip : IPwmChip
{
    private readonly HarnessLink _link;

    /// <param name="options">Where the harness is.</param>
    /// <param name="context">Names the resource in messages.</param>
    public HarnessPwmChip(Options options, IDriverContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        _link = new HarnessLink(options.Socket, context.Place);
    }

    /// <inheritdoc/>
    /// <exception cref="Faults.BenchFaultException">Kind Gpio: no harness there, or no such channel.</exception>
    public PwmChannel Open(int channel) => new HarnessPwmChannel(_link, channel);

    /// <summary>Closes the connection; channels go on emitting.</summary>
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
