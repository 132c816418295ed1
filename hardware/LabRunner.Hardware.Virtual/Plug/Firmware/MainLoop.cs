using System.Globalization;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Faults;

namespace LabRunner.Hardware.Virtual.Plug.Firmware;

/// <summary>
/// The every-second handler (user_main.c Main_OnEverySecond). The task sleeps 1,000 ticks between two runs, so a turn lasts a few
/// milliseconds more than a second while the uptime comes from the ticks. The watchdog is fed at its end.
/// </summary>
internal sealed class MainLoop(PlugFirmware firmware, Chance chance)
{
    private bool _stalled;
    private bool _bootMarked;
    private TimeSpan _blockedUntil;
    private int _saveIn;
    private int _unsafeIn;

    /// <summary>Configuration differs from flash: saved by the next turn, unless an OTA is running.</summary>
    public bool ConfigChanged { get; set; }

    /// <summary>Seconds to the scheduled reset, 0 = none.</summary>
    public int ResetIn { get; set; }

    public bool PowerSave { get; set; }

    /// <summary>SSDP driver: answers discovery requests.</summary>
    public bool Discovery { get; set; }

    /// <summary>mDNS driver: answers questions for services.</summary>
    public bool ServiceDiscovery { get; set; }

    public double ChipTemperature { get; private set; } = 25;

    public void Start()
    {
        foreach (PlantedFault fault in firmware.Faults)
        {
            fault.OnAppStarted(firmware);
        }

        Next();
    }

    /// <summary>The API saves three seconds later.</summary>
    public void SaveSoon() => _saveIn = 3;

    /// <summary>Leaves safe mode without a restart, three seconds later.</summary>
    public void UnsafeInitSoon() => _unsafeIn = 3;

    /// <summary>F03: the task never comes back; nothing is fed and nothing printed any more.</summary>
    public void Stall() => _stalled = true;

    /// <summary>The processor does nothing else for so long, as during an operation of the flash chip.</summary>
    public void Block(TimeSpan duration) => _blockedUntil = firmware.Scope.Now + duration;

    public void SaveNow()
    {
        if (ConfigChanged)
        {
            ConfigChanged = false;
            if (firmware.Faults.All(f => f.KeepsSaves))
            {
                firmware.Plug.Flash.Save(firmware.Config);
            }
            else
            {
                firmware.Config.ChangeCounter++;
            }

            firmware.FlashWritten();
        }
    }

    private void Next() => firmware.Scope.After(TimeSpan.FromMicroseconds(1_001_000 + chance.Below(2000)), Turn);

    private void Turn()
    {
        if (_stalled || Blocked(Turn))
        {
            return;
        }

        foreach (PlantedFault fault in firmware.Faults)
        {
            fault.OnEverySecond(firmware);
        }

        if (_stalled || firmware.Scope.Ended)
        {
            return;
        }

        ChipTemperature = 41 + (chance.NextUnit() * 2);
        if (firmware.Heap.Exhausted)
        {
            firmware.Log.Raw(string.Create(CultureInfo.InvariantCulture, $"Memory Allocate Failed. Current left size is {Math.Max(firmware.Heap.Free, 0)} bytes\r\n"));
            firmware.Hang();
            return;
        }

        firmware.Clock.EverySecond();
        firmware.Mqtt.EverySecond();
        if (firmware.Scope.Ended)
        {
            return;
        }

        firmware.Meter.EverySecond();
        firmware.Repeats.EverySecond();
        if (firmware.Scope.Ended)
        {
            return;
        }

        if (!firmware.Ota.InProgress && _saveIn == 0)
        {
            SaveNow();
        }

        Heartbeat();
        if (firmware.Log.Delay > TimeSpan.Zero)
        {
            // Each log call sleeps: the turn ends, and feeds, that much later.
            firmware.Scope.After(firmware.Log.Delay, Finish);
            return;
        }

        Finish();
    }

    private void Heartbeat()
    {
        int uptime = firmware.UptimeSeconds;
        firmware.Log.Info("MAIN", string.Create(
            CultureInfo.InvariantCulture,
            $"{(firmware.SafeMode ? "[SAFE] " : "")}Time {uptime}, idle 0/s, free {firmware.Heap.Free}, MQTT {(firmware.Mqtt.IsConnected ? 1 : 0)}({firmware.Mqtt.ConnectEvents}), bWifi {(firmware.Wifi.Connected ? 1 : 0)}, secondsWithNoPing -1, socks {firmware.Http.Sockets}/21 {(PowerSave ? "POWERSAVE" : "")}"));
        if (uptime % 10 == 0)
        {
            firmware.Log.Info("MAIN", string.Create(CultureInfo.InvariantCulture, $"sta: {(firmware.Wifi.Connected ? 1 : 0)}, softap: {(firmware.Wifi.AccessPoint ? 1 : 0)}, {firmware.Wifi.Addresses}"));
        }

        if (!_bootMarked && (int)(firmware.Scope.Now - firmware.Scope.Started).TotalSeconds > firmware.Config.BootOkSeconds + firmware.Faults.Sum(f => f.BootMarkedLate)
            && !firmware.Faults.Any(f => f.BootStaysIncomplete))
        {
            _bootMarked = true;
            firmware.Log.Info("MAIN", string.Create(CultureInfo.InvariantCulture, $"Boot complete time reached ({firmware.Config.BootOkSeconds} seconds)"));
            firmware.Plug.Flash.Vars.SuccessCount = firmware.Plug.Flash.Vars.BootCount;
        }
    }

    private bool Blocked(Action then)
    {
        TimeSpan left = _blockedUntil - firmware.Scope.Now;
        if (left <= TimeSpan.Zero)
        {
            return false;
        }

        firmware.Scope.After(left, then);
        return true;
    }

    private void Finish()
    {
        if (Blocked(Finish))
        {
            return;
        }

        firmware.Wifi.EverySecond();
        if (_saveIn > 0 && --_saveIn == 0)
        {
            SaveNow();
        }

        if (_unsafeIn > 0 && --_unsafeIn == 0)
        {
            firmware.Log.Info("MAIN", "Going to call Main_ForceUnsafeInit");
            BootSequence.InitPins(firmware, runScripts: false);
            firmware.SafeMode = false;
        }

        if (ResetIn > 0)
        {
            ResetIn--;
            if (ResetIn == 0)
            {
                SaveNow();
                firmware.Meter.SaveEnergy();
                firmware.Log.Info("MAIN", "Rebooting...");
                firmware.Reboot();
                return;
            }

            firmware.Log.Info("MAIN", string.Create(CultureInfo.InvariantCulture, $"Module reboot in {ResetIn}..."));
        }

        firmware.Watchdog.Feed();
        Next();
    }
}
