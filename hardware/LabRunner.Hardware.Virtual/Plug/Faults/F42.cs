using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>A toggle now and then changes the channel and what is reported, but not the pin.</summary>
[PlantedFault("F42", Layer = FaultLayer.Actuator, Shows = "reported state and contact differ")]
[FaultParameter("every", "Each how many changes one is lost, 1 to 1000. Default 3.")]
[FaultParameter("uptime", "Uptime from which they are counted: a duration or a range. Default 0s.")]
internal sealed class F42(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly int _every = (int)parameters.Number("every", 3, 1, 1000);
    private readonly TimeSpan _from = parameters.Duration("uptime", "0s", chance);
    private int _changes;
    private int _decidedAt = -1;
    private bool _follows = true;

    public override bool RelayFollows(PlugFirmware firmware)
    {
        // The pins are refreshed for many reasons: what was decided for a change of the channels holds until the next.
        if (firmware.Channels.Changes != _decidedAt && firmware.Scope.Now - firmware.Scope.Started >= _from)
        {
            _decidedAt = firmware.Channels.Changes;
            _follows = ++_changes % _every != 0;
        }

        return _follows;
    }

    public override void OnPinsSetUp(PlugFirmware firmware)
    {
        _decidedAt = -1;
        _follows = true;
    }
}
