using System.Globalization;

namespace LabRunner.Bench.Hosting.Discovery.Survey;

/// <summary>
/// The pins of a Raspberry Pi's 40-pin header. At power-on GPIO 0 to 8 are pulled up and 9 to 27 down (BCM2835 ARM peripherals, table of
/// alternative functions; RP1 peripherals), so that an active-high relay on 9 to 27 stays off until it is opened.
/// </summary>
internal static class HeaderPins
{
    /// <summary>Lowest line that is pulled down at power-on.</summary>
    public const int FirstPulledDown = 9;

    /// <summary>Highest line on the header.</summary>
    public const int Last = 27;

    // General purpose lines first, lines with a second purpose (PWM, SPI) after them.
    private static readonly int[] Preferred = [17, 27, 22, 23, 24, 25, 16, 26, 20, 21, 13, 19, 12, 18, 11, 10, 9];

    // BCM number to pin of the header.
    private static readonly int[] Positions = [27, 28, 3, 5, 7, 29, 31, 26, 24, 21, 19, 23, 32, 33, 8, 10, 36, 11, 12, 35, 38, 40, 15, 16, 18, 22, 37, 13];

    // Overlays that take pins: parameters that name them with their defaults (the overlays' README of the Raspberry Pi kernel).
    private static readonly Dictionary<string, (string Parameter, int Default)[]> PinsOfOverlays = new()
    {
        ["pwm"] = [("pin", 18)],
        ["pwm-2chan"] = [("pin", 18), ("pin2", 19)],
        ["pwm-pio"] = [("gpio", 4)],
        ["pwm-gpio"] = [("gpio", 4)],
        ["pwm-ir-tx"] = [("gpio_pin", 18)],
        ["audremap"] = [("", 12), ("", 13), ("", 18), ("", 19)],
        ["gpio-fan"] = [("gpiopin", 12)],
        ["gpio-shutdown"] = [("gpio_pin", 3)],
        ["gpio-poweroff"] = [("gpiopin", 26)],
        ["gpio-ir"] = [("gpio_pin", 18)],
        ["w1-gpio"] = [("gpiopin", 4)],
        ["dht11"] = [("gpiopin", 4)],
        ["i2c-gpio"] = [("i2c_gpio_sda", 23), ("i2c_gpio_scl", 24)],
        ["uart4"] = [("", 8), ("", 9)],
        ["uart5"] = [("", 12), ("", 13)],
        ["uart3-pi5"] = [("", 8), ("", 9)],
        ["uart4-pi5"] = [("", 12), ("", 13)],
    };

    /// <summary>Lines for outputs that must be off at power-on, best first.</summary>
    public static IEnumerable<int> ForOutputs(IReadOnlyDictionary<int, string> taken) => Preferred.Where(line => !taken.ContainsKey(line));

    /// <summary>Pin of the header that a line is on.</summary>
    public static int Position(int line) => Positions[line];

    /// <summary>Lines that something else uses or that are kept free for what they are made for.</summary>
    public static Dictionary<int, string> Taken(MachineFiles files, BootConfig boot, IReadOnlyList<FoundGpioChip> chips, bool hasPwm)
    {
        Dictionary<int, string> taken = new() { [14] = "UART", [15] = "UART" };
        foreach (BootSetting overlay in boot.Settings.Where(setting => setting.Key == "dtoverlay"))
        {
            foreach ((string parameter, int usual) in PinsOfOverlays.GetValueOrDefault(overlay.Name, []))
            {
                Take(int.TryParse(overlay.Parameters.GetValueOrDefault(parameter), CultureInfo.InvariantCulture, out int told) ? told : usual, $"overlay {overlay.Name}");
            }
        }

        bool namesPwm = boot.Settings.Any(setting => setting.Key == "dtoverlay" && setting.Name.StartsWith("pwm", StringComparison.Ordinal));
        TakeIf(hasPwm && !namesPwm, "hardware PWM", 12, 13, 18, 19);
        TakeIf(boot.Parameter("spi") is "on" or "true" or "yes" or "1" || files.Names("/dev", "spidev0").Count > 0, "SPI", 7, 8, 9, 10, 11);
        TakeIf(boot.Parameter("i2s") is "on" or "true" or "yes" or "1", "I2S", 18, 19, 20, 21);
        FoundGpioChip? header = chips.FirstOrDefault(chip => chip.Label is { } label && MachineSurvey.HeaderLabels.Contains(label));
        foreach (GpioLineAnswer line in header?.Lines.Where(line => line.Used && line.Offset <= Last) ?? [])
        {
            Take(line.Offset, line.Consumer.Length == 0 ? "in use" : $"held by {line.Consumer}");
        }

        return taken;

        void Take(int line, string what) => taken.TryAdd(line, what);

        void TakeIf(bool condition, string what, params int[] lines)
        {
            foreach (int line in condition ? lines : [])
            {
                Take(line, what);
            }
        }
    }
}
