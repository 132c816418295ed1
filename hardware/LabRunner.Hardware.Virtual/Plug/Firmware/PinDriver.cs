namespace LabRunner.Hardware.Virtual.Plug.Firmware;

/// <summary>Output pins of the running firmware: what each role drives. Null level = input, not driven.</summary>
internal sealed class PinDriver(PlugFirmware firmware)
{
    private TimeSpan _relayHeldUntil;

    public bool?[] Levels { get; } = new bool?[firmware.Plug.Chip.Pins];

    /// <summary>True once pins were set up; in safe mode they are not.</summary>
    public bool Ready { get; private set; }

    /// <summary>Drives all pins by their roles.</summary>
    /// <param name="relayHold">Extra time the relays stay undriven.</param>
    public void SetUp(TimeSpan relayHold)
    {
        Ready = true;
        _relayHeldUntil = firmware.Scope.Now + relayHold;
        if (relayHold > TimeSpan.Zero)
        {
            firmware.Scope.After(relayHold, Refresh);
        }

        Refresh();
    }

    /// <summary>Brings every output to what its role and channel say.</summary>
    public void Refresh()
    {
        if (!Ready)
        {
            return;
        }

        for (int pin = 0; pin < Levels.Length; pin++)
        {
            Levels[pin] = LevelOf(firmware.Config.Roles[pin], firmware.Config.Channels[pin], Levels[pin]);
        }

        firmware.Plug.PinsChanged();
        firmware.Inputs.Changed();
    }

    /// <summary>Drives the meter's SEL pin; firmware without that role has nothing to drive.</summary>
    public void DriveSel(bool high)
    {
        int pin = firmware.Meter.SelPin;
        if (pin >= 0)
        {
            Levels[pin] = high;
            firmware.Plug.PinsChanged();
        }
    }

    private bool? Relay(bool wanted, bool? current) =>
        current is null || current == wanted || firmware.Faults.All(f => f.RelayFollows(firmware)) ? wanted : current;

    private bool? LevelOf(PinRole role, int channel, bool? current)
    {
        bool on = firmware.Channels.Get(channel) != 0;
        bool held = firmware.Scope.Now < _relayHeldUntil;
        return role switch
        {
            PinRole.Rel => held ? null : Relay(on, current),
            PinRole.RelInverted => held ? null : Relay(!on, current),
            PinRole.Led => on,
            PinRole.LedInverted => !on,
            PinRole.WifiLed => firmware.Wifi.Connected,
            PinRole.WifiLedInverted => !firmware.Wifi.Connected,
            PinRole.Sel or PinRole.SelInverted => current,
            PinRole.AlwaysHigh => true,
            PinRole.AlwaysLow => false,
            _ => null,
        };
    }
}
