using LabRunner.Hardware.Pulses;

namespace LabRunner.Hardware.Metering;

/// <summary>What is wrong with a meter, where its readings single it out.</summary>
/// <param name="Mode">F44 or F45.</param>
/// <param name="Class">METER_ZERO or METER_SWAPPED.</param>
/// <param name="Title">One line.</param>
/// <param name="Story">A sentence.</param>
public sealed record MeterFault(string Mode, string Class, string Title, string Story)
{
    /// <summary>Class of <see cref="Zero"/>.</summary>
    public const string ZeroClass = "METER_ZERO";

    /// <summary>Pulses arrive, and the firmware counts none of them (F44).</summary>
    /// <param name="heard">How that is known, a clause.</param>
    public static MeterFault Zero(string heard) =>
        new("F44", ZeroClass, "The meter stays at zero while pulses arrive", $"{heard}: the firmware does not count (interrupts, or the wrong pins).");

    /// <summary>The firmware counts one output of the meter chip and nothing of the other (F44).</summary>
    /// <param name="output">CF or CF1.</param>
    /// <param name="what">What stays at zero.</param>
    /// <param name="heard">How that is known, a clause.</param>
    public static MeterFault DeadOutput(string output, string what, string heard) => new(
        "F44", ZeroClass, $"{what} at zero while pulses arrive on {output}", $"{heard}: the firmware counts nothing of {output} (its wire, its pin's role, or its interrupt), and the other output well.");
}

/// <summary>
/// Tells from one load which pulses reach which counter of the firmware. The load's three frequencies must differ by more than a tenth, or
/// nothing is told.
/// </summary>
public static class MeterDiagnosis
{
    private const double Alike = 0.03;
    private const double Apart = 0.1;

    // Hz: of fewer pulses a window of 1 s may hold none.
    private const double Least = 2;

    /// <summary>Names the fault.</summary>
    /// <param name="model">The board's constants.</param>
    /// <param name="emitted">Pulses that arrive.</param>
    /// <param name="volts">Mean reading, V.</param>
    /// <param name="amperes">Mean reading, A.</param>
    /// <param name="watts">Mean reading, W.</param>
    /// <returns>Null where the readings fit their pulses, or fit nothing.</returns>
    public static MeterFault? Name(Bl0937Model model, Bl0937Frequencies emitted, double volts, double amperes, double watts)
    {
        (double cf, double voltage, double current) = (emitted.Cf.Value, emitted.Cf1Voltage.Value, emitted.Cf1Current.Value);
        if (!(Differ(cf, voltage) && Differ(cf, current) && Differ(voltage, current)))
        {
            return null;
        }

        // What the firmware's counters must have seen to say so.
        (double byPower, double byVoltage, double byCurrent) = (watts / model.WattsPerHertz, volts / model.VoltsPerHertz, amperes / model.AmperesPerHertz);
        string heard = FormattableString.Invariant($"CF {cf:0.#} Hz, CF1 {voltage:0.#} Hz for voltage and {current:0.#} Hz for current arrive; the readings mean {byPower:0.#}, {byVoltage:0.#} and {byCurrent:0.#} Hz");
        if (byPower == 0 && byCurrent == 0)
        {
            return MeterFault.Zero(heard);
        }

        if (byPower == 0 && cf > Least && Is(byVoltage, voltage) && Is(byCurrent, current))
        {
            return MeterFault.DeadOutput("CF", "Power stays", heard);
        }

        if (byVoltage == 0 && byCurrent == 0 && voltage > Least && Is(byPower, cf))
        {
            return MeterFault.DeadOutput("CF1", "Voltage and current stay", heard);
        }

        if (Is(byVoltage, current) && Is(byCurrent, voltage))
        {
            return Swapped("voltage and current are swapped", $"{heard}: SEL works the other way round (role BL0937SEL where the board needs BL0937SEL_n, or the reverse).");
        }

        if (Is(byVoltage, cf) && (Is(byPower, voltage) || Is(byPower, current)))
        {
            return Swapped("CF and CF1 are swapped", $"{heard}: each pin hears the other output of the meter chip.");
        }

        if (Is(byVoltage, current) && Is(byCurrent, current))
        {
            return Swapped("voltage is never measured", $"{heard}: the chip gives current all the time, so SEL does not reach it or sits on another pin.");
        }

        return Is(byVoltage, voltage) && Is(byCurrent, voltage)
            ? Swapped("current is never measured", $"{heard}: the chip gives voltage all the time, so SEL does not reach it or sits on another pin.")
            : null;
    }

    private static MeterFault Swapped(string what, string story) => new("F45", "METER_SWAPPED", $"The meter's {what}", story);

    private static bool Differ(double one, double other) => Math.Abs(one - other) > Apart * Math.Max(one, other);

    // A pulse more or less in a window of 1 s is no difference.
    private static bool Is(double seen, double emitted) => Math.Abs(seen - emitted) <= Math.Max(1, Alike * emitted);
}
