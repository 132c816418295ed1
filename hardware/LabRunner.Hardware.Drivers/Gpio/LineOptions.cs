using System.ComponentModel;
using LabRunner.Hardware.Lines;

namespace LabRunner.Hardware.Drivers.Gpio;

/// <summary>Options of anything on one line of a bench chip.</summary>
public abstract record LineOptions
{
    /// <summary>Name of the chip under resources.</summary>
    [Description("Name of the gpio resource.")]
    public required string Chip { get; init; }

    /// <summary>The line: its offset on its chip (on a Raspberry Pi: the BCM number), or its name as gpioinfo shows it.</summary>
    [Description("The line: its offset on its chip (on a Raspberry Pi: the BCM number), or its name as gpioinfo shows it, such as GPIO17.")]
    public required LineId Line { get; init; }

    /// <summary>True: a low level means active. Default false.</summary>
    [Description("True where a low level means active (on, pressed, asserted, closed). Default false.")]
    public bool ActiveLow { get; init; }

    /// <summary>Resistor of the chip on the line. Default asIs.</summary>
    [Description("Resistor of the chip on the line: asIs (as the board has it), up, down or off. Default asIs.")]
    public LineBias Bias { get; init; }
}

/// <summary>Options of an actuator on one output.</summary>
public record OutputOptions : LineOptions
{
    /// <summary>How the line is driven. Default push-pull.</summary>
    [Description("How the line is driven: pushPull, openDrain (high is left to a pull-up) or openSource (low is left to a pull-down). Default pushPull.")]
    public LineDrive Drive { get; init; }
}

/// <summary>Options of a sense on one input.</summary>
public record InputOptions : LineOptions
{
    /// <summary>A level counts once it has stood this long, machine time. Default 0: every edge counts.</summary>
    [Description("A level counts once it has stood this long, 0s to 1m (the kernel works in steps of some ms). Default 0s: every edge counts.")]
    public TimeSpan Debounce { get; init; } = TimeSpan.Zero;
}
