using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>Updates work a number of times in a row; the next one stalls for ever, until a power cycle, or is accepted and never run.</summary>
[PlantedFault("F39", Layer = FaultLayer.Update, Shows = "updates work a number of times, then stall, or are accepted and not run")]
[FaultParameter("uploads", "Uploads that work after power-on, 0 to 1000. Default 3.")]
[FaultParameter("then", "stall, or drop: the upload is accepted, but the partition table is not switched to it. Default stall.")]
internal sealed class F39(FaultParameters parameters, Chance chance) : OtaFault(parameters, chance)
{
    // As much as was read in the reports of stalled uploads.
    private const int Stalled = 253;

    private readonly int _most = (int)parameters.Number("uploads", 3, 0, 1_000);
    private readonly bool _drops = parameters.Word("then", "stall", "drop") == "drop";
    private int _done;

    public override void OnAppStarted(PlugFirmware firmware)
    {
        if (firmware.ResetReason == ResetReason.PowerOff)
        {
            _done = 0;
        }
    }

    public override bool RunsWhatItTook => !_drops || _done <= _most;

    public override int? OnStarted(PlugFirmware firmware, int contentLength) => _done++ < _most || _drops ? null : Stalled;
}
