using LabRunner.Bench.Api;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Fixtures.Parameters;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S14_Metering;

/// <summary>Parameters of S14.</summary>
public sealed record MeteringParameters
{
    [Limits("1", "3680"), Meaning("resistive loads in W")]
    public IReadOnlyList<double> Loads { get; init; } = [60, 500, 2300, 3680];

    [Limits("90", "260"), Meaning("mains voltage of the loads in V")]
    public double Volts { get; init; } = 230;

    [Limits("200", "7200"), Meaning("PowerMax of the firmware in W: windows above it are dropped and the last reading is repeated")]
    public double PowerMax { get; init; } = 3680;

    [Limits("2s", "1h"), Meaning("averaged at each load; IEC 62053-21-style points use 20 s")]
    public TimeSpan Dwell { get; init; } = TimeSpan.FromSeconds(20);

    [Limits("0s", "10m"), Meaning("discarded after each step: V and I refresh in turn every 2 s")]
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(4);
}

/// <summary>S14: the plug's V, I and P against what the bench really emits.</summary>
[SlotSuite("S14", "Metering accuracy")]
[Needs("pulses", "http")]
public sealed class Metering(string slot) : SuiteFixture<MeteringParameters>(slot)
{
    // One pulse more in a 1 s window is 0.04 % here: within this of PowerMax, drv_bl0937.c drops good windows by chance.
    private const double PowerMaxEdge = 0.998;

    [Test]
    public async Task EveryLoad_IsReadWithinLimits()
    {
        // With flag 38 an open relay forces P and I to zero.
        await Lab.SetRelayAsync(true);
        Lab.AtEnd(async token => await Lab.Bench.InjectAsync(Lab.Slot, new LoadPoint(0, 0, 1), token));
        List<string> problems = [];
        foreach (double load in Parameters.Loads)
        {
            await Lab.SayAsync($"{load:0} W");
            TimeSpan at = Lab.Now;
            InjectedLoad emitted = await Lab.Bench.InjectAsync(Lab.Slot, new LoadPoint(Parameters.Volts, load, 1), Lab.Token);
            await Lab.DelayAsync(Parameters.Settle);
            MeterReading reading = await MeterReading.TakeAsync(Lab, Parameters.Dwell);
            if (await ZeroFindingAsync(emitted, reading, at) is { } finding)
            {
                Assert.Fail(finding);
            }

            problems.AddRange(await CompareAsync(load, emitted, reading));
        }

        Assert.That(problems, Is.Empty, string.Join("; ", problems));
    }

    private async Task<List<string>> CompareAsync(double load, InjectedLoad emitted, MeterReading reading)
    {
        List<string> problems = [];
        (double volts, double amperes, double watts) = MeterReading.QuantumOf(Lab.SlotFacts.Board);
        foreach ((string name, string unit, double value, double reference, double quantum) in new[]
        {
            ("voltage", "V", reading.Volts, emitted.Volts, volts), ("current", "A", reading.Amperes, emitted.Amperes, amperes), ("power", "W", reading.Watts, emitted.Watts, watts),
        })
        {
            double limit = MeterReading.Limit(reference, quantum);
            bool ok = Math.Abs(value - reference) <= limit;
            bool filtered = name == "power" && load >= Parameters.PowerMax * PowerMaxEdge;
            await Lab.MeasureAsync(new Figure($"{name}@{load:0.##}W", value, unit, ok ? Verdict.Pass : filtered ? Verdict.Warn : Verdict.Fail)
            {
                Lower = reference - limit,
                Upper = reference + limit,
                Reference = reference,
                Detail =
                [
                    ("errorPercent", $"{(value - reference) / reference * 100:0.000}"), ("quantum", $"{quantum:0.######}"),
                    ("quantumPercent", $"{quantum / reference * 100:0.000}"), ("readings", $"{reading.Readings}"), ("loadWatts", $"{load:0.##}"),
                ],
            });
            if (!ok && filtered)
            {
                Assert.Warn($"At {load:0.##} W, the edge of PowerMax ({Parameters.PowerMax:0} W), the firmware repeats an older reading: {value:0.#} W.");
            }
            else if (!ok)
            {
                problems.Add($"{name} at {load:0.##} W reads {value:0.###} {unit}, emitted {reference:0.###} {unit}, allowed ±{limit:0.###} {unit}");
            }
        }

        return problems;
    }

    private async Task<string?> ZeroFindingAsync(InjectedLoad emitted, MeterReading reading, TimeSpan at)
    {
        if (reading is not { Watts: 0, Amperes: 0 })
        {
            return null;
        }

        long finding = await Lab.FindAsync(
            "METER_ZERO", "F44", "The meter stays at zero while pulses arrive",
            $"The bench emits {emitted.CfHertz:0.##} Hz on CF and {emitted.Cf1CurrentHertz:0.##} Hz on CF1, and every reading of power and current is zero: "
            + "the firmware does not count (interrupts, or the wrong pins).",
            at,
            [
                $"emitted {emitted.Volts:0.##} V, {emitted.Amperes:0.####} A, {emitted.Watts:0.##} W",
                $"read {reading.Volts:0.##} V, {reading.Amperes:0.####} A, {reading.Watts:0.##} W, mean of {reading.Readings} readings",
            ],
            $"injected {emitted.Watts:0.##} W");
        return $"Finding #{finding}: the meter reads zero while {emitted.CfHertz:0.##} Hz arrive on CF.";
    }
}
