using LabRunner.Reports.Comparison;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Sections;

/// <summary>
/// Tests whose verdict changed from night to night of one plan on a plug with the same board, firmware and settings. Where the bench was healthy that is
/// an intermittent device, the strongest sign of one; else it is the bench.
/// </summary>
internal static class BetweenNights
{
    private const int Most = 100;

    internal static void Write(HtmlWriter html, RunRecord run)
    {
        NightSummary[] earlier = [.. run.Earlier.Where(n => n.Plan == run.Plan && n.PlanText == run.Meta.GetValueOrDefault(MetaKeys.PlanText, "")).Reverse()];
        if (earlier.Length == 0)
        {
            html.Element("p", $"No earlier night of the plan {run.Plan} stands beside this run: whether a verdict changes from night to night is not known.");
            return;
        }

        NightSummary[] nights = [.. earlier, NightSummary.From(run)];
        List<(string Slot, string Test, IReadOnlyList<bool> Passed)> all = [.. Outcomes(nights).Where(t => t.Passed.Count > 1)];
        List<(string Slot, string Test, IReadOnlyList<bool> Passed)> flips = [.. all.Where(t => Flakiness.FlipRate(t.Passed) > 0).OrderByDescending(t => Flakiness.FlipRate(t.Passed))];
        string asked = $"{Words.Count(all.Count, "test")} of a slot had a result in two of {Words.Count(nights.Length, "night")} or more with the same board, firmware and settings";
        if (flips.Count == 0)
        {
            html.Element("p", $"No verdict changed from night to night: {asked}.");
            return;
        }

        html.Element("p", $"{Words.Count(flips.Count, "test")} changed the verdict from night to night; {asked}. A healthy bench makes that the plug's: it fails now and then.");
        html.Table("Unsteady from night to night, the newest build, settings and board of each slot alone. Flips: changes between neighbours over all of them", ["Slot", "Test", "#Passed", "#Flips", "#Entropy", "Nights, the oldest first"], () =>
        {
            foreach ((string slot, string test, IReadOnlyList<bool> passed) in flips.Take(Most))
            {
                html.Row(
                    slot, test, new Figure($"{passed.Count(p => p)} of {passed.Count}"), new Figure(Words.Percent(Flakiness.FlipRate(passed))), new Figure(Words.Number(Flakiness.EntropyBits(passed)) + " bit"),
                    string.Concat(passed.Select(p => p ? 'P' : 'F')));
            }
        });
        if (flips.Count > Most)
        {
            html.Element("p", $"{flips.Count - Most} more are left out.");
        }
    }

    /// <summary>By slot and test, in order of the nights: of those with the same build, settings and board as in this one.</summary>
    private static IEnumerable<(string Slot, string Test, IReadOnlyList<bool> Passed)> Outcomes(NightSummary[] nights)
    {
        foreach (NightCell now in nights[^1].Cells.Where(c => c is { Known: true, Settings: not null }))
        {
            NightCell[] same = [.. nights.SelectMany(n => n.Cells).Where(c => c.IsPlugOf(now) && c.Firmware == now.Firmware && c.Settings == now.Settings)];
            foreach (string test in now.Tests.Keys.Order(StringComparer.Ordinal))
            {
                yield return (now.Slot, test, [.. same.Where(c => c.Tests.ContainsKey(test)).Select(c => c.Tests[test])]);
            }
        }
    }
}
