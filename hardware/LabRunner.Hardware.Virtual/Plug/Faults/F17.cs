using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>Heap leaks at a steady rate until the next boot.</summary>
[PlantedFault("F17", Shows = "free heap falls steadily")]
[FaultParameter("bytesPerSecond", "Leak rate in bytes a second, 0 to 10000. Default 6.")]
internal sealed class F17(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly double _rate = parameters.Number("bytesPerSecond", 6, 0, 10_000);

    public override void OnAppStarted(PlugFirmware firmware) => firmware.Heap.LeakFrom(_rate);
}
