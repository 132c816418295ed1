using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>Updates work a number of times in a row; the next one stalls for ever, until a power cycle.</summary>
[PlantedFault("F39", Layer = FaultLayer.Update, Shows = "updates work a number of times, then stall")]
[FaultParameter("uploads", "Uploads that work after power-on, 1 to 1000. Default 3.")]
internal sealed class F39(FaultParameters parameters, Chance chance) : OtaFault(parameters, chance)
{
    // As much as was read in the reports of stalled uploads.
    private const int Stalled = 253;

    private readonly int _most = (int)parameters.Number("uploads", 3, 1, 1_000);
    private int _done;

    public override void OnAppStarted(PlugFirmware firmware)
    {
        if (firmware.ResetReason == ResetReason.PowerOff)
        {
            _done = 0;
        }
    }

    public override int? OnStarted(PlugFirmware firmware, int contentLength) => _done++ < _most ? null : Stalled;
}
