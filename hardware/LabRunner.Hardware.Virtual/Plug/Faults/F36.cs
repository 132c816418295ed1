using LabRunner.Hardware.Images;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>A Content-Length that is not the file's, or none, ends in a load access fault.</summary>
[PlantedFault("F36", Layer = FaultLayer.Update, Shows = "a lying length takes the plug down")]
internal sealed class F36(FaultParameters parameters, Chance chance) : OtaFault(parameters, chance)
{
    public override void OnHeader(PlugFirmware firmware, uint bodyLength, int contentLength)
    {
        if (contentLength != bodyLength + OtaImage.HeaderLength)
        {
            firmware.Crash(CrashKind.LoadAccessFault);
        }
    }
}
