using LabRunner.Bench.Api;
using LabRunner.Fixtures;
using LabRunner.Hardware.Plugs;
using NUnit.Framework;

namespace LabRunner.Suites.Common;

/// <summary>One reading of the plug's meter.</summary>
internal readonly record struct MeterSample(double Volts, double Amperes, double Watts);

/// <summary>What the plug's meter said over a dwell.</summary>
/// <param name="Samples">One a second.</param>
internal sealed record MeterReading(IReadOnlyList<MeterSample> Samples)
{
    /// <summary>Mean, V.</summary>
    public double Volts { get; } = Samples.Average(s => s.Volts);

    /// <summary>Mean, A.</summary>
    public double Amperes { get; } = Samples.Average(s => s.Amperes);

    /// <summary>Mean, W.</summary>
    public double Watts { get; } = Samples.Average(s => s.Watts);

    /// <summary>Number of readings.</summary>
    public int Readings => Samples.Count;

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
        List<MeterSample> samples = [];
        TimeSpan end = lab.Now + dwell;
        for (TimeSpan next = lab.Now; next < end; next += TimeSpan.FromSeconds(1))
        {
            await lab.DelayUntilAsync(next);
            PlugPageState state = await lab.Plug.GetPageStateAsync(lab.Token);
            Assert.That(state.Voltage is not null && state.Current is not null && state.Power is not null, Is.True, "The index page shows no meter: the BL0937 driver is not running.");
            samples.Add(new MeterSample(state.Voltage!.Value, state.Current!.Value, state.Power!.Value));
        }

        return new MeterReading(samples);
    }
}
