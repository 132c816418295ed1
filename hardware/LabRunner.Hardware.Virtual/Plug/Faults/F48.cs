using System.Globalization;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Virtual.Plug.Board;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Virtual.Plug.Faults;

/// <summary>A calibration command with zero is not refused: the constant becomes zero, or the main loop never returns. Or a right one is taken and changes nothing.</summary>
[PlantedFault("F48", Layer = FaultLayer.Meter, Shows = "calibrating to zero kills the reading or the plug, or no calibration changes anything")]
[FaultParameter("mode", "zero: the reading is 0 from then on, also after a reset; freeze: the main loop stalls; ignore: zero is refused, and any other calibration changes nothing. Default zero.")]
internal sealed class F48(FaultParameters parameters, Chance chance) : PlantedFault(parameters, chance)
{
    private readonly string _mode = parameters.Word("mode", "zero", "freeze", "ignore");

    public override bool OnCommand(PlugFirmware firmware, string name, string arguments)
    {
        bool zero = double.TryParse(arguments, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value == 0;
        bool calibrates = Is(name, "PowerSet") || Is(name, "VoltageSet") || Is(name, "CurrentSet");
        if (_mode == "ignore" || !zero || !calibrates)
        {
            return calibrates && !zero && _mode == "ignore";
        }

        if (_mode == "freeze")
        {
            firmware.Loop.Stall();
            return true;
        }

        PlugConfig config = firmware.Config;
        config.WattsPerHertz = Is(name, "PowerSet") ? 0 : config.WattsPerHertz;
        config.VoltsPerHertz = Is(name, "VoltageSet") ? 0 : config.VoltsPerHertz;
        config.AmperesPerHertz = Is(name, "CurrentSet") ? 0 : config.AmperesPerHertz;
        firmware.MarkConfigChanged();
        return true;
    }

    private static bool Is(string name, string command) => name.Equals(command, StringComparison.OrdinalIgnoreCase);
}
