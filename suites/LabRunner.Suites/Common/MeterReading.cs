using LabRunner.Bench.Api;
using LabRunner.Fixtures;
using LabRunner.Hardware.Plugs;
using NUnit.Framework;

namespace LabRunner.Suites.Common;

/// <summary>What the plug's meter said over a dwell, averaged.</summary>
/// <param name="Volts">Mean, V.</param>
/// <param name="Amperes">Mean, A.</param>
/// <param name="Watts">Mean, W.</param>
/// <param name="Readings">Number of readings.</param>
internal sealed record MeterReading(double Volts, double Amperes, double Watts, int Readings)
{
    /// <summary>One pulse in a window of 1 s (drv_bl0937.c): no reading is finer.</summary>
    public static (double Volts, double Amperes, double Watts) QuantumOf(BoardDescription board) =>
        (board.VoltsPerHertz, board.AmperesPerHertz, board.WattsPerHertz);

    /// <summary>Largest allowed difference: 1 % of the reference, but at least one quantum.</summary>
    public static double Limit(double reference, double quantum) => Math.Max(quantum, Math.Abs(reference) * 0.01);

    /// <summary>Reads the index page once a second.</summary>
    /// <param name="lab">Context.</param>
    /// <param name="dwell">How long.</param>
    public static async Task<MeterReading> TakeAsync(SuiteContext lab, TimeSpan dwell)
    {
        List<PlugPageState> readings = [];
        TimeSpan end = lab.Now + dwell;
        for (TimeSpan next = lab.Now; next < end; next += TimeSpan.FromSeconds(1))
        {
            await lab.DelayUntilAsync(next);
            PlugPageState state = await lab.Plug.GetPageStateAsync(lab.Token);
            Assert.That(state.Voltage is not null && state.Current is not null && state.Power is not null, Is.True, "The index page shows no meter: the BL0937 driver is not running.");
            readings.Add(state);
        }

        return new MeterReading(readings.Average(s => s.Voltage!.Value), readings.Average(s => s.Current!.Value), readings.Average(s => s.Power!.Value), readings.Count);
    }
}
