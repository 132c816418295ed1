using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>Settings, names and calibration are the factory's again after an update.</summary>
[PlantedFault("F38", Layer = FaultLayer.Update, Shows = "settings lost by an update")]
[FaultParameter("probability", "Share of updates that lose them, 0 to 1. Default 1.")]
internal sealed class F38(FaultParameters parameters, Chance chance) : OtaFault(parameters, chance)
{
    private readonly double _probability = parameters.Number("probability", 1, 0, 1);

    public override bool LosesSettings => Chance.NextUnit() < _probability;
}
