using System.Globalization;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Console;

/// <summary>backlog, alias, repeating events.</summary>
internal static class FlowCommands
{
    public static void Register(CommandTable table, PlugFirmware firmware)
    {
        table.Register("backlog", a =>
        {
            foreach (string part in a.Raw.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                table.Execute(part);
            }

            return CommandResult.Ok;
        });
        table.Register("alias", a =>
        {
            if (a.Count < 2)
            {
                return CommandResult.NotEnoughArguments;
            }

            table.Alias(a[0], a.From(1));
            return CommandResult.Ok;
        });
        table.Register("addRepeatingEvent", a =>
        {
            if (a.Count < 3)
            {
                return CommandResult.NotEnoughArguments;
            }

            firmware.Repeats.Add(Math.Max(a.Integer(0), 1), a.Integer(1), a.From(2));
            return CommandResult.Ok;
        });
        table.Register("clearRepeatingEvents", _ =>
        {
            firmware.Repeats.Clear();
            return CommandResult.Ok;
        });
        table.Register("listRepeatingEvents", _ =>
        {
            foreach (string line in firmware.Repeats.Describe())
            {
                firmware.Log.Info("CMD", line);
            }

            firmware.Log.Info("CMD", string.Create(CultureInfo.InvariantCulture, $"There are {firmware.Repeats.Count} repeating events"));
            return CommandResult.Ok;
        });
    }
}
