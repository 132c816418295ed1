using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace LabRunner.Hardware.Drivers.Gpio;

/// <summary>Options of an actuator on one output.</summary>
public sealed record OutputOptions
{
    /// <summary>Name of the chip under resources.</summary>
    [Description("Name of the gpio resource.")]
    public required string Chip { get; init; }

    /// <summary>Offset of the line on its chip (on a Raspberry Pi: the BCM number).</summary>
    [Description("Offset of the line on its chip (on a Raspberry Pi: the BCM number).")]
    [Range(0, 1023)]
    public required int Line { get; init; }

    /// <summary>True: a low level acts. Default false.</summary>
    [Description("True where a low level acts. Default false.")]
    public bool ActiveLow { get; init; }
}
