using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>Flash operations take longer than the watchdog allows: saves of configuration and energy, and the erase of an update.</summary>
[PlantedFault("F59", Shows = "watchdog reboot while something is written to flash")]
[FaultParameter("lasts", "Length of an operation: a duration or a range drawn each time. Default 3200ms..4s.")]
[FaultParameter("probability", "Share of the operations that are so slow, 0 to 1. Default 0.3.")]
internal sealed class F59(FaultParameters parameters, Chance chance) : OtaFault(parameters, chance)
{
    private readonly double _probability = parameters.Number("probability", 0.3, 0, 1);
    public override void OnFlashWritten(PlugFirmware firmware) => Block(firmware);

    public override int? OnStarted(PlugFirmware firmware, int contentLength)
    {
        Block(firmware);
        return null;
    }

    private void Block(PlugFirmware firmware)
    {
        if (Chance.NextUnit() < _probability)
        {
            firmware.Loop.Block(Parameters.Duration("lasts", "3200ms..4s", Chance));
        }
    }
}
