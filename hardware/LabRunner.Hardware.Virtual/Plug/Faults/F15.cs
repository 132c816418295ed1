using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>
/// A web server with few threads that reads on, without a limit, until a request's header is whole: slow clients take the service from all others.
/// </summary>
[PlantedFault("F15", Shows = "slow clients hold every thread of the web server; silent ones hold theirs without any fault planted: no receive timeout")]
[FaultParameter("clients", "Clients that it serves at once, 1 to 9. Default 2.")]
internal sealed class F15(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly int _clients = (int)parameters.Number("clients", 2, 1, 9);

    public override bool ReadsWholeHeader => true;

    public override int MostClients(int most) => Math.Min(most, _clients);
}
