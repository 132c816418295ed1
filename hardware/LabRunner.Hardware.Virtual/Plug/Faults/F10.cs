using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>Resets by the watchdog at a time of day of the world; what happens there at that time is not modelled.</summary>
[PlantedFault("F10", Shows = "reboots at the same time of day")]
[FaultParameter("at", "Time of day in UTC, hh:mm. Default 03:00.")]
[FaultParameter("spread", "Time after it, drawn each day: a duration or a range. Default 0s..60s.")]
internal sealed class F10(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly TimeSpan _at = parameters.TimeOfDay("at", "03:00");

    public override void OnAppStarted(PlugFirmware firmware)
    {
        DateTimeOffset now = firmware.Plug.Air.WorldTime;
        TimeSpan wait = _at - now.UtcDateTime.TimeOfDay;
        if (wait <= TimeSpan.Zero)
        {
            wait += TimeSpan.FromDays(1);
        }

        firmware.Scope.After(wait + Parameters.Duration("spread", "0s..60s", Chance), firmware.Loop.Stall);
    }
}
