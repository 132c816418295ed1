using System.ComponentModel;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Network;
using LabRunner.Hardware.Virtual.Air;

namespace LabRunner.Hardware.Virtual.Harness;

/// <summary>
/// The air of the virtual bench, as an access point's programs would change it. Inventory: <c>network: { driver: harness, socket:
/// "${virtual.harness}" }</c>. What a client changed stays when the client is gone, as on a real access point, until someone restores it.
/// </summary>
[Driver(Contracts.Network, "harness")]
[Description("Access point, servers and broker of the virtual bench")]
public sealed class HarnessNetwork : INetworkActuator
{
    private readonly HarnessLink _link;
    private readonly string _place;

    /// <param name="options">Where the harness is.</param>
    /// <param name="context">Names the bench in messages.</param>
    public HarnessNetwork(Options options, IDriverContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        _place = context.Place;
        _link = new HarnessLink(options.Socket, context.Place);
    }

    /// <inheritdoc/>
    public IReadOnlySet<NetworkEffect> Effects => AirActuator.Effects;

    /// <inheritdoc/>
    public Task DisturbAsync(Station station, NetworkEffect effect, double value, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(station);
        effect.Check(value);
        return RequestAsync(new HarnessRequest { Op = HarnessProtocol.Disturb, Effect = effect, Value = value, Mac = station.Mac, High = true }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task LiftAsync(Station station, NetworkEffect effect, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(station);
        return RequestAsync(new HarnessRequest { Op = HarnessProtocol.Disturb, Effect = effect, Mac = station.Mac }, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<long?> CountAsync(Station station, NetworkQuestion question, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(station);
        return (await RequestAsync(new HarnessRequest { Op = HarnessProtocol.Asked, Question = question, Mac = station.Mac }, cancellationToken).ConfigureAwait(false)).Asked;
    }

    /// <inheritdoc/>
    public Task RestoreAsync(CancellationToken cancellationToken) => RequestAsync(new HarnessRequest { Op = HarnessProtocol.Restore }, cancellationToken);

    /// <summary>Closes the connection; what was changed stays.</summary>
    public ValueTask DisposeAsync()
    {
        _link.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<HarnessReply> RequestAsync(HarnessRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await Task.Run(() => _link.Request(request), cancellationToken).ConfigureAwait(false);
        }
        catch (BenchFaultException fault)
        {
            throw new BenchFaultException(FaultKind.Network, _place, fault.Problem, fault.Remedy, fault);
        }
    }

    /// <summary>Options.</summary>
    public sealed record Options
    {
        /// <summary>Path of the harness's Unix socket.</summary>
        [Description("Path of the virtual bench's harness socket.")]
        public required string Socket { get; init; }
    }
}
