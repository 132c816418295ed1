using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>A station whose attempt falls among many others, before or after it, gives up for the rest of the boot.</summary>
[PlantedFault("F62", Layer = FaultLayer.Air, Shows = "stays away when many come back at once")]
[FaultParameter("stations", "Joins of others within 5 s that are too many, 1 to 50. Default 3.")]
internal sealed class F62(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    // A little less than what RecentJoins looks back, so that its own join still counts.
    private const int AfterMilliseconds = 4_900;

    private readonly int _stations = (int)parameters.Number("stations", 3, 1, 50);
    private bool _givesUp;

    public override void OnAppStarted(PlugFirmware firmware) => _givesUp = false;

    public override bool Joins(PlugFirmware firmware)
    {
        bool crowded = firmware.Plug.Air.RecentJoins >= _stations;
        if (crowded)
        {
            firmware.Log.Info("MAIN", "Main_OnWiFiStatusChange - WIFI_STA_DISCONNECTED - 2");
        }
        else
        {
            firmware.Scope.After(AfterMilliseconds, () =>
            {
                if (firmware.Plug.Air.RecentJoins - 1 >= _stations)
                {
                    _givesUp = true;
                    firmware.Plug.Air.Deauthenticate(firmware.Plug.Mac);
                }
            });
        }

        return !crowded;
    }

    public override TimeSpan? Rejoin(PlugFirmware firmware, Air.LinkLoss loss) => _givesUp ? null : TimeSpan.Zero;
}
