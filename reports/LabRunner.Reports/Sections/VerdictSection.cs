using LabRunner.Reports.Drawing;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

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
            Fact(html, "Boards", Shared(run.Slots.Select(s => (s.Name, (string?)s.Board))));
            Fact(html, "Settings", Shared(run.Slots.Select(s => (s.Name, run.Identities.LastOrDefault(i => i.Slot == s.Name)?.Facts.GetValueOrDefault(IdentityFacts.SettingsHash)))));
            Fact(html, "Mains", Mains(run));
            Fact(html, "Seed", run.Meta.GetValueOrDefault(MetaKeys.Seed));
            Fact(html, "Runner", run.Meta.GetValueOrDefault(MetaKeys.Runner));
            Fact(html, "Origin", run.OriginUtc is null ? null : Words.Wall(run, 0) + " is +0:00:00");
        }
    }

    // "a (p1, p2), b (p3)", and the value alone where all slots have it.
    private static string? Shared(IEnumerable<(string Slot, string? Value)> slots)
    {
        List<(string Slot, string Value)> known = [.. slots.Where(s => s.Value is not null).Select(s => (s.Slot, s.Value!))];
        List<IGrouping<string, string>> values = [.. known.GroupBy(s => s.Value, s => s.Slot)];
        return values.Count switch
        {
            0 => null,
            1 => values[0].Key,
            _ => string.Join(", ", values.Select(v => $"{v.Key} ({string.Join(", ", v)})")),
        };
    }

    // Only a DUT tells of the mains here, and one that is fed with reference pulses tells of those.
    private static string? Mains(RunRecord run)
    {
        HashSet<string> fed = [.. run.Slots.Where(s => s.Capabilities.Contains("pulses")).Select(s => s.Name)];
        double[] volts = [.. run.Telemetry.Where(t => t.Voltage is > 0 && double.IsFinite(t.Voltage.Value) && !fed.Contains(t.Slot)).Select(t => t.Voltage!.Value)];
        Array.Sort(volts);
        return volts.Length > 0 ? $"{Words.Number(Percentile.OfSorted(volts, 0.5))} V as the DUTs read it ({Words.Number(volts[0])} … {Words.Number(volts[^1])} V)"
            : fed.Count > 0 ? "not read: the meters are fed with reference pulses" : null;
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
