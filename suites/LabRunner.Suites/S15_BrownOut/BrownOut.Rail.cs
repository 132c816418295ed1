using System.Globalization;
using LabRunner.Bench.Inventory;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S15_BrownOut;

/// <content>Dips of the 3.3 V rail to a voltage, by a bench supply (F53).</content>
public sealed partial class BrownOut
{
    [Test]
    [Needs("supplyDip")]
    public async Task RailDip_ToEachVoltage_EndsInAServingPlugThatMeters()
    {
        await Lab.RememberRelayAsync(true);
        double? load = await StartLoadAsync();
        List<string> problems = [];
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
                        "rail-dip", what, [("volts", voltage), ("dip", DurationText.Format(length))], () => Lab.Bench.DipSupplyAsync(Lab.Slot, volts, length, Lab.Token), load);
                    dips++;
                    rebooted += outcome.Rebooted ? 1 : 0;
                    problems.AddRange(outcome.Problems.Select(problem => $"{what}: {problem}"));
                }
            }

            await Lab.MeasureAsync(new Figure($"rail-dip-reboots@{voltage}", (double)rebooted / dips, "share", Verdict.Pass) { Detail = [("n", $"{dips}")] });
        }

        Assert.That(problems, Is.Empty, string.Join("; ", problems));
    }
}
