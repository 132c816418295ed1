using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>SetupEnergyStats, or a repeating event, freezes the network one second before its first interval ends (59 s for 60); a reset clears it.</summary>
[PlantedFault("F09", Shows = "network dead one second before the statistics interval ends")]
[FaultParameter("by", "energy: SetupEnergyStats; events: addRepeatingEvent. Default energy.")]
internal sealed class F09(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly bool _byEvents = parameters.Word("by", "energy", "events") == "events";
    private IDisposable? _freeze;

    public override void OnAppStarted(PlugFirmware firmware)
    {
        // The scope of the boot before has ended and taken its event along. Statistics from the startup command were set up before.
        if (firmware.Meter.Statistics.Enabled)
        {
            OnEnergyStats(firmware, true, firmware.Meter.Statistics.IntervalSeconds);
        }
    }

    public override void OnEnergyStats(PlugFirmware firmware, bool enabled, int intervalSeconds)
    {
        _freeze?.Dispose();
        _freeze = enabled && !_byEvents ? FreezeBefore(firmware, intervalSeconds) : null;
    }

    public override void OnRepeatingEvent(PlugFirmware firmware, int intervalSeconds)
    {
        if (_byEvents)
        {
            FreezeBefore(firmware, intervalSeconds);
        }
    }

    private static IDisposable FreezeBefore(PlugFirmware firmware, int intervalSeconds) => firmware.Scope.After(TimeSpan.FromSeconds(intervalSeconds - 1), firmware.Wifi.Freeze);
}
