using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>The calendar is wrong: off by a fixed time, back in 1970, deadly at midnight, or the energy of the day rolls twice, never or at each boot. Needs startDriver NTP.</summary>
[PlantedFault("F28", Layer = FaultLayer.Air, Shows = "wrong date, or a crash or wrong energy per day when the day rolls")]
[FaultParameter("mode", "offset: the clock is off; epoch: it never leaves 1970; midnight: an exception when the day rolls; twice: the energy of the day rolls again 40 s later; never: it does not roll; boots: it rolls again after each boot. Default offset.")]
[FaultParameter("by", "offset: how far it is ahead, a duration. Default 1h.")]
internal sealed class F28(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly string _mode = parameters.Word("mode", "offset", "epoch", "midnight", "twice", "never", "boots");
    private readonly TimeSpan _by = parameters.Duration("by", "1h", chance);

    public override bool RollsDay => _mode != "never";

    public override bool RemembersDay => _mode != "boots";

    public override DateTimeOffset Synchronised(PlugFirmware firmware, DateTimeOffset time) => _mode switch
    {
        "offset" => time + _by,
        "epoch" => DateTimeOffset.UnixEpoch.AddSeconds(firmware.UptimeSeconds),
        _ => time,
    };

    public override void OnMidnight(PlugFirmware firmware)
    {
        if (_mode == "midnight")
        {
            firmware.Crash(CrashKind.LoadAccessFault);
        }
        else if (_mode == "twice")
        {
            firmware.Scope.After(40_000, firmware.Meter.NewDay);
        }
    }
}
