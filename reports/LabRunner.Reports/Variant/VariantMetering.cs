using System.Text.RegularExpressions;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Variant;

/// <summary>The metering part of the validation report: tests, curves and the point table of suite S14.</summary>
internal static partial class VariantMetering
{
    public static void Write(HtmlWriter html, VariantRecord variant)
    {
        TestRecord[] tests = [.. variant.Tests.Where(t => t.Suite == MeteringCurve.Suite)];
        IReadOnlyList<MeteringPoint> points = MeteringCurve.Points(variant.Figures);
        if (tests.Length == 0 && points.Count == 0)
        {
            html.Element("p", "Not measured: suite S14 did not run on this slot.");
            return;
        }

        html.Table("Questions of suite S14", ["Question", "Verdict", "Remark"], () =>
        {
            foreach (TestRecord test in tests)
            {
                html.Row(VariantBehaviour.Named(Spaced(test.Name), variant.RunOf(test)), test.Verdict, test.Verdict == Verdict.Pass ? "" : test.Headline());
            }
        });
        if (points.Count > 0)
        {
            html.Element("p", MeteringCurve.Legend, ("class", "soft"));
            html.Element("p", "Class limits are IEC 62053-21-style, a yardstick: a plug is no billing meter.", ("class", "soft"));
            foreach (IGrouping<string, MeteringPoint> quantity in points.GroupBy(p => p.Quantity).Where(g => g.Select(p => p.Load).Distinct().Count() > 1))
            {
                MeteringCurve.Draw(html, quantity.Key, [.. quantity]);
            }

            html.Table("Points", ["Figure", "#Reference", "#Read", "#Error %", "#Quantum %", "#Allowed %", "#Class %", "#Readings", "#Std dev", "Verdict"], () =>
            {
                foreach (MeteringPoint p in points.OrderBy(p => p.Quantity, StringComparer.Ordinal).ThenBy(p => p.Load))
                {
                    html.Row(
                        VariantBehaviour.Named(p.Name, variant.RunOf(p.Record)), new Figure($"{Words.Number(p.Record.Reference)} {p.Record.Unit}"), new Figure($"{Words.Number(p.Record.Value)} {p.Record.Unit}"), new Figure(Words.Number(p.Error)),
                        new Figure(Words.Number(p.Quantum)), new Figure(p.Upper is { } up ? "±" + Words.Number(up) : "–"), new Figure(p.ClassLimit is { } own ? "±" + Words.Number(own) : "–"),
                        new Figure(p.Record.Detail.GetValueOrDefault("readings") ?? "–"), new Figure(Words.Number(MeteringCurve.Detail(p.Record, "deviation"))), p.Verdict);
                }
            });
        }

        MeterFigures.Table(html, "Other figures", MeterFigures.Others(variant.Figures, points));
    }

    [GeneratedRegex("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")]
    private static partial Regex Humps();

    // EveryLoad_IsReadWithinLimits reads as a question when it is spelt as one, and breaks where a line ends; what is spelt in capitals stays so.
    private static string Spaced(string test) =>
        string.Join(' ', Humps().Replace(test.Replace('_', ' '), " ").Split(' ').Select((word, i) => i == 0 || (word.Length > 1 && word.All(char.IsUpper)) ? word : word.ToLowerInvariant()));
}
