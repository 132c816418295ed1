using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Metering;
using LabRunner.Hardware.Metering;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Virtual.Harness;

/// <summary>
/// Reference meter of a virtual plug: what its load really takes, without error. Inventory:
/// <c>meter: { driver: harness, socket: "${virtual.harness}", plug: 0, accuracyPercent: 0.1 }</c>. Thread safe.
/// </summary>
[Driver(Contracts.Meter, "harness")]
public sealed class HarnessMeter : IReferenceMeter
{
    private readonly HarnessLink _link;
    private readonly int _plug;

    /// <param name="options">Which plug.</param>
    /// <param name="context">Names the slot in messages.</param>
    public HarnessMeter(Options options, IDriverContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        (_plug, Accuracy) = (options.Plug, new MeterAccuracy(options.AccuracyPercent, options.AccuracyVolts, options.AccuracyAmperes, options.AccuracyWatts));
        _link = new HarnessLink(options.Socket, context.Place);
    }

    /// <inheritdoc/>
    public MeterAccuracy Accuracy { get; }

    /// <inheritdoc/>
    public Task<ReferenceReading> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        HarnessLoad load = _link.Request(new HarnessRequest { Op = HarnessProtocol.Meter, At = _plug }).Load
            ?? throw new InvalidOperationException("A harness that refuses nothing answers with a load.");
        return Task.FromResult(new ReferenceReading(new Volts(load.Volts), new Amperes(load.Amperes), new Watts(load.Watts), new WattHours(load.WattHours)));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _link.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Options.</summary>
    public sealed record Options : MeterOptions
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
