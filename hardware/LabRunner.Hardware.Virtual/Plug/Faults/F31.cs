using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>A fast upload ends in a load access fault; a throttled one passes (issue #1292).</summary>
[PlantedFault("F31", Layer = FaultLayer.Update, Shows = "a dump in the middle of an upload")]
[FaultParameter("bytesPerSecond", "Mean rate of the body above which it crashes, 1000 to 1000000. Default 64000.")]
[FaultParameter("bytes", "Body bytes before which it never crashes, 0 to 557056. Default 65536.")]
internal sealed class F31(FaultParameters parameters, Chance chance) : OtaFault(parameters, chance)
{
    private readonly double _rate = parameters.Number("bytesPerSecond", 64_000, 1_000, 1_000_000);
    private readonly int _bytes = (int)parameters.Number("bytes", 65_536, 0, 557_056);

    public override void OnStored(PlugFirmware firmware, int total, TimeSpan since)
    {
        if (total > _bytes && total > _rate * since.TotalSeconds)
        {
            firmware.Crash(CrashKind.LoadAccessFault);
        }
    }
}
