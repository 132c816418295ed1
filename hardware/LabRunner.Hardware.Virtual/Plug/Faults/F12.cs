using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>The application's tasks stop while stack and main loop go on: port 80 shakes hands until its control blocks are used up, nothing is answered or published.</summary>
[PlantedFault("F12", Shows = "ping answers; web, MQTT and button are dead")]
[FaultParameter("uptime", "Uptime of the death: a duration or a range drawn at each boot. Default 200s..280s.")]
[FaultParameter("button", "alive or dead. Default dead.")]
internal sealed class F12(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly bool _buttonDies = parameters.Word("button", "dead", "alive") == "dead";
    private bool _dead;

    public override bool AppDead => _dead;

    public override bool ButtonDead => _dead && _buttonDies;

    public override void OnAppStarted(PlugFirmware firmware)
    {
        _dead = false;
        firmware.AtUptime(Parameters.Duration("uptime", "200s..280s", Chance), () =>
        {
            _dead = true;
            firmware.Plug.SetService(PlugService.Mqtt, false);
        });
    }

    public override void OnSupplyLost(VirtualPlug plug) => _dead = false;
}
