using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Metering;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Virtual.Harness;

/// <summary>
/// CF pulses of a virtual plug's meter chip, counted beside it. Inventory:
/// <c>pulseCounter: { driver: harness, socket: "${virtual.harness}", plug: 0 }</c>. Thread safe.
/// </summary>
[Driver(Contracts.PulseCounter, "harness")]
public sealed class HarnessPulseCounter : IPulseCounter
{
    private readonly HarnessLink _link;
    private readonly LabClock _clock;
    private readonly int _plug;

    /// <param name="options">Which plug.</param>
    /// <param name="context">Names the slot in messages; its clock stamps counts.</param>
    public HarnessPulseCounter(Options options, IDriverContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        (_plug, _clock) = (options.Plug, context.Clock);
        _link = new HarnessLink(options.Socket, context.Place);
    }

    /// <inheritdoc/>
    public Task<PulseCount> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        HarnessReply reply = _link.Request(new HarnessRequest { Op = HarnessProtocol.PwmGet, At = (_plug * HarnessLines.PwmPerPlug) + (int)PulseChannel.Cf });
        return Task.FromResult(new PulseCount(reply.Monotonic > 0 ? _clock.At(reply.Monotonic) : _clock.Elapsed, reply.Emitted, 0));
    }

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

        /// <summary>Index of the plug, from 0.</summary>
        [Description("Index of the plug on the virtual bench, from 0.")]
        [Range(0, 47)]
        public required int Plug { get; init; }
    }
}
