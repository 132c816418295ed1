using System.Globalization;
using System.Security.Cryptography;
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
        html.Element("pre", RepeatCommand.Of(run), ("tabindex", "0"), ("aria-label", "Command to repeat"));
        Identities(html, run);
        Verbatim(html, "Plan as used, secrets hidden", run.Meta.GetValueOrDefault(MetaKeys.PlanText));
        Verbatim(html, "Inventory as used, secrets hidden", run.Meta.GetValueOrDefault(MetaKeys.InventoryText));
        Formulas(html);
        Data(html, run);
    }

    private static void Formulas(HtmlWriter html)
    {
        html.Element("h3", "Formulas, limits and sources");
        (string What, string How)[] rows =
        [
            ("MTBF bounds", "time-terminated chi-square, 2T/chi2(c; 2r+2) (NIST/SEMATECH e-Handbook 8.4.5.1); assumes a constant rate"),
            ("Rates", "Garwood's exact Poisson interval; two rates by the conditional binomial test"),
            ("Shares", "Clopper-Pearson, one-sided for verdicts"),
            ("Sequential test", "Wald, exponential times (basis of MIL-HDBK-781A)"),
            ("Survival", "Kaplan-Meier, Greenwood, log-log bounds; Weibull by maximum likelihood with censoring"),
            ("Timers", "coefficient of variation below 0.1 in three failures or more; time against the interval that was set with slope 1 ± 0.05"),
            ("Heap leak", "medians of blocks, Theil-Sen with bounds without 0, at least 32 B/h and 1 kB over a spell; floor against 12 kB"),
            ("Trend within the night", "Laplace's test on the failure times"),
            ("Stable hours", "device-hours without an unexpected reset over all of them"),
        ];
        html.Table("How the figures are made", ["Figure", "Made by"], () =>
        {
            foreach ((string what, string how) in rows)
            {
                html.Row(what, how);
            }
        });
        html.Element("p", "Every figure can be computed again from journal.db in this run's folder.");
    }

    /// <summary>The raw data, and the hashes that show they are those of this report. The journal may still grow; its hash is not told.</summary>
    private static void Data(HtmlWriter html, RunRecord run)
    {
        html.Element("h3", "Raw data");
        List<string> files = [JournalSchema.FileName, .. run.Slots.Select(s => $"consoles/{s.Name}.log").Where(f => RunFiles.Find(run.Folder, f) is not null)];
        html.Table("Files of the run folder, from report/index.html", ["File", "#Bytes", "SHA-256"], () =>
        {
            foreach (string file in files)
            {
                string? path = RunFiles.Find(run.Folder, file);
                html.Row(
                    (Action)(() => html.Element("a", file, ("href", RunFiles.Link(file)))), path is null ? "–" : new Figure(new FileInfo(path).Length.ToString(CultureInfo.InvariantCulture)),
                    file == JournalSchema.FileName || path is null ? "–" : Hash(path));
            }
        });
    }

    private static string Hash(string path)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            return Convert.ToHexStringLower(SHA256.HashData(stream));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "cannot be read";
        }
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
