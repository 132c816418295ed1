using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>Pulses without a load (creep), or small loads that are not seen.</summary>
[PlantedFault("F50", Layer = FaultLayer.Meter, Shows = "power without a load, or none with a small one")]
[FaultParameter("mode", "creep or blind. Default creep.")]
[FaultParameter("watts", "creep: what is read without a load; blind: loads below this read 0. W, 0.1 to 100. Default 3.")]
internal sealed class F50(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly bool _creeps = parameters.Word("mode", "creep", "blind") == "creep";
    private readonly double _watts = parameters.Number("watts", 3, 0.1, 100);
    private double _carried;

    public override long Counted(PlugFirmware firmware, PulseChannel channel, long pulses)
    {
        double perSecond = _watts / firmware.Config.WattsPerHertz;
        if (channel != PulseChannel.Cf || (_creeps ? pulses > 0 : pulses >= perSecond))
        {
            return pulses;
        }

        if (!_creeps)
        {
            return 0;
        }

        _carried += perSecond;
        long whole = (long)_carried;
        _carried -= whole;
        return whole;
    }
}
