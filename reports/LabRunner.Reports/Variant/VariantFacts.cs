using System.Globalization;
using System.Text.RegularExpressions;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Variant;

/// <summary>What a board is to be written down with: its metering constants, its flash, the template that the probe proposed, and what is known not to be as it should.</summary>
internal static partial class VariantFacts
{
    private const string TemplateEnd = ".template.json";

    // A template has one line a pin; a text of another size is none of ours.
    private const long LargestText = 65_536;

    private static readonly (string Name, string Unit, string Key, string Scale)[] Quantities =
    [
        ("voltage", "V/Hz", BoardFacts.VoltsPerHertz, "cf1 scale"), ("current", "A/Hz", BoardFacts.AmperesPerHertz, ""), ("power", "W/Hz", BoardFacts.WattsPerHertz, "cf scale"),
    ];

    /// <summary>Flash as it named itself where the bench wrote it over the UART; null where it did not.</summary>
    internal static string? Flash(VariantRecord variant)
    {
        foreach (RunRecord run in variant.Runs.Reverse())
        {
            if (Text(run, $"artifacts/reflash-{variant.Slot}/reflash.txt") is { } said && FlashLine().Matches(said).LastOrDefault() is { } told)
            {
                return $"{told.Groups[2].Value}, {told.Groups[1].Value} KiB, as it said when the recovery of {Path.GetFileName(run.Folder.TrimEnd('/'))} wrote it";
            }
        }

        return null;
    }

    internal static void Constants(HtmlWriter html, VariantRecord variant)
    {
        List<(string Name, string Unit, double? Board, string From, double? Own, string By)> rows = [];
        foreach ((string name, string unit, string key, string scale) in Quantities)
        {
            (double? board, string from) = Board(variant, name, key);
            (double? own, string by) = Own(variant, name, scale, board);
            rows.Add((name, unit, board, from, own, by));
        }

        if (rows.TrueForAll(r => r.Board is null))
        {
            html.Element("p", "Not told by these runs.");
            return;
        }

        html.Element("p", "One pulse a second of the meter's chip is so much. The device's own is what it takes a pulse for, by what it read of pulses that the bench emitted: it tells no constant by itself.", ("class", "soft"));
        html.Table("Metering constants", ["Quantity", "#Board file", "Told by", "#The device's own", "By"], () =>
        {
            foreach ((string name, string unit, double? board, string from, double? own, string by) in rows)
            {
                html.Row(name, new Figure(board is null ? "–" : $"{Exact(board.Value)} {unit}"), from, new Figure(own is null ? "–" : $"{own.Value.ToString("G4", CultureInfo.InvariantCulture)} {unit}"), by);
            }
        });
    }

    internal static void Template(HtmlWriter html, VariantRecord variant)
    {
        foreach (RunRecord run in variant.Runs.Reverse())
        {
            if (run.Artefacts.LastOrDefault(a => a.Slot == variant.Slot && a.Suite == VariantRecord.ProbeSuite && a.Name.EndsWith(TemplateEnd, StringComparison.Ordinal)) is { } artefact)
            {
                html.Element("p", $"{artefact.Name} of run {Path.GetFileName(run.Folder.TrimEnd('/'))}, for the templates of OpenBeken's web application:");
                html.Element("pre", Text(run, artefact.Path) ?? "It is not in the run folder.");
                return;
            }
        }

        html.Element("p", variant.Functions.Count == 0 ? "None: the board was not probed." : "None: the probe left no template in its run.");
    }

    internal static void Exceptions(HtmlWriter html, VariantRecord variant)
    {
        RunRecord[] counted = [.. variant.Runs.Where(r => r.WhyNotCounted(variant.Slot) is null)];
        VariantRecord held = new(counted, variant.Slot, variant.Facts);
        string[] lines =
        [
            .. counted.SelectMany(r => r.Verdicts.Where(v => v.Rule == VerdictRecord.QuarantineRule && IsOf(r, v, variant.Slot))).Select(v => v.Text),
            .. held.Functions.Where(f => f.Verdict == Verdict.Warn).Select(f => $"{f.Name}: {f.Said}"),
            .. held.Tests.Where(t => t.Verdict == Verdict.Warn).Select(t => $"{t.Suite} {t.Name}: {t.Headline()}"),
        ];
        html.Element("p", lines.Length == 0 ? "None: nothing of this board is quarantined, and nothing held with a remark." : "What is quarantined, and what held with a remark:");
        VariantReport.List(html, [.. lines.Distinct()]);
    }

    private static bool IsOf(RunRecord run, VerdictRecord row, string slot) =>
        run.Tests.Any(t => t.Slot == slot && VerdictRecord.QuarantinedTest(t) == row.Scope)
        || run.Incidents.Any(i => i.Slot == slot && string.Create(CultureInfo.InvariantCulture, $"incident:{i.Id}") == row.Scope);

    private static (double? Value, string From) Board(VariantRecord variant, string name, string key)
    {
        foreach (RunRecord run in variant.Runs.Reverse())
        {
            if (run.Slots.LastOrDefault(s => s.Name == variant.Slot) is { } slot && Number(slot.Facts.GetValueOrDefault(key)) is { } told)
            {
                return (told, $"board file {slot.Board}");
            }
        }

        // Of runs whose slots do not tell it: the finest step of a reading is one pulse a second.
        return variant.Identities.Select(i => Number(i.Facts.GetValueOrDefault($"calibration {name} quantum"))).LastOrDefault(n => n is not null) is { } quantum ? (quantum, "the checkup's finest step")
            : variant.Figures.Where(m => m.Suite == MeteringCurve.Suite && m.Name.StartsWith(name + "@", StringComparison.Ordinal)).Select(m => MeteringCurve.Detail(m, "quantum")).LastOrDefault(n => n is not null) is { } step ? (step, "the finest step of suite S14")
            : (null, "");
    }

    private static (double? Value, string By) Own(VariantRecord variant, string name, string scale, double? board)
    {
        if (board is not { } constant)
        {
            return (null, "");
        }

        double[] ratios =
        [
            .. variant.Identities.Select(i => Ratio(i.Facts.GetValueOrDefault($"calibration {name}"), i.Facts.GetValueOrDefault($"calibration {name} emitted"))).OfType<double>(),
        ];
        if (ratios.Length > 0)
        {
            return (constant * ratios[^1], "a known load at the checkup");
        }

        double[] probed =
        [
            .. variant.Trials.Where(t => t.Suite == VariantRecord.ProbeSuite && t.Ok && t.Step == scale).Select(t => ScaleLine().Match(t.Detail.GetValueOrDefault("seen") ?? ""))
                .Where(m => m.Success).Select(m => Ratio(m.Groups[2].Value, m.Groups[1].Value)).OfType<double>(),
        ];
        return probed.Length > 0 ? (constant * Percentile.Of(probed, 0.5), $"the probe, {Words.Count(probed.Length, "step")}") : (null, "");
    }

    private static double? Ratio(string? read, string? emitted) => Number(read) is { } r && Number(emitted) is { } e ? r / e : null;

    // Above 0: nothing else is a constant, a reading of a load, or a load.
    private static double? Number(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value > 0 && double.IsFinite(value) ? value : null;

    private static string Exact(double value) => value.ToString("0.###########", CultureInfo.InvariantCulture);

    private static string? Text(RunRecord run, string path)
    {
        try
        {
            return RunFiles.Find(run.Folder, path) is { } file && new FileInfo(file).Length <= LargestText ? File.ReadAllText(file) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // As the flasher says it: "Chip BL602, 18b905…, flash 2,048 KiB (C84015), 2,000,000 baud."
    [GeneratedRegex(@"\bflash ([0-9,]{1,9}) KiB \(([0-9A-Fa-f]{6})\)", RegexOptions.None, 1000)]
    private static partial Regex FlashLine();

    // As the probe says it: "100 Hz emitted, 99.7 Hz counted on GPIO 5".
    [GeneratedRegex(@"([0-9.]{1,12}) Hz emitted, ([0-9.]{1,12}) Hz counted", RegexOptions.None, 1000)]
    private static partial Regex ScaleLine();
}
