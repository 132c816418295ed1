using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>The button is dead, presses itself, or hangs, with the right GPIO configured (a wrong GPIO is a wiring mismatch instead).</summary>
[PlantedFault("F43", Layer = FaultLayer.Actuator, Shows = "presses that do nothing, or toggles that nobody pressed")]
[FaultParameter("mode", "dead: no press arrives; ghost: presses nobody made; stuck: held from an uptime on; bounce: one press toggles twice; chatter: no debounce; double, hold, power-up: a double click, the end of a hold, the release after a power-up toggles. Default dead.")]
[FaultParameter("every", "ghost: time between two presses, a duration or a range drawn each time. Default 60s..180s.")]
[FaultParameter("uptime", "stuck: uptime from which it is held. Default 30s.")]
internal sealed class F43(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private static readonly TimeSpan GhostPress = TimeSpan.FromMilliseconds(150);

    private readonly string _mode = parameters.Word("mode", "dead", "ghost", "stuck", "bounce", "chatter", "double", "hold", "power-up");
    private bool _held;

    public override bool ButtonDead => _mode == "dead" || _held;

    public override ButtonFlaw ButtonFlaw => _mode switch
    {
        "bounce" => ButtonFlaw.Twice,
        "chatter" => ButtonFlaw.Chatter,
        "double" => ButtonFlaw.Double,
        "hold" => ButtonFlaw.Hold,
        "power-up" => ButtonFlaw.PowerUp,
        _ => ButtonFlaw.None,
    };

    public override void OnAppStarted(PlugFirmware firmware)
    {
        _held = false;
        if (_mode == "ghost")
        {
            Haunt(firmware);
        }
        else if (_mode == "stuck")
        {
            firmware.AtUptime(Parameters.Duration("uptime", "30s", Chance), () =>
            {
                _held = true;
                firmware.Button.ContactChanged(true);
            });
        }
    }

    private void Haunt(PlugFirmware firmware) => firmware.Scope.After(Parameters.Duration("every", "60s..180s", Chance), () =>
    {
        firmware.Button.ContactChanged(true);
        firmware.Scope.After(GhostPress, () => firmware.Button.ContactChanged(false));
        Haunt(firmware);
    });
}
