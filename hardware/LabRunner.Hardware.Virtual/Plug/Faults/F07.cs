using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>No boot is ever marked good, so the fifth start, however long the others lasted, is safe mode and all after it; or boots are marked at another uptime than FullBootTime says.</summary>
[PlantedFault("F07", Shows = "[SAFE] after five ordinary starts, pins off, access point open")]
[FaultParameter("late", "Seconds by which a boot is marked good later than FullBootTime says, -4 (sooner) to 60. Default: never marked.")]
internal sealed class F07(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly int _late = (int)parameters.Number("late", 0, -4, 60);

    public override bool BootStaysIncomplete => Parameters.Text("late") is null;

    public override int BootMarkedLate => _late;
}
