using System.Globalization;
using LabRunner.Hardware.Virtual.Plug.Faults;

namespace LabRunner.Hardware.Virtual.Plug.Firmware;

/// <summary>
/// Button of the firmware (new_pins.c): 75 ms debounce, then the click machine. A single click acts a short time after release, because
/// a second one could still come. The 25 ms scan is not played; its effect is the rounding in <see cref="ScanDelay"/>.
/// </summary>
internal sealed class ButtonInput(PlugFirmware firmware)
{
    private static readonly TimeSpan Debounce = TimeSpan.FromMilliseconds(75);

    // A time-out is noticed at the next scan: on average a little later (observed: toggle 380 ms after release).
    private static readonly TimeSpan ScanDelay = TimeSpan.FromMilliseconds(5);

    private static readonly TimeSpan NoDebounce = TimeSpan.FromMilliseconds(1);

    private IDisposable? _debounce;
    private IDisposable? _timer;
    private TimeSpan _since;
    private bool _level;
    private int _clicks;
    private bool _holding;
    private bool _pushedAtStart;

    /// <summary>GPIO 11, 12, 14 and 17 become JTAG in the exception handler.</summary>
    public bool Disabled { get; set; }

    private TimeSpan ShortTime => TimeSpan.FromMilliseconds(100 * firmware.Config.ButtonTimes[0]);

    private TimeSpan LongTime => TimeSpan.FromMilliseconds(100 * firmware.Config.ButtonTimes[1]);

    /// <summary>The physical contact changed.</summary>
    public void ContactChanged(bool pushed)
    {
        _debounce?.Dispose();
        _debounce = null;
        if (Disabled || firmware.Scope.Ended || !firmware.Pins.Ready || ButtonPin() is not { } pin || pushed == _level)
        {
            return;
        }

        _debounce = firmware.Scope.After(Has(ButtonFlaw.Chatter) ? NoDebounce : Debounce, () => LevelChanged(pin, pushed));
    }

    /// <summary>The pins are read for the first time, and the button is pushed.</summary>
    public void PushedAtStart()
    {
        _pushedAtStart = true;
        ContactChanged(true);
    }

    private bool Has(ButtonFlaw flaw) => firmware.Faults.Any(f => f.ButtonFlaw == flaw);

    // The role must sit on the GPIO the button is soldered to: otherwise nobody looks at that pin.
    private int? ButtonPin()
    {
        foreach ((int pin, (PinRole role, _)) in firmware.Plug.Wired)
        {
            if (PinRoles.IsButton(role) && PinRoles.IsButton(firmware.Config.Roles[pin]))
            {
                return pin;
            }
        }

        return null;
    }

    private void LevelChanged(int pin, bool pushed)
    {
        _level = pushed;
        _timer?.Dispose();
        _timer = null;
        TimeSpan lasted = firmware.Scope.Now - _since;
        _since = firmware.Scope.Now;
        if (pushed)
        {
            _clicks++;
            _holding = false;
            if (_clicks == 1)
            {
                if (firmware.Config.HasFlag(6))
                {
                    Act(pin, 1);
                }

                _timer = firmware.Scope.After(LongTime + ScanDelay, () => _holding = true);
            }

            return;
        }

        if (_holding || (_clicks > 1 && lasted >= ShortTime))
        {
            if (_holding && (Has(ButtonFlaw.Hold) || (_pushedAtStart && Has(ButtonFlaw.PowerUp))))
            {
                Act(pin, 1);
            }

            _pushedAtStart = false;

            _clicks = 0;
            _holding = false;
            return;
        }

        _timer = firmware.Scope.After(ShortTime + ScanDelay, () =>
        {
            int clicks = _clicks;
            _clicks = 0;
            if (!(clicks == 1 && firmware.Config.HasFlag(6)))
            {
                Act(pin, clicks);
                if (clicks == 1 && Has(ButtonFlaw.Twice))
                {
                    Act(pin, 1);
                }
            }
        });
    }

    private void Act(int pin, int clicks)
    {
        PinRole role = firmware.Config.Roles[pin];
        if (firmware.Config.HasFlag(41) || role == PinRole.BtnScriptOnly)
        {
            return;
        }

        if (clicks == 2 && firmware.UptimeSeconds < 5)
        {
            firmware.Wifi.ClearCredentials();
        }

        if (clicks is not (1 or 2))
        {
            return;
        }

        string kind = clicks == 1 ? "Button_OnShortClick" : "Button_OnDoubleClick";
        firmware.Log.Info("GEN", string.Create(CultureInfo.InvariantCulture, $"{pin} {kind}"));
        if (role is PinRole.BtnToggleAll or PinRole.BtnToggleAllInverted)
        {
            firmware.ToggleAllRelays();
            return;
        }

        firmware.Channels.Toggle(clicks == 1 || Has(ButtonFlaw.Double) ? firmware.Config.Channels[pin] : firmware.Config.Channels2[pin]);
    }
}
