using LabRunner.Hardware.Sensing;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Virtual.Plug.Board;

/// <summary>
/// The way from the mains to the 3.3 V rail: the bench's switch, the mains behind it, and the plug's own power supply. Thresholds: the
/// meter chip resets below 2.7 V (BL0937 data sheet), the microcontroller stops below 2.4 V (estimated).
/// </summary>
internal sealed class Supply
{
    private const double Nominal = 3.3;
    public const double MeterChipResets = 2.7;
    public const double ChipStops = 2.4;

    /// <summary>The bench's switch.</summary>
    public bool Commanded { get; set; }

    /// <summary>Mains before that switch.</summary>
    public bool MainsPresent { get; set; } = true;

    /// <summary>Voltage to which the plug's own supply has fallen; null: it is well.</summary>
    public double? Sag { get; set; }

    /// <summary>Voltage to which something outside pulls the rail down; null: nothing does.</summary>
    public double? Dip { get; set; }

    private double Rail => Math.Min(Sag ?? Nominal, Dip ?? Nominal);

    /// <summary>Mains at the plug's terminals: an output with a closed contact is live.</summary>
    public bool Live => Commanded && MainsPresent;

    /// <summary>The microcontroller runs.</summary>
    public bool ChipRuns => Live && Rail >= ChipStops;

    /// <summary>The meter chip counts.</summary>
    public bool MeterChipRuns => Live && Rail >= MeterChipResets;

    /// <summary>Voltage and current of the rail by what is running (typical figures, not measured).</summary>
    public RailReading Read(bool firmware, bool radio, bool relay)
    {
        if (!Live)
        {
            return new RailReading(new Volts(0), new Amperes(0));
        }

        double amperes = !ChipRuns ? 0.002 : !firmware ? 0.012 : 0.068 + (radio ? 0.014 : 0) + (relay ? 0.030 : 0);
        return new RailReading(new Volts(Rail - (0.05 * amperes)), new Amperes(amperes));
    }
}
