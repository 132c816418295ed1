using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>The start value of the relay is not obeyed at boot.</summary>
[PlantedFault("F41", Layer = FaultLayer.Actuator, Shows = "the relay is not what the start value says")]
[FaultParameter("mode", "on, off, inverted: what the relay becomes at boot. Default inverted.")]
[FaultParameter("channel", "Channel of the relay, 0 to 63. Default 1.")]
internal sealed class F41(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly string _mode = parameters.Word("mode", "inverted", "on", "off");
    private readonly int _channel = (int)parameters.Number("channel", 1, 0, 63);

    public override int StartValue(int channel, int value) => channel != _channel ? value : _mode switch
    {
        "on" => 1,
        "off" => 0,
        _ => value == 0 ? 1 : 0,
    };
}
