using System.Text.Json;
using System.Xml.Linq;
using LabRunner.Reports.Comparison;
using LabRunner.Reports.Formats;

namespace LabRunner.Reports.Tests.Comparison;

/// <summary>Pages and JSON of comparisons: whole, and safe whatever names the nights carry.</summary>
public sealed class ComparisonPageTests
{
    private static readonly string[] Texts = ["1.18.158", "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "\u001b[31mred \ud800 \0", "]]>&amp;"];

    [TestCaseSource(nameof(Texts))]
    public void Pages_AnyBuild_StayPages(string build)
    {
        NightSummary[] nights =
        [
            .. Enumerable.Range(0, 5).Select(i => MadeNights.Night("n" + i, "old", 96, 1, i, modes: new() { [build] = 1 })),
            .. Enumerable.Range(5, 5).Select(i => MadeNights.Night("n" + i, build, 96, 11, i, trials: new Attempts(3, 4))),
        ];
        NightComparison comparison = NightComparison.Of(nights[..5], nights[5..], new ComparisonRules());
        NightTrend trend = NightTrend.Of(nights, new ComparisonRules());
        foreach (string html in new[] { ComparisonPage.Write(comparison), TrendPage.Write(trend) })
        {
            XElement root = XDocument.Parse(html[html.IndexOf("<html", StringComparison.Ordinal)..]).Root!;
            using (Assert.EnterMultipleScope())
            {
                Assert.That(root.Descendants("script"), Is.Empty);
                Assert.That(root.Descendants().Attributes().Where(a => a.Name.LocalName.StartsWith("on", StringComparison.OrdinalIgnoreCase)), Is.Empty);
                Assert.That(html.Where(c => char.IsControl(c) && c is not '\n' and not '\t'), Is.Empty);
                Assert.That(root.Descendants("h1").Count(), Is.EqualTo(1));
                Assert.That(root.Descendants("h2").Count(), Is.GreaterThanOrEqualTo(4));
            }
        }

        using JsonDocument compared = JsonDocument.Parse(ComparisonJson.Write(comparison));
        using JsonDocument over = JsonDocument.Parse(ComparisonJson.Write(trend));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(compared.RootElement.GetProperty("verdict").GetString(), Is.EqualTo("WORSE"));
            Assert.That(over.RootElement.GetProperty("gate").GetString(), Is.EqualTo("STOP"));
            Assert.That(over.RootElement.GetProperty("changePoints").GetArrayLength(), Is.GreaterThanOrEqualTo(1));
        }
    }
}
