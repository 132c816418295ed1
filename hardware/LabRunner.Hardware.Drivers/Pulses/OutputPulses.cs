using System.ComponentModel;

namespace LabRunner.Hardware.Drivers.Pulses;

/// <summary>What the options of all sources with an output for each frequency have in common.</summary>
public abstract record OutputPulsesOptions
{
    /// <summary>True where hardware behind the outputs follows SEL. Default false.</summary>
    [Description("True where a multiplexer behind the outputs follows the DUT's SEL pin. Default false.")]
    public bool FollowsSel { get; init; }
}

/// <summary>Frequencies that a source of reference pulses needs: a BL0937's full scale is 5.8 kHz, and 38 µs fit well into 10 kHz.</summary>
internal static class PulseRange
{
    public const double MinHertz = 0.01;
    public const double MaxHertz = 10_000;
}
