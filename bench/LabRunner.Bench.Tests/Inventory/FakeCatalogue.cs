using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Lines;
using DescriptionAttribute = System.ComponentModel.DescriptionAttribute;
using RangeAttribute = System.ComponentModel.DataAnnotations.RangeAttribute;

namespace LabRunner.Bench.Tests.Inventory;

/// <summary>A small catalogue with every kind of option a driver may have.</summary>
internal sealed class FakeCatalogue : IDriverCatalogue
{
    public IReadOnlyList<CatalogueEntry> Entries { get; } =
    [
        new("gpio", "harness", typeof(HarnessOptions), "Lines of the virtual bench"),
        new("gpio", "gpiochip", typeof(ChipOptions), "Character device"),
        new("pwm", "harness", typeof(HarnessOptions), "Channels of the virtual bench"),
        new("i2c", "harness", typeof(HarnessOptions), "Bus of the virtual bench"),
        new("power", "gpio", typeof(LineOptions), "Relay on a line"),
        new("power", "command", typeof(CommandOptions), "A program"),
        new("bootStrap", "gpio", typeof(LineOptions), "Line"),
        new("reset", "gpio", typeof(LineOptions), "Line"),
        new("button", "gpio", typeof(LineOptions), "Line"),
        new("relaySense", "gpio", typeof(LineOptions), "Line"),
        new("console", "tty", typeof(TtyOptions), "Serial port"),
        new("pulses", "pwm", typeof(PulseOptions), "Two PWM channels"),
        new("rail", "ina219", typeof(Ina219Options), "INA219"),
        new("network", "harness", typeof(HarnessOptions), "Air of the virtual bench"),
        new("estop", "gpio", typeof(LineOptions), "Line"),
        new("lid", "gpio", typeof(LineOptions), "Line"),
        new("led", "gpio", typeof(LineOptions), "Line"),
        new("meter", "harness", typeof(MeterOptions), "Reference meter"),
        new("pulseCounter", "harness", typeof(CounterOptions), "Counter"),
        new("temperature", "file", typeof(TtyOptions), "File"),
        new("ping", "udp-echo", typeof(EchoOptions), "RFC 862"),
        new("ping", "icmp", typeof(IcmpOptions), "ICMP"),
    ];

    public (string Problem, string Remedy)? WeatherProblem(string line) =>
        line.Contains("access-point-off", StringComparison.Ordinal) ? null : ("it has no word", "Write access-point-off");

    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> PlantableFaults { get; } =
        new Dictionary<string, IReadOnlyDictionary<string, string>>
        {
            ["F01"] = new Dictionary<string, string> { ["uptime"] = "When, from..to" },
            ["F03"] = new Dictionary<string, string> { ["uptime"] = "When, from..to" },
            ["F09"] = new Dictionary<string, string>(),
            ["F17"] = new Dictionary<string, string> { ["bytesPerSecond"] = "Leak" },
        };
}

internal sealed record HarnessOptions
{
    [DescriptionAttribute("Path of the harness socket")]
    public required string Socket { get; init; }
}

internal sealed record ChipOptions
{
    public required string Label { get; init; }
}

internal sealed record LineOptions
{
    public required string Chip { get; init; }

    public required LineId Line { get; init; }

    public bool ActiveLow { get; init; }

    [RangeAttribute(typeof(TimeSpan), "00:00:00.001", "00:00:10")]
    public TimeSpan Settle { get; init; } = TimeSpan.FromMilliseconds(20);
}

internal enum ExitRule
{
    Zero,
    AnyCode,
}

internal sealed record CommandOptions
{
    public required string Program { get; init; }

    public string[] Args { get; init; } = [];

    public ExitRule Exit { get; init; }

    public LimitOptions? Limits { get; init; }

    public string? Token { get; init; }

    public double Weight { get; init; } = 0.5;

    public long? Bytes { get; init; }
}

internal sealed record LimitOptions
{
    public required TimeSpan Run { get; init; }

    public int? Retries { get; init; }
}

internal sealed record TtyOptions
{
    public required string Path { get; init; }

    public int? Baud { get; init; }
}

internal sealed record PulseOptions
{
    public required string Chip { get; init; }

    public required int Cf { get; init; }

    public required int Cf1Voltage { get; init; }

    public required int Cf1Current { get; init; }

    public bool FollowsSel { get; init; }
}

internal sealed record Ina219Options
{
    public required string Bus { get; init; }

    [RangeAttribute(0x40, 0x4f)]
    public required int Address { get; init; }

    public double ShuntOhms { get; init; } = 0.1;
}

internal sealed record CounterOptions
{
    public required string Socket { get; init; }

    public required int Plug { get; init; }
}

internal sealed record MeterOptions
{
    public required string Socket { get; init; }

    public required int Plug { get; init; }

    public required double AccuracyPercent { get; init; }
}

internal sealed record EchoOptions
{
    public required string Address { get; init; }
}

internal sealed record IcmpOptions
{
    public string? Address { get; init; }
}
