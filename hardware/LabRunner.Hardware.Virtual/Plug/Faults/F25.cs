using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>The main loop resolves a name now and then and waits for the answer: without one, or with a slow one, the watchdog bites.</summary>
[PlantedFault("F25", Layer = FaultLayer.Air, Shows = "watchdog reboots while the name server is silent")]
[FaultParameter("every", "Time between two questions. Default 60s.")]
[FaultParameter("on", "silence: it waits for an answer that does not come or is late; unknown: it asks at once again for a name that is unknown, without a pause. Default silence.")]
internal sealed class F25(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    // DNS_TMR_INTERVAL times retries of lwIP: far beyond the watchdog.
    private static readonly TimeSpan GivesUp = TimeSpan.FromSeconds(20);

    private readonly bool _spins = parameters.Word("on", "silence", "unknown") == "unknown";

    public override void OnAppStarted(PlugFirmware firmware) => Ask(firmware);

    private void Ask(PlugFirmware firmware) => firmware.Scope.After(Parameters.Duration("every", "60s", Chance), () =>
    {
        if (firmware.Plug.Reachable)
        {
            TimeSpan? answer = firmware.Plug.Air.Resolve(firmware.Plug.Station, firmware.Wifi.Ip, "pool.ntp.org", out bool found);
            firmware.Loop.Block(!_spins ? answer ?? GivesUp : answer is not null && !found ? GivesUp : TimeSpan.Zero);
        }

        Ask(firmware);
    });
}
