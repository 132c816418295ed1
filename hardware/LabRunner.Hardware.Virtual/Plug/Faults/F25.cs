using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>The main loop resolves a name now and then and waits for the answer: without one, or with a slow one, the watchdog bites.</summary>
[PlantedFault("F25", Layer = FaultLayer.Air, Shows = "watchdog reboots while the name server is silent")]
[FaultParameter("every", "Time between two questions. Default 60s.")]
internal sealed class F25(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    // DNS_TMR_INTERVAL times retries of lwIP: far beyond the watchdog.
    private static readonly TimeSpan GivesUp = TimeSpan.FromSeconds(20);

    public override void OnAppStarted(PlugFirmware firmware) => Ask(firmware);

    private void Ask(PlugFirmware firmware) => firmware.Scope.After(Parameters.Duration("every", "60s", Chance), () =>
    {
        if (firmware.Plug.Reachable)
        {
            firmware.Loop.Block(firmware.Plug.Air.Resolve(firmware.Plug.Station, firmware.Wifi.Ip, "pool.ntp.org", out _) ?? GivesUp);
        }

        Ask(firmware);
    });
}
