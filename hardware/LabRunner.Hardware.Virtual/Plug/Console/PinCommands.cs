using System.Globalization;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Console;

/// <summary>Pins, flags, names and stored settings (cmd_main.c, new_pins.c).</summary>
internal static class PinCommands
{
    public static void Register(CommandTable table, PlugFirmware firmware)
    {
        table.Register("SetPinRole", a => WithPin(firmware, a, 2, pin =>
        {
            if (PinRoles.Find(a[1]) is { } role)
            {
                firmware.Config.Roles[pin] = role;
                firmware.Pins.Refresh();
            }
        }));
        table.Register("SetPinChannel", a => WithPin(firmware, a, 2, pin =>
        {
            firmware.Config.Channels[pin] = a.Integer(1);
            firmware.Config.Channels2[pin] = a.Integer(2, firmware.Config.Channels2[pin]);
            firmware.Pins.Refresh();
        }));
        table.Register("SetFlag", a =>
        {
            if (a.Count < 2)
            {
                return CommandResult.NotEnoughArguments;
            }

            if (a.Integer(0) is < 0 or > 63)
            {
                return CommandResult.BadArgument;
            }

            firmware.Config.SetFlag(a.Integer(0), a.Integer(1) != 0);
            firmware.MarkConfigChanged();
            if (a.Integer(0) == 30)
            {
                firmware.Mqtt.TopicsChanged();
            }

            return CommandResult.Ok;
        });
        table.Register("flags", a =>
        {
            if (!ulong.TryParse(a[0], NumberStyles.None, CultureInfo.InvariantCulture, out ulong flags))
            {
                return a.Count == 0 ? CommandResult.NotEnoughArguments : CommandResult.BadArgument;
            }

            firmware.Config.Flags = flags;
            firmware.MarkConfigChanged();
            return CommandResult.Ok;
        });
        table.Register("clearIO", _ => Changed(firmware, () =>
        {
            Array.Clear(firmware.Config.Roles);
            Array.Clear(firmware.Config.Channels);
            Array.Clear(firmware.Config.Channels2);
            firmware.Pins.Refresh();
        }));
        table.Register("clearConfig", _ => Changed(firmware, () => Factory(firmware)));
        table.Register("clearAll", _ => Changed(firmware, () =>
        {
            Factory(firmware);
            firmware.Repeats.Clear();
        }));
        table.Register("FullBootTime", a => a.Count < 1
            ? CommandResult.NotEnoughArguments
            : Changed(firmware, () => firmware.Config.BootOkSeconds = a.Integer(0)));
        table.Register("setButtonTimes", a => a.Count < 3
            ? CommandResult.NotEnoughArguments
            : Changed(firmware, () =>
            {
                for (int i = 0; i < 3; i++)
                {
                    firmware.Config.ButtonTimes[i] = Math.Clamp(a.Integer(i), 1, 100);
                }
            }));
        table.Register("ShortName", a => Named(firmware, a, t => firmware.Config.ShortName = t));
        table.Register("FriendlyName", a => Named(firmware, a, t => firmware.Config.DeviceName = t));
        table.Register("StartupCommand", a =>
        {
            if (a.Count < 1)
            {
                return CommandResult.NotEnoughArguments;
            }

            firmware.Config.StartupCommand = a[0];
            firmware.MarkConfigChanged();
            return a.Integer(1) != 0 ? table.Execute(a[0]) : CommandResult.Ok;
        });
    }

    private static void Factory(PlugFirmware firmware)
    {
        int otas = firmware.Config.OtaCounter;
        firmware.Config = PlugConfig.Default(firmware.Plug.Flash.Mac, firmware.Plug.Chip);
        firmware.Config.OtaCounter = otas;
        firmware.Pins.Refresh();
    }

    private static CommandResult Changed(PlugFirmware firmware, Action change)
    {
        change();
        firmware.MarkConfigChanged();
        return CommandResult.Ok;
    }

    private static CommandResult Named(PlugFirmware firmware, CommandArguments arguments, Action<string> set)
    {
        // Without an argument the command only asks; its JSON reply carries the name.
        return arguments.Count == 0 ? CommandResult.Ok : Changed(firmware, () => set(arguments.Raw.Trim('"')));
    }

    private static CommandResult WithPin(PlugFirmware firmware, CommandArguments arguments, int needed, Action<int> action)
    {
        if (arguments.Count < needed)
        {
            return CommandResult.NotEnoughArguments;
        }

        int pin = arguments.Integer(0);
        return pin < 0 || pin >= firmware.Config.Roles.Length ? CommandResult.BadArgument : Changed(firmware, () => action(pin));
    }
}
