using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>
/// A web server with few threads that reads on, without a limit, until a request's header is whole: slow clients take the service from all others. Or one
/// that keeps a connection as its client asks, without an end to its answer or a limit.
/// </summary>
[PlantedFault("F15", Shows = "slow clients hold every thread of the web server; silent ones hold theirs without any fault planted: no receive timeout")]
[FaultParameter("waits", "header: for the rest of a request's header; keepAlive: for another request where the client asks to keep the connection. Default header.")]
[FaultParameter("clients", "Clients that it serves at once, 1 to 9. Default 2.")]
internal sealed class F15(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly int _clients = (int)parameters.Number("clients", 2, 1, 9);

    private readonly bool _stays = parameters.Word("waits", "header", "keepAlive") == "keepAlive";

    public override bool ReadsWholeHeader => !_stays;

    public override bool StaysWhenAsked => _stays;

    public override int MostClients(int most) => Math.Min(most, _clients);
}
