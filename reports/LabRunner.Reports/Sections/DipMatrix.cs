using System.Globalization;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Sections;

/// <summary>
/// Dips of the supply (S15) by depth and length, a matrix a slot: where the DUT ran on, where it booted cleanly, and where something was wrong
/// afterwards. Read of the trials "dip" (the supply cut) and "rail-dip" (the rail lowered to "volts"), with "dip" and "reallyMs" for the length.
/// </summary>
internal static class DipMatrix
{
    private const string Suite = "S15";
    private const double Width = 1000;
    private const double Left = 110;
    private const double Top = 6;
    private const double RowHeight = 34;

    internal static void Draw(HtmlWriter html, string suite, IReadOnlyList<TrialRecord> trials)
    {
        if (suite != Suite)
        {
            return;
        }

        foreach (IGrouping<string, Dip> slot in trials.Select(Dip.Of).OfType<Dip>().GroupBy(d => d.Slot).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            Slot(html, slot.Key, [.. slot]);
        }
    }

    private static void Slot(HtmlWriter html, string slot, IReadOnlyList<Dip> dips)
    {
        // Lengths are told as the plan spells them; what they really were puts them in order.
        List<string> lengths = [.. dips.GroupBy(d => d.Length).OrderBy(g => g.Average(d => d.ReallyMs)).Select(g => g.Key)];
        List<double> depths = [.. dips.Select(d => d.Volts).Distinct().OrderDescending()];
        List<string> wrong = [.. dips.Where(d => !d.Ok).GroupBy(d => (d.Volts, d.Length)).Select(g => $"{Depth(g.Key.Volts)} for {g.Key.Length} ({g.Count()})")];
        string title = $"{slot}: {Words.Count(dips.Count, "dip")} by depth and length; {dips.Count(d => d is { Ok: true, Rebooted: false })} ran on, {dips.Count(d => d is { Ok: true, Rebooted: true })} booted cleanly, "
            + (wrong.Count == 0 ? "none left anything wrong" : $"{dips.Count(d => !d.Ok)} left something wrong: {string.Join(", ", wrong)}");
        double cell = (Width - Left - 16) / lengths.Count;
        using (html.In("figure"))
        {
            html.Element("figcaption", title);
            using (html.In("div", ("class", "chart"), ("tabindex", "0"), ("role", "group"), ("aria-label", title)))
            using (html.In("svg", ("viewBox", string.Create(CultureInfo.InvariantCulture, $"0 0 {Width:0} {Top + (RowHeight * depths.Count) + 24:0}")), ("role", "img"), ("aria-label", title)))
            {
                html.Element("title", title);
                for (int row = 0; row < depths.Count; row++)
                {
                    double y = Top + (row * RowHeight);
                    html.Element("text", Depth(depths[row]), ("x", Left - 8), ("y", y + (RowHeight / 2) + 4), ("text-anchor", "end"));
                    for (int column = 0; column < lengths.Count; column++)
                    {
                        Cell(html, [.. dips.Where(d => d.Volts == depths[row] && d.Length == lengths[column])], Left + (column * cell), y, cell);
                    }
                }

                for (int column = 0; column < lengths.Count; column++)
                {
                    html.Element("text", Label(lengths[column], [.. dips.Where(d => d.Length == lengths[column])]), ("x", Left + ((column + 0.5) * cell)), ("y", Top + (RowHeight * depths.Count) + 16), ("text-anchor", "middle"));
                }
            }
        }
    }

    // A switch may take longer than the dip that it was to make.
    private static string Label(string length, IReadOnlyList<Dip> dips)
    {
        double mean = dips.Average(d => d.ReallyMs);
        return Milliseconds(length) is { } asked && Math.Abs(mean - asked) > Math.Max(10, asked / 2)
            ? string.Create(CultureInfo.InvariantCulture, $"{length}, really {mean:0} ms")
            : length;
    }

    private static double? Milliseconds(string length)
    {
        bool thousandths = length.EndsWith("ms", StringComparison.Ordinal);
        return double.TryParse(length.TrimEnd('m', 's'), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && length.EndsWith('s') ? number * (thousandths ? 1 : 1000) : null;
    }

    /// <summary>Told in words as well as in colour; a depth that was not played with a length stays empty.</summary>
    private static void Cell(HtmlWriter html, IReadOnlyList<Dip> dips, double x, double y, double width)
    {
        if (dips.Count == 0)
        {
            return;
        }

        int wrong = dips.Count(d => !d.Ok);
        int booted = dips.Count(d => d is { Ok: true, Rebooted: true });
        (string kind, string text) = wrong > 0 ? ("cell bad", $"✕ {wrong} of {dips.Count} wrong")
            : booted > 0 ? ("cell boot", booted == dips.Count ? $"{booted} booted" : $"{booted} of {dips.Count} booted")
            : ("cell", $"{dips.Count} ran on");
        using (html.In("g"))
        {
            html.Element("title", string.Create(
                CultureInfo.InvariantCulture,
                $"{Depth(dips[0].Volts)} for {dips[0].Length} (really {dips.Min(d => d.ReallyMs):0} to {dips.Max(d => d.ReallyMs):0} ms): {dips.Count - wrong - booted} ran on, {booted} booted cleanly, {wrong} left something wrong"));
            html.Empty("rect", ("class", kind), ("x", x + 2), ("y", y + 2), ("width", width - 4), ("height", RowHeight - 4), ("rx", 3));
            html.Element("text", text, ("class", "strong"), ("x", x + (width / 2)), ("y", y + (RowHeight / 2) + 4), ("text-anchor", "middle"));
        }
    }

    private static string Depth(double volts) => volts == 0 ? "supply cut" : string.Create(CultureInfo.InvariantCulture, $"rail {volts:0.0#} V");

    private sealed record Dip(string Slot, double Volts, string Length, double ReallyMs, bool Ok, bool Rebooted)
    {
        internal static Dip? Of(TrialRecord trial)
        {
            double volts = 0;
            return trial.Step is "dip" or "rail-dip" && trial.Detail.GetValueOrDefault("dip") is { Length: > 0 } length
                && double.TryParse(trial.Detail.GetValueOrDefault("reallyMs"), NumberStyles.Float, CultureInfo.InvariantCulture, out double really) && double.IsFinite(really)
                && (trial.Step == "dip" || double.TryParse(trial.Detail.GetValueOrDefault("volts")?.Split(' ')[0], NumberStyles.Float, CultureInfo.InvariantCulture, out volts))
                ? new Dip(trial.Slot, volts, length, really, trial.Ok, trial.Detail.GetValueOrDefault("rebooted") == "yes")
                : null;
        }
    }
}
