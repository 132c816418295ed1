using System.Globalization;
using LabRunner.Bench.Inventory;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S15_BrownOut;

/// <content>Dips of the 3.3 V rail to a voltage, at once and slowly, by a bench supply (F53).</content>
public sealed partial class BrownOut
{
    private static readonly TimeSpan Off = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan RampLow = TimeSpan.FromMilliseconds(100);

    [Test]
    [Needs("supplyDip")]
    public async Task RailDip_ToEachVoltage_EndsInAServingPlugThatMeters()
    {
        SuiteContext.Ask(Math.Min(Parameters.RailVolts.Count, Parameters.RailDips.Count), "dips of the rail");
        await Lab.RememberRelayAsync(true);
        double? load = await StartLoadAsync();
        List<string> problems = Lab.Problems;
        foreach (double volts in Parameters.RailVolts)
        {
            string voltage = string.Create(CultureInfo.InvariantCulture, $"{volts:0.0#} V");
            (int rebooted, int dips) = (0, 0);
            foreach (TimeSpan length in Parameters.RailDips)
            {
                for (int i = 1; i <= Parameters.Repeats; i++)
                {
                    await Lab.DemandRelayBudgetAsync(dips, Parameters.Repeats * Parameters.RailDips.Count);
                    string what = $"dip {i} of the rail to {voltage} for {DurationText.Format(length)}";
                    DipOutcome outcome = await DipAsync(
                        "rail-dip", what, [("volts", voltage), ("dip", DurationText.Format(length))], () => Lab.Bench.DipSupplyAsync(Lab.Slot, volts, length, TimeSpan.Zero, Lab.Token), load);
                    dips++;
                    rebooted += outcome.Rebooted ? 1 : 0;
                    problems.AddRange(outcome.Problems.Select(problem => $"{what}: {problem}"));
                }
            }

            await Lab.MeasureAsync(new Figure($"rail-dip-reboots@{voltage}", (double)rebooted / dips, "share", Verdict.Pass) { Detail = [("n", $"{dips}")] });
        }

        Assert.That(problems, Is.Empty, string.Join("; ", problems));
    }

    /// <summary>A plug that is unplugged, or one whose mains fails, loses its rail over as long as its capacitors last: slowly through every threshold.</summary>
    [Test]
    [Needs("supplyDip")]
    public async Task RailRamp_ToEachVoltage_EndsInAServingPlugThatMeters()
    {
        SuiteContext.Ask(Math.Min(Parameters.RailVolts.Count, Parameters.Ramps.Count), "ramps of the rail");
        await StartAnewAsync();
        await Lab.RememberRelayAsync(true);
        double? load = await StartLoadAsync();
        List<string> problems = Lab.Problems;
        int ramps = 0;
        foreach (TimeSpan ramp in Parameters.Ramps)
        {
            foreach (double volts in Parameters.RailVolts)
            {
                string voltage = string.Create(CultureInfo.InvariantCulture, $"{volts:0.0#} V");
                await Lab.DemandRelayBudgetAsync(ramps++, Parameters.Ramps.Count * Parameters.RailVolts.Count);
                string what = $"ramp of the rail to {voltage} in {DurationText.Format(ramp)} and back";
                DipOutcome outcome = await DipAsync(
                    "rail-ramp", what, [("volts", voltage), ("ramp", DurationText.Format(ramp))], () => Lab.Bench.DipSupplyAsync(Lab.Slot, volts, RampLow, ramp, Lab.Token), load);
                problems.AddRange(outcome.Problems.Select(problem => $"{what}: {problem}"));
                await Lab.MeasureAsync(new Figure($"rail-ramp-reboots@{voltage} {DurationText.Format(ramp)}", outcome.Rebooted ? 1 : 0, "", Verdict.Pass));
            }
        }

        Assert.That(problems, Is.Empty, string.Join("; ", problems));
    }

    // A meter chip that a dip before has stopped stays so until its supply was away: that was said, and would hide what a ramp does.
    private async Task StartAnewAsync()
    {
        Lab.LeavePowered();
        await Lab.WaitUntilBootIsCompleteAsync();
        await using (await Lab.IntentAsync(IntentKinds.PowerCut, "the supply off, so that the meter chip begins anew"))
        {
            await Lab.CutSupplyAsync(Off);
            await Lab.AnswersWithinAsync(Parameters.RecoverLimit);
        }

        await Lab.WaitUntilBootIsCompleteAsync();
    }
}
