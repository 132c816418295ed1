using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>The energy total that a boot finds in flash is not the one that was saved.</summary>
[PlantedFault("F49", Layer = FaultLayer.Meter, Shows = "energy total lost, jumped or gone back at a start")]
[FaultParameter("mode", "lost: 0; jump: too much; back: too little. Default lost.")]
[FaultParameter("by", "jump and back: Wh, 1 to 1000000. Default 500.")]
internal sealed class F49(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly string _mode = parameters.Word("mode", "lost", "jump", "back");
    private readonly double _by = parameters.Number("by", 500, 1, 1_000_000);

    public override double RestoredEnergy(double wattHours) => _mode switch
    {
        "lost" => 0,
        "jump" => wattHours + _by,
        _ => Math.Max(wattHours - _by, 0),
    };
}
