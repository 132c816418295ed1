using System.Globalization;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Virtual.Plug.Board;

namespace LabRunner.Hardware.Virtual.Plug.Firmware;

/// <summary>
/// BL0937 driver (drv_bl0937.c, drv_pwrCal.c, drv_bl_shared.c): counts CF and CF1 over each turn of the main loop, toggles SEL, scales by
/// the constants in volts, amperes and watts per hertz, filters, integrates energy.
/// </summary>
internal sealed class MeterDriver(PlugFirmware firmware)
{
    private TimeSpan _stamp;
    private long _cfAt;
    private long _cf1At;
    private bool _sel;
    private bool _inverted;
    private int _cfPin = -1;
    private int _cf1Pin = -1;
    private long _rawVolts;
    private long _rawAmperes;
    private long _rawWatts;
    private double _lastValidPower;
    private double _savedWattHours;
    private TimeSpan _savedAt;

    public bool Running { get; private set; }

    public int SelPin { get; private set; } = -1;

    /// <summary>True once a first window is complete: the page shows the table.</summary>
    public bool HasData { get; private set; }

    public double Volts { get; private set; }

    public double Amperes { get; private set; }

    public double Watts { get; private set; }

    public double ApparentPower => Volts * Amperes;

    public double ReactivePower => ApparentPower <= Math.Abs(Watts) ? 0 : Math.Sqrt((ApparentPower * ApparentPower) - (Watts * Watts));

    public double PowerFactor => ApparentPower == 0 ? 1 : Watts / ApparentPower;

    public double TotalWattHours { get; private set; }

    public double TodayWattHours { get; private set; }

    public double YesterdayWattHours { get; private set; }

    public int SaveCounter { get; private set; }

    /// <summary>Energy is written to flash when it has grown by this, 1 to 5,000 Wh.</summary>
    public double SaveThresholdWattHours { get; set; } = 10;

    public EnergyStatistics Statistics { get; } = new();

    public EnergyPublisher Publisher { get; } = new(firmware);

    public void StartIfPinsAllow()
    {
        PlugConfig config = firmware.Config;
        if (config.FindPin(PinRole.Cf) >= 0 && config.FindPin(PinRole.Cf1) >= 0
            && (config.FindPin(PinRole.Sel) >= 0 || config.FindPin(PinRole.SelInverted) >= 0))
        {
            Start();
        }
    }

    public void Start()
    {
        if (Running)
        {
            firmware.Log.Info("MAIN", "Drv BL0937 is already loaded.");
            return;
        }

        Running = true;
        TotalWattHours = firmware.Faults.Aggregate(firmware.Plug.Flash.Vars.EnergyTotalWattHours, (e, fault) => fault.RestoredEnergy(e));
        TodayWattHours = firmware.Plug.Flash.Vars.EnergyTodayWattHours;
        YesterdayWattHours = firmware.Plug.Flash.Vars.EnergyYesterdayWattHours;
        _savedWattHours = TotalWattHours;
        _savedAt = firmware.Scope.Now;
        _sel = true;
        InitPins();
        firmware.Log.Info("MAIN", "Started BL0937.");
    }

    public void Stop()
    {
        Running = false;
        firmware.Log.Info("MAIN", "Drv BL0937 has been stopped.");
    }

    public void EverySecond()
    {
        if (!Running)
        {
            return;
        }

        if (PinsChanged())
        {
            firmware.Log.Info("EnergyMeter", "BL0937 pins have changed, will reset the interrupts");
            InitPins();
            return;
        }

        TimeSpan now = firmware.Scope.Now;
        long cf1 = Window(_sel != _inverted ? PulseChannel.Cf1Voltage : PulseChannel.Cf1Current, CountCf1(now) - _cf1At);
        if (_sel != _inverted)
        {
            _rawVolts = cf1;
        }
        else
        {
            _rawAmperes = cf1;
        }

        _sel = !_sel;
        firmware.Pins.DriveSel(_sel);
        _cf1At = CountCf1(now);
        long cf = CountCf(now);
        _rawWatts = Window(PulseChannel.Cf, cf - _cfAt);
        _cfAt = cf;
        // Ticks of 1 ms, each stamp cut to a whole one: a window is off by up to a tick either way, their mean is not.
        double seconds = ((long)now.TotalMilliseconds - (long)_stamp.TotalMilliseconds) / 1000.0;
        _stamp = now;
        // The quantity not measured in this window keeps its count but is divided by the new window, as in the driver.
        double perSecond = PerSecond(seconds, firmware.Faults.Any(f => f.MeterWindowSwapped));
        double watts = _rawWatts * firmware.Config.WattsPerHertz * perSecond;
        if (watts > firmware.Config.PowerMaxWatts)
        {
            firmware.Log.Info("EnergyMeter", string.Create(
                CultureInfo.InvariantCulture,
                $"Power reading: {watts:F6} exceeded MAX limit: {firmware.Config.PowerMaxWatts:F6}, Last: {_lastValidPower:F6}"));
            watts = _lastValidPower;
        }
        else
        {
            _lastValidPower = watts;
        }

        Update(_rawVolts * firmware.Config.VoltsPerHertz * perSecond, _rawAmperes * firmware.Config.AmperesPerHertz * perSecond, watts, seconds);
    }

    /// <summary>
    /// What makes hertz of a count. Before January 2025 the firmware multiplied by the window where it should divide, so that a reading grew
    /// with the square of the window (OpenBK7231T_App issue 1270, mended by 1280).
    /// </summary>
    internal static double PerSecond(double seconds, bool swapped) => swapped ? seconds : 1 / seconds;

    /// <summary>VoltageSet, CurrentSet, PowerSet: the constant becomes the true value over the raw count of the last window.</summary>
    /// <returns>False: nothing was counted, so there is nothing to calibrate with.</returns>
    public bool Calibrate(PulseChannel what, double actual)
    {
        long raw = what switch { PulseChannel.Cf => _rawWatts, PulseChannel.Cf1Voltage => _rawVolts, _ => _rawAmperes };
        if (raw == 0 || actual == 0)
        {
            return false;
        }

        switch (what)
        {
            case PulseChannel.Cf: firmware.Config.WattsPerHertz = actual / raw; break;
            case PulseChannel.Cf1Voltage: firmware.Config.VoltsPerHertz = actual / raw; break;
            default: firmware.Config.AmperesPerHertz = actual / raw; break;
        }

        firmware.MarkConfigChanged();
        return true;
    }

    public void ResetEnergy(double wattHours)
    {
        TotalWattHours = wattHours;
        TodayWattHours = wattHours;
        SaveEnergy();
    }

    public void SaveEnergy()
    {
        if (Running)
        {
            FlashVars vars = firmware.Plug.Flash.Vars;
            (vars.EnergyTotalWattHours, vars.EnergyTodayWattHours, vars.EnergyYesterdayWattHours) = (TotalWattHours, TodayWattHours, YesterdayWattHours);
            vars.Day = firmware.Clock.Day;
            _savedWattHours = TotalWattHours;
            _savedAt = firmware.Scope.Now;
            SaveCounter++;
            firmware.FlashWritten();
        }
    }

    /// <summary>The device's clock passed midnight.</summary>
    public void NewDay()
    {
        YesterdayWattHours = TodayWattHours;
        TodayWattHours = 0;
        SaveEnergy();
    }

    private bool PinsChanged() =>
        _cfPin != firmware.Config.FindPin(PinRole.Cf) || _cf1Pin != firmware.Config.FindPin(PinRole.Cf1) || SelPin != FindSel();

    private int FindSel()
    {
        int inverted = firmware.Config.FindPin(PinRole.SelInverted);
        return inverted >= 0 ? inverted : firmware.Config.FindPin(PinRole.Sel);
    }

    private void InitPins()
    {
        _cfPin = firmware.Config.FindPin(PinRole.Cf);
        _cf1Pin = firmware.Config.FindPin(PinRole.Cf1);
        SelPin = FindSel();
        _inverted = firmware.Config.FindPin(PinRole.SelInverted) >= 0;
        firmware.Pins.DriveSel(_sel);
        _stamp = firmware.Scope.Now;
        _cfAt = CountCf(_stamp);
        _cf1At = CountCf1(_stamp);
    }

    private long CountCf(TimeSpan now) => Count(_cfPin, now);

    private long CountCf1(TimeSpan now) => Count(_cf1Pin, now);

    // A pin counts what is soldered to it, whatever role the firmware gave it; CF1 is what the chip's SEL input asks for.
    private long Count(int pin, TimeSpan now)
    {
        if (firmware.Faults.Any(f => f.MeterDeaf) || !firmware.Plug.Wired.TryGetValue(pin, out (PinRole Role, int Channel) wired))
        {
            return 0;
        }

        return wired.Role switch
        {
            PinRole.Cf => firmware.Plug.CountPulses(Heard(PulseChannel.Cf), now),
            PinRole.Cf1 => firmware.Plug.CountPulses(
                Heard(firmware.Plug.ChipSelectsVoltage ? PulseChannel.Cf1Voltage : PulseChannel.Cf1Current), now),
            _ => 0,
        };
    }

    private PulseChannel Heard(PulseChannel channel) => firmware.Faults.Aggregate(channel, (c, fault) => fault.Heard(c));

    private long Window(PulseChannel channel, long pulses) =>
        firmware.Faults.Aggregate(pulses, (p, fault) => fault.Counted(firmware, channel, p));

    private void Update(double volts, double amperes, double watts, double seconds)
    {
        bool forceZero = firmware.Config.HasFlag(38) && firmware.Channels.Relays().All(c => firmware.Channels.Get(c) == 0);
        Volts = volts;
        Amperes = forceZero ? 0 : amperes;
        Watts = forceZero ? 0 : watts;
        HasData = true;
        seconds = firmware.Faults.Aggregate(seconds, (s, fault) => fault.Elapsed(firmware, s));
        double wattHours = seconds * Watts / 3600;
        TotalWattHours += wattHours;
        TodayWattHours += wattHours;
        bool interval = Statistics.Add(seconds, wattHours);
        Publisher.Update(this, interval && Statistics.Json);
        bool due = TotalWattHours - _savedWattHours >= SaveThresholdWattHours || firmware.Scope.Now - _savedAt >= TimeSpan.FromHours(6);
        if (due && !firmware.Ota.InProgress)
        {
            SaveEnergy();
        }
    }
}
