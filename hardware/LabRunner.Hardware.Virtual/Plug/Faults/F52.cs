using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>A cut of the supply while the flash is being tidied up after a save loses the configuration, or a worn flash keeps no save at all.</summary>
[PlantedFault("F52", Shows = "factory settings after a power cut soon after a save; or what was saved is gone at the next boot")]
[FaultParameter("mode", "cut: a cut soon after a save loses the configuration; worn: no save of the configuration is kept. Default cut.")]
[FaultParameter("window", "cut: time after a save in which a cut is deadly. Default 500ms.")]
[FaultParameter("probability", "cut: share of such cuts that lose it, 0 to 1. Default 1.")]
internal sealed class F52(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly bool _worn = parameters.Word("mode", "cut", "worn") == "worn";
    private readonly TimeSpan _window = parameters.Duration("window", "500ms", chance);
    private readonly double _probability = parameters.Number("probability", 1, 0, 1);

    public override bool KeepsSaves => !_worn;

    public override void OnSupplyLost(VirtualPlug plug)
    {
        if (!_worn && plug.Flash.WrittenAt is { } written && plug.Engine.Now - written <= _window && Chance.NextUnit() < _probability)
        {
            plug.Flash.LoseArea();
        }
    }
}
