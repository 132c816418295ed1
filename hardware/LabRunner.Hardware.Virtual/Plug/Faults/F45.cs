using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>The meter chip's outputs are not where the firmware looks: SEL inverted or not connected, or CF and CF1 swapped.</summary>
[PlantedFault("F45", Layer = FaultLayer.Meter, Shows = "voltage and current swapped, or power nonsense")]
[FaultParameter("mode", "sel-inverted, sel-missing (the chip always gives current) or cf-swapped (each pin hears the other output). Default sel-inverted.")]
internal sealed class F45(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly string _mode = parameters.Word("mode", "sel-inverted", "sel-missing", "cf-swapped");

    public override PulseChannel Heard(PulseChannel channel) => (_mode, channel) switch
    {
        ("sel-inverted", PulseChannel.Cf1Voltage) => PulseChannel.Cf1Current,
        ("sel-inverted", PulseChannel.Cf1Current) => PulseChannel.Cf1Voltage,
        ("sel-missing", PulseChannel.Cf1Voltage) => PulseChannel.Cf1Current,
        ("cf-swapped", PulseChannel.Cf) => PulseChannel.Cf1Voltage,
        ("cf-swapped", PulseChannel.Cf1Voltage or PulseChannel.Cf1Current) => PulseChannel.Cf,
        _ => channel,
    };
}
