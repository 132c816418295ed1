using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Console;

/// <summary>Result codes of cmd_public.h.</summary>
internal enum CommandResult
{
    Ok,
    UnknownCommand,
    NotEnoughArguments,
    EmptyString,
    BadArgument,
    Error,
}

/// <summary>The firmware's console: case-insensitive commands, registered by groups.</summary>
internal sealed class CommandTable(PlugFirmware firmware)
{
    private readonly Dictionary<string, Func<CommandArguments, CommandResult>> _commands = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _aliases = new(StringComparer.OrdinalIgnoreCase);
    private int _depth;

    /// <summary>Text an echo-like command left, null without.</summary>
    public string? LastText { get; set; }

    public void Register(string name, Func<CommandArguments, CommandResult> handler) => _commands[name] = handler;

    /// <summary>All groups: not done in safe mode.</summary>
    public void RegisterAll()
    {
        ChannelCommands.Register(this, firmware);
        PinCommands.Register(this, firmware);
        SystemCommands.Register(this, firmware);
        FlowCommands.Register(this, firmware);
        NetworkCommands.Register(this, firmware);
        MeterCommands.Register(this, firmware);
        if (firmware.Plug.Config.TestCommands)
        {
            TestCommands.Register(this, firmware);
        }
    }

    public void Alias(string name, string line) => _aliases[name] = line;

    /// <summary>Runs a line.</summary>
    public CommandResult Execute(string line)
    {
        string trimmed = line.Trim();
        if (trimmed.Length == 0)
        {
            return CommandResult.EmptyString;
        }

        int space = trimmed.IndexOfAny([' ', '\t']);
        string name = space < 0 ? trimmed : trimmed[..space];
        string rest = space < 0 ? "" : trimmed[(space + 1)..].Trim();
        if (_depth > 8)
        {
            return CommandResult.Error;
        }

        _depth++;
        try
        {
            if (_aliases.TryGetValue(name, out string? alias))
            {
                return Execute(alias);
            }

            // Power2, POWER1: the number is part of the word.
            if (!_commands.TryGetValue(name, out Func<CommandArguments, CommandResult>? handler)
                && !_commands.TryGetValue(name.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9') + "#", out handler))
            {
                firmware.Log.Error("CMD", $"cmd {name} NOT found (args {rest})");
                return CommandResult.UnknownCommand;
            }

            return firmware.Faults.Any(f => f.OnCommand(firmware, name, rest))
                ? CommandResult.Ok
                : handler(new CommandArguments(name, rest));
        }
        finally
        {
            _depth--;
        }
    }

    /// <summary>cmnd/client/… over MQTT: runs it and answers on stat/.</summary>
    public void ExecuteTasmota(string name, string payload)
    {
        Execute(payload.Length == 0 ? name : $"{name} {payload}");
        bool status = name.StartsWith("status", StringComparison.OrdinalIgnoreCase);
        string topic = status ? "STATUS" + payload.Trim() : "RESULT";
        firmware.Mqtt.Publish($"stat/{firmware.Config.MqttClient}/{topic}", TasmotaJson.For(firmware, name, payload), 0, false);
    }
}
