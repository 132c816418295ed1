using LabRunner.Reports.Drawing;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Sections;

/// <summary>The answer first: the night's verdict, one sentence per slot, then under which conditions.</summary>
public sealed class VerdictSection : IReportSection
{
    /// <inheritdoc/>
    public int Order => 10;

    /// <inheritdoc/>
    public string Id => "verdict";

    /// <inheritdoc/>
    public string Title => "Night report";

    /// <inheritdoc/>
    public void Write(HtmlWriter html, RunRecord run)
    {
        Scorecard card = Scorecard.From(run);
        if (run.Killed)
        {
            html.Element(
                "p",
                $"The night did not end: its runner died or could no longer write, or it still runs, so the exposure counts only up to the last record at {Words.At(run.End)} ({Words.Hours(card.Slots.Sum(s => s.DeviceHours))} on {Words.Count(card.Slots.Count, "slot")}), and what happened after it is not known.",
                ("class", "notice"), ("role", "note"));
        }
        else if (run.Outcome is { } outcome && !outcome.StartsWith("completed", StringComparison.Ordinal))
        {
            html.Element("p", $"The night did not run to its end: {outcome}", ("class", "notice"), ("role", "note"));
        }

        html.Element("p", $"Bench {card.Bench}, plan {card.Plan}, {Words.Wall(run, run.Started) ?? "start unknown"}", ("class", "soft"));
        using (html.In("div", ("class", "night")))
        {
            html.Badge(card.Verdict);
            html.Element("p", card.Text);
        }

        using (html.In("ul", ("class", "sentences")))
        {
            foreach (SlotScore slot in card.Slots)
            {
                using (html.In("li"))
                {
                    html.Element("strong", slot.Slot);
                    using (html.In("span"))
                    {
                        html.Badge(slot.Verdict);
                    }

                    html.Element("p", slot.Sentence);
                }
            }
        }

        Facts(html, run);
    }

    private static void Facts(HtmlWriter html, RunRecord run)
    {
        using (html.In("dl", ("class", "facts")))
        {
            Fact(html, "Started", Words.Wall(run, run.Started));
            Fact(html, "Ended", run.Ended is { } end ? Words.Wall(run, end) : "not written");
            Fact(html, "Run time", Words.Duration(run.End - run.Started) + (run.TimeScale == 1 ? "" : $", {Words.Number(run.TimeScale)} times as fast as the clock"));
            Fact(html, "Outcome", run.Outcome);
            Fact(html, "Firmware", Firmware(run));
            Fact(html, "Seed", run.Meta.GetValueOrDefault(MetaKeys.Seed));
            Fact(html, "Runner", run.Meta.GetValueOrDefault(MetaKeys.Runner));
            Fact(html, "Origin", run.OriginUtc is null ? null : Words.Wall(run, 0) + " is +0:00:00");
        }
    }

    private static string? Firmware(RunRecord run)
    {
        List<string> builds =
        [
            .. run.Identities
                .Select(i => i.Facts.GetValueOrDefault("build") ?? i.Facts.GetValueOrDefault("version"))
                .OfType<string>().Distinct().Order(StringComparer.Ordinal),
        ];
        return builds.Count == 0 ? null : string.Join(", ", builds);
    }

    private static void Fact(HtmlWriter html, string name, string? value)
    {
        if (value is null)
        {
            return;
        }

        using (html.In("div"))
        {
            html.Element("dt", name);
            html.Element("dd", value);
        }
    }
}
