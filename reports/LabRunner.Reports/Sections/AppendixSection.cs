using LabRunner.Reports.Drawing;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Sections;

/// <summary>What is needed to repeat the night: command, seed, identities, plan, inventory without secrets.</summary>
public sealed class AppendixSection : IReportSection
{
    private const int TextLimit = 60_000;

    /// <inheritdoc/>
    public int Order => 120;

    /// <inheritdoc/>
    public string Id => "appendix";

    /// <inheritdoc/>
    public string Title => "Appendix";

    /// <inheritdoc/>
    public void Write(HtmlWriter html, RunRecord run)
    {
        html.Element("h3", "To repeat this night");
        html.Element("pre", RepeatCommand(run), ("tabindex", "0"), ("aria-label", "Command to repeat"));
        Identities(html, run);
        Verbatim(html, "Plan as used, secrets hidden", run.Meta.GetValueOrDefault(MetaKeys.PlanText));
        Verbatim(html, "Inventory as used, secrets hidden", run.Meta.GetValueOrDefault(MetaKeys.InventoryText));
        html.Element("h3", "Formulas and sources");
        html.Element(
            "p",
            "MTBF bounds: time-terminated chi-square (NIST/SEMATECH e-Handbook 8.4.5.1). Rates: Garwood. Proportions: Clopper-Pearson, one-sided. Sequential test: Wald, exponential times (basis of MIL-HDBK-781A). Trends: Theil-Sen on block medians per boot. Every figure can be computed again from journal.db in this run's folder.");
    }

    private static string RepeatCommand(RunRecord run)
    {
        string seed = run.Meta.GetValueOrDefault(MetaKeys.Seed, "unknown");
        return $"labrunner night --bench {run.Bench} --plan {run.Plan} --seed {seed}{(run.TimeScale == 1 ? "" : $" --time-scale {Words.Number(run.TimeScale)}")}";
    }

    private static void Identities(HtmlWriter html, RunRecord run)
    {
        if (run.Identities.Count == 0)
        {
            return;
        }

        html.Table("What the DUTs said of themselves before and after; a star marks what changed", ["Slot", "Fact", "Before", "After"], () =>
        {
            foreach (IGrouping<string, IdentityRecord> slot in run.Identities.GroupBy(i => i.Slot).OrderBy(g => g.Key, StringComparer.Ordinal))
            {
                IReadOnlyDictionary<string, string>? before = slot.LastOrDefault(i => i.Phase == "before")?.Facts;
                IReadOnlyDictionary<string, string>? after = slot.LastOrDefault(i => i.Phase == "after")?.Facts;
                foreach (string key in slot.SelectMany(i => i.Facts.Keys).Distinct().Order(StringComparer.Ordinal))
                {
                    string? was = before?.GetValueOrDefault(key);
                    string? now = after?.GetValueOrDefault(key);
                    html.Row(slot.Key, key, was ?? "–", (now ?? "–") + (was is not null && now is not null && was != now ? " *" : ""));
                }
            }
        });
    }

    private static void Verbatim(HtmlWriter html, string title, string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return;
        }

        using (html.In("details"))
        {
            html.Element("summary", title);
            using (html.In("pre", ("tabindex", "0"), ("aria-label", title)))
            {
                html.Text(Secrets.Hide(text), TextLimit);
            }
        }
    }
}
