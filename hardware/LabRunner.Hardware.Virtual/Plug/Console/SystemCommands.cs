using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Console;

/// <summary>Restart, drivers, log and power (cmd_main.c, logging.c).</summary>
internal static class SystemCommands
{
    public static void Register(CommandTable table, PlugFirmware firmware)
    {
        table.Register("restart", a => Restart(firmware, a));
        table.Register("reboot", a => Restart(firmware, a));
        table.Register("SafeMode", a =>
        {
            // Known bug on BL602: every call zeroes the RAM copy of the flash variables, so five calls leave one boot that
            // never succeeded (not enough for safe mode) and erase retained channels and energy.
            FlashVars vars = firmware.Plug.Flash.Vars;
            vars.BootCount = 1;
            vars.SuccessCount = 0;
            vars.EnergyTotalWattHours = 0;
            Array.Clear(vars.Retained);
            firmware.Loop.ResetIn = a.Integer(0, 3);
            return CommandResult.Ok;
        });
        table.Register("startDriver", a => Driver(firmware, a, true));
        table.Register("stopDriver", a => Driver(firmware, a, false));
        table.Register("ntp_setServer", _ => firmware.Clock.Running ? CommandResult.Ok : CommandResult.UnknownCommand);
        table.Register("ntp_timeZoneOfs", a =>
        {
            if (!firmware.Clock.Running)
            {
                return CommandResult.UnknownCommand;
            }

            firmware.Clock.Zone = TimeSpan.FromHours(Math.Clamp(a.Number(0), -12, 14));
            return CommandResult.Ok;
        });
        table.Register("echo", a =>
        {
            table.LastText = a.Raw;
            firmware.Log.Info("CMD", a.Raw);
            return CommandResult.Ok;
        });
        table.Register("loglevel", a =>
        {
            if (a.Count < 1)
            {
                return CommandResult.NotEnoughArguments;
            }

            if (a.Integer(0) is < 0 or > 9)
            {
                return CommandResult.BadArgument;
            }

            firmware.Log.Level = a.Integer(0);
            return CommandResult.Ok;
        });
        table.Register("logfeature", a =>
        {
            if (a.Count < 2)
            {
                return CommandResult.NotEnoughArguments;
            }

            uint bit = 1u << Math.Clamp(a.Integer(0), 0, 31);
            firmware.Log.Features = a.Integer(1) != 0 ? firmware.Log.Features | bit : firmware.Log.Features & ~bit;
            return CommandResult.Ok;
        });
        // The lines of the model take no time on the UART, so the ways of sending them do not differ.
        table.Register("logtype", _ => CommandResult.Ok);
        if (firmware.Plug.Config.LogDelay)
        {
            table.Register("logdelay", a =>
            {
                firmware.Log.Delay = TimeSpan.FromMilliseconds(Math.Max(a.Integer(0), 0));
                return CommandResult.Ok;
            });
        }

        table.Register("PowerSave", a =>
        {
            firmware.Loop.PowerSave = a.Integer(0, 1) != 0;
            return CommandResult.Ok;
        });
        table.Register("OpenAP", _ =>
        {
            firmware.Wifi.OpenAccessPoint();
            return CommandResult.Ok;
        });
        table.Register("IndexRefreshInterval", a =>
        {
            if (a.Count < 1)
            {
                return CommandResult.NotEnoughArguments;
            }

            firmware.IndexRefreshMilliseconds = Math.Max(a.Integer(0), 0);
            return CommandResult.Ok;
        });
        // Accepted and without effect on a BL602 (no branch in OTA_RequestDownloadFromHTTP).
        table.Register("ota_http", _ => CommandResult.Ok);
    }

    private static CommandResult Restart(PlugFirmware firmware, CommandArguments arguments)
    {
        // 0 never fires: the countdown only runs while it is above 0.
        firmware.Loop.ResetIn = Math.Max(arguments.Integer(0, 3), 0);
        return CommandResult.Ok;
    }

    private static CommandResult Driver(PlugFirmware firmware, CommandArguments arguments, bool start)
    {
        if (arguments.Count < 1)
        {
            return CommandResult.NotEnoughArguments;
        }

        if (arguments[0].Equals("BL0937", StringComparison.OrdinalIgnoreCase))
        {
            if (start)
            {
                firmware.Meter.Start();
            }
            else
            {
                firmware.Meter.Stop();
            }
        }
        else if (arguments[0].Equals("NTP", StringComparison.OrdinalIgnoreCase))
        {
            firmware.Clock.Run(start);
        }
        else if (arguments[0].Equals("SSDP", StringComparison.OrdinalIgnoreCase))
        {
            firmware.Loop.Discovery = start;
        }
        else if (firmware.Plug.Config.Mdns && arguments[0].Equals("MDNS", StringComparison.OrdinalIgnoreCase))
        {
            firmware.Loop.ServiceDiscovery = start;
        }
        else if (firmware.Plug.Config.TestCommands && start && arguments[0].Equals("Freeze", StringComparison.OrdinalIgnoreCase))
        {
            // An endless loop in the once-a-second handler (drv_freeze.c).
            firmware.Loop.Stall();
        }
        else
        {
            firmware.Log.Error("MAIN", $"Driver {arguments[0]} is not known in this build");
        }

        return CommandResult.Ok;
    }
}
