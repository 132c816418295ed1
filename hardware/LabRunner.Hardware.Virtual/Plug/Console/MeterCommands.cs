using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Virtual.Plug.Faults;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Console;

/// <summary>Calibration, energy and publishing of the meter; known only while its driver runs.</summary>
internal static class MeterCommands
{
    public static void Register(CommandTable table, PlugFirmware firmware)
    {
        Meter("VoltageSet", 1, a => Calibrate(firmware, PulseChannel.Cf1Voltage, a));
        Meter("CurrentSet", 1, a => Calibrate(firmware, PulseChannel.Cf1Current, a));
        Meter("PowerSet", 1, a => Calibrate(firmware, PulseChannel.Cf, a));
        Meter("PowerMax", 1, a =>
        {
            if (a.Number(0) is > 200 and < 7200)
            {
                firmware.Config.PowerMaxWatts = a.Number(0);
                firmware.MarkConfigChanged();
            }

            return CommandResult.Ok;
        });
        Meter("EnergyCntReset", 0, a =>
        {
            firmware.Meter.ResetEnergy(a.Number(0));
            return CommandResult.Ok;
        });
        Meter("SetupEnergyStats", 3, a =>
        {
            firmware.Meter.Statistics.SetUp(a.Integer(0) != 0, a.Integer(1), a.Integer(2), a.Integer(3) != 0);
            foreach (PlantedFault fault in firmware.Faults)
            {
                fault.OnEnergyStats(firmware, firmware.Meter.Statistics.Enabled, firmware.Meter.Statistics.IntervalSeconds);
            }

            return CommandResult.Ok;
        });
        Meter("ConsumptionThreshold", 1, a =>
        {
            firmware.Meter.SaveThresholdWattHours = Math.Clamp(a.Number(0), 1, 5000);
            return CommandResult.Ok;
        });
        Meter("VCPPublishThreshold", 3, a =>
        {
            Dictionary<string, double> thresholds = firmware.Meter.Publisher.Thresholds;
            thresholds["voltage"] = a.Number(0);
            thresholds["current"] = a.Number(1);
            thresholds["power"] = a.Number(2);
            if (a.Count > 3)
            {
                thresholds["energycounter"] = a.Number(3);
            }

            return CommandResult.Ok;
        });
        Meter("VCPPublishIntervals", 2, a =>
        {
            firmware.Meter.Publisher.MinimumFrames = Math.Max(a.Integer(0), 0);
            firmware.Meter.Publisher.ForcedFrames = Math.Max(a.Integer(1), 1);
            return CommandResult.Ok;
        });
        Meter("VCPPrecision", 1, a =>
        {
            for (int i = 0; i < Math.Min(a.Count, 4); i++)
            {
                firmware.Meter.Publisher.SetDecimals(i, Math.Clamp(a.Integer(i), 0, 6));
            }

            return CommandResult.Ok;
        });

        void Meter(string name, int needed, Func<CommandArguments, CommandResult> handler) => table.Register(
            name,
            a => !firmware.Meter.Running ? CommandResult.UnknownCommand
                : a.Count < needed ? CommandResult.NotEnoughArguments
                : handler(a));
    }

    private static CommandResult Calibrate(PlugFirmware firmware, PulseChannel what, CommandArguments arguments)
    {
        if (firmware.Meter.Calibrate(what, arguments.Number(0)))
        {
            return CommandResult.Ok;
        }

        firmware.Log.Error("EnergyMeter", "Calibration needs pulses: connect load first");
        return CommandResult.BadArgument;
    }
}
