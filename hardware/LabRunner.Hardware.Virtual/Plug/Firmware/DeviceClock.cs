using System.Globalization;
using LabRunner.Hardware.Virtual.Plug.Faults;

namespace LabRunner.Hardware.Virtual.Plug.Firmware;

/// <summary>
/// The device's calendar (drv_ntp.c): counts from 1970 until the NTP driver has heard the time server, then on from what it heard; it
/// asks again every minute. Energy per day follows its day of the month: another one, also an earlier one, is a new day (drv_bl_shared.c).
/// </summary>
internal sealed class DeviceClock(PlugFirmware firmware)
{
    private const int AskEvery = 60;

    private DateTimeOffset _heard;
    private TimeSpan _heardAt;
    private int _askIn;

    /// <summary>startDriver NTP.</summary>
    public bool Running { get; private set; }

    public bool Synchronised { get; private set; }

    /// <summary>Day of the month to which the energy of the day belongs, kept in flash with it; null until the first one.</summary>
    public int? Day { get; private set; } = firmware.Faults.All(f => f.RemembersDay) ? firmware.Plug.Flash.Vars.Day : 0;

    /// <summary>ntp_timeZoneOfs.</summary>
    public TimeSpan Zone { get; set; }

    /// <summary>Local time of the device, as it prints it.</summary>
    public DateTime Now => Synchronised
        ? (_heard + (firmware.Scope.Now - _heardAt) + Zone).DateTime
        : DateTime.UnixEpoch.AddSeconds(firmware.UptimeSeconds);

    public void Run(bool run)
    {
        Running = run;
        _askIn = 1;
    }

    public void EverySecond()
    {
        if (!Running)
        {
            return;
        }

        if (--_askIn <= 0 && firmware.Plug.Reachable)
        {
            _askIn = AskEvery;
            Ask();
        }

        if (Synchronised && Now.Day is var day && day != Day)
        {
            bool rolled = Day is not null;
            Day = day;
            if (rolled)
            {
                if (firmware.Faults.All(f => f.RollsDay))
                {
                    firmware.Meter.NewDay();
                }

                foreach (PlantedFault fault in firmware.Faults)
                {
                    fault.OnMidnight(firmware);
                }
            }
        }
    }

    private void Ask()
    {
        if (firmware.Plug.Air.AskTime(firmware.Plug.Mac) is not { } error)
        {
            return;
        }

        DateTimeOffset time = firmware.Plug.Air.WorldTime + error;
        _heard = firmware.Faults.Aggregate(time, (t, fault) => fault.Synchronised(firmware, t));
        _heardAt = firmware.Scope.Now;
        if (!Synchronised)
        {
            long since1900 = _heard.ToUnixTimeSeconds() + 2_208_988_800;
            firmware.Log.Info("NTP", string.Create(CultureInfo.InvariantCulture, $"Seconds since Jan 1 1900 = {since1900}"));
        }

        Synchronised = true;
    }
}
