using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>A cut of the supply while the flash is being tidied up after a save loses the configuration.</summary>
[PlantedFault("F52", Shows = "factory settings after a power cut soon after a save")]
[FaultParameter("window", "Time after a save in which a cut is deadly. Default 500ms.")]
[FaultParameter("probability", "Share of such cuts that lose it, 0 to 1. Default 1.")]
internal sealed class F52(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly TimeSpan _window = parameters.Duration("window", "500ms", chance);
    private readonly double _probability = parameters.Number("probability", 1, 0, 1);

    public override void OnSupplyLost(VirtualPlug plug)
    {
        if (plug.Flash.WrittenAt is { } written && plug.Engine.Now - written <= _window && Chance.NextUnit() < _probability)
        {
            plug.Flash.LoseArea();
        }
    }
}
