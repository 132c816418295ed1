namespace LabRunner.Hardware.Virtual.Plug.Firmware;

/// <summary>
/// Pins with role dInput (new_pins.c): the channel of each follows its level once that has stood for the debounce time. Pulses of a meter chip are
/// far too short to be seen so.
/// </summary>
internal sealed class DigitalInputs(PlugFirmware firmware)
{
    private static readonly TimeSpan Debounce = TimeSpan.FromMilliseconds(100);

    private IDisposable? _due;

    /// <summary>A level or a role has changed.</summary>
    public void Changed()
    {
        if (firmware.Scope.Ended || !firmware.Pins.Ready || !firmware.Config.Roles.Any(PinRoles.IsDigitalInput))
        {
            return;
        }

        _due?.Dispose();
        _due = firmware.Scope.After(Debounce, Take);
    }

    private void Take()
    {
        _due = null;
        for (int pin = 0; pin < firmware.Config.Roles.Length; pin++)
        {
            PinRole role = firmware.Config.Roles[pin];
            if (PinRoles.IsDigitalInput(role))
            {
                bool level = firmware.Plug.LevelOf(pin, role is PinRole.DigitalInput or PinRole.DigitalInputInverted);
                firmware.Channels.Set(firmware.Config.Channels[pin], level != (role is PinRole.DigitalInputInverted or PinRole.DigitalInputNoPullUpInverted) ? 1 : 0);
            }
        }
    }
}
