using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>A window now and then counts far too many pulses.</summary>
[PlantedFault("F46", Layer = FaultLayer.Meter, Shows = "one impossible sample now and then")]
[FaultParameter("every", "Time between two spikes: a duration or a range drawn each time. Default 120s..240s.")]
[FaultParameter("watts", "Height of a spike, W, 10 to 3600 (above PowerMax the firmware repeats the last value). Default 2500.")]
internal sealed class F46(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly double _watts = parameters.Number("watts", 2500, 10, 3600);
    private TimeSpan _next;

    public override void OnAppStarted(PlugFirmware firmware) => Plan(firmware);

    public override long Counted(PlugFirmware firmware, PulseChannel channel, long pulses)
    {
        if (channel != PulseChannel.Cf || firmware.Scope.Now < _next)
        {
            return pulses;
        }

        Plan(firmware);
        return (long)(_watts / firmware.Config.WattsPerHertz);
    }

    private void Plan(PlugFirmware firmware) => _next = firmware.Scope.Now + Parameters.Duration("every", "120s..240s", Chance);
}
