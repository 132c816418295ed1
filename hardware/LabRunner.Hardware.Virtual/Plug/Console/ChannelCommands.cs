using System.Globalization;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Console;

/// <summary>Power, SetChannel and their like (cmd_channels.c, cmd_tasmota.c).</summary>
internal static class ChannelCommands
{
    public static void Register(CommandTable table, PlugFirmware firmware)
    {
        table.Register("Power", a => Power(firmware, a));
        table.Register("Power#", a => Power(firmware, a));
        table.Register("PowerAll", a => PowerAll(firmware, a));
        table.Register("PowerStateOnly", a => Power(firmware, a));
        table.Register("SetChannel", a => WithChannel(a, 2, c => firmware.Channels.Set(c, a.Integer(1))));
        table.Register("AddChannel", a => WithChannel(a, 2, c => firmware.Channels.Set(c, firmware.Channels.Get(c) + a.Integer(1))));
        table.Register("ToggleChannel", a => WithChannel(a, 1, firmware.Channels.Toggle));
        table.Register("GetChannel", a => WithChannel(a, 1, c =>
        {
            table.LastText = firmware.Channels.Get(c).ToString(CultureInfo.InvariantCulture);
            firmware.Log.Info("CMD", string.Create(CultureInfo.InvariantCulture, $"CMD_GetChannel: channel {c} is {firmware.Channels.Get(c)}"));
        }));
        table.Register("Ch", a => WithChannel(a, 1, c =>
        {
            if (a.Count > 1)
            {
                firmware.Channels.Set(c, a.Integer(1));
            }
        }));
        table.Register("SetStartValue", a => WithChannel(a, 2, c =>
        {
            firmware.Config.StartValues[c] = a.Integer(1);
            if (a.Integer(1) == -1 && c < FlashVars.RetainedChannels)
            {
                firmware.Plug.Flash.Vars.Retained[c] = firmware.Channels.Get(c);
            }

            firmware.MarkConfigChanged();
        }));
    }

    private static CommandResult WithChannel(CommandArguments arguments, int needed, Action<int> action)
    {
        if (arguments.Count < needed)
        {
            return CommandResult.NotEnoughArguments;
        }

        int channel = arguments.Integer(0);
        if (channel is < 0 or >= PlugConfig.ChannelCount)
        {
            return CommandResult.BadArgument;
        }

        action(channel);
        return CommandResult.Ok;
    }

    private static CommandResult Power(PlugFirmware firmware, CommandArguments arguments)
    {
        string digits = arguments.Name["Power".Length..].TrimStart('S', 't', 'a', 'e', 'O', 'n', 'l', 'y');
        int? channel = int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : firmware.Channels.FirstRelay();
        if (channel is not { } relay || arguments.Count == 0)
        {
            return CommandResult.Ok;
        }

        switch (arguments[0].ToUpperInvariant())
        {
            case "ON" or "1":
                firmware.Channels.Set(relay, 1);
                return CommandResult.Ok;
            case "OFF" or "0":
                firmware.Channels.Set(relay, 0);
                return CommandResult.Ok;
            case "TOGGLE" or "2":
                firmware.Channels.Toggle(relay);
                return CommandResult.Ok;
            default:
                return CommandResult.BadArgument;
        }
    }

    private static CommandResult PowerAll(PlugFirmware firmware, CommandArguments arguments)
    {
        if (arguments.Count == 0)
        {
            return CommandResult.NotEnoughArguments;
        }

        if (arguments[0].Equals("TOGGLE", StringComparison.OrdinalIgnoreCase))
        {
            firmware.ToggleAllRelays();
            return CommandResult.Ok;
        }

        int value = arguments[0].Equals("ON", StringComparison.OrdinalIgnoreCase) || arguments.Integer(0) != 0 ? 1 : 0;
        foreach (int channel in firmware.Channels.Relays().ToArray())
        {
            firmware.Channels.Set(channel, value);
        }

        return CommandResult.Ok;
    }
}
