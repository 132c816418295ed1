using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Sections;

/// <summary>
/// Tables that one suite has: attempts of the abused update with what the DUT replied (S05), ladders of short boots with the boot at which
/// safe mode came (S03), pages that were opened with what came of each (S07). What failed comes first.
/// </summary>
internal static class SuiteTables
{
    private const int MaxRows = 300;
    private const string Page = "page ";

    /// <summary>True for a page of the crawl, which has its own table and is none of the other figures.</summary>
    internal static bool IsPage(MeasurementRecord figure) => figure.Suite == "S07" && figure.Name.StartsWith(Page, StringComparison.Ordinal) && figure.Detail.ContainsKey("status");

    internal static void Draw(HtmlWriter html, string suite, IReadOnlyList<TrialRecord> trials, IReadOnlyList<MeasurementRecord> figures)
    {
        switch (suite)
        {
            case "S03":
                Table(
                    html, "Ladders of boots, and the first that was in safe mode", "ladder", [.. trials.Where(t => t.Step is "ladder" or "boundary")], t => t.Ok, t => t.Slot,
                    ["Ladder", "Each boot", "#Longest", "Safe mode at boot", "Result"],
                    t => [t.Step, Of(t.Detail, "on"), new Figure($"{Of(t.Detail, "longestSeconds")} s"), Of(t.Detail, "enteredAt"), t.Ok ? "as it should" : "not as it should"]);
                break;
            case "S05":
                Table(
                    html, "Attempts, and what the plug replied", "attempt", [.. trials.Where(t => t.Detail.ContainsKey("attempt"))], t => t.Ok, t => t.Slot,
                    ["Attempt", "Mode", "Reply", "#Bytes taken", "#Longest stall", "What was wrong"],
                    t => [Of(t.Detail, "attempt"), t.Step.Replace("attempt-", "", StringComparison.Ordinal), Of(t.Detail, "reply"), new Figure(Of(t.Detail, "bytesTaken")), new Figure($"{Of(t.Detail, "longestStallSeconds")} s"), Of(t.Detail, "problems", "nothing")]);
                break;
            case "S07":
                Table(
                    html, "Pages that were opened", "page", [.. figures.Where(IsPage)], m => m.Verdict == Verdict.Pass, m => m.Slot,
                    ["Page", "Status", "#Bytes", "#Took", "Verdict", "What was wrong"],
                    m => [m.Name[Page.Length..], Of(m.Detail, "status"), new Figure(Of(m.Detail, "bytes")), new Figure($"{Words.Number(m.Value)} {m.Unit}"), m.Verdict, Of(m.Detail, "problem", "nothing")]);
                break;
        }
    }

    private static void Table<T>(HtmlWriter html, string caption, string noun, IReadOnlyList<T> rows, Func<T, bool> isGood, Func<T, string> slot, string[] head, Func<T, object?[]> cells)
    {
        if (rows.Count == 0)
        {
            return;
        }

        int bad = rows.Count(r => !isGood(r));
        using (html.In("details", ("open", bad > 0 ? "open" : null)))
        {
            html.Element("summary", $"{Words.Count(rows.Count, noun)}, {bad} failed");
            html.Table(rows.Count > MaxRows ? $"{caption}: {MaxRows} of {rows.Count}, what failed first; all are in report.json" : caption, ["Slot", .. head], () =>
            {
                foreach (T row in rows.OrderBy(isGood).ThenBy(slot, StringComparer.Ordinal).Take(MaxRows))
                {
                    html.Row([slot(row), .. cells(row)]);
                }
            });
        }
    }

    private static string Of(IReadOnlyDictionary<string, string> detail, string key, string none = "–") => detail.GetValueOrDefault(key) is { Length: > 0 } text ? text : none;
}
