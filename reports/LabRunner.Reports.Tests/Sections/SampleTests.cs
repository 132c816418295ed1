using System.Text;
using System.Xml.Linq;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;
using LabRunner.Reports.Sections;

namespace LabRunner.Reports.Tests.Sections;

/// <summary>The shipped sample nights: what a reader sees of each section, word for word.</summary>
public sealed class SampleTests
{
    private Samples _samples = null!;

    [OneTimeSetUp]
    public void Copy() => _samples = new Samples();

    [OneTimeTearDown]
    public void Remove() => _samples.Dispose();

    [TestCaseSource(nameof(Cases))]
    public void Section_OfASample_ReadsAsExpected(string night, string section)
    {
        RunRecord run = RunReader.Read(_samples.Of(night));
        run = EarlierNights.AddTo(run);
        HtmlWriter html = new();
        ReportSections.All.Single(s => s.Id == section).Write(html, run);

        Expectation.Match($"{night}.{section}.txt", Visible(html.Finish()));
    }

    [TestCaseSource(typeof(Samples), nameof(Samples.Names))]
    public void Sample_EveryFormat_IsDrawn(string night)
    {
        ReportPaths paths = ReportRenderer.Render(_samples.Of(night)).Paths!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(new[] { paths.Html, paths.Json, paths.JUnit, paths.Trx }.Select(p => new FileInfo(p).Length), Is.All.GreaterThan(2000));
            Assert.That(Directory.EnumerateFiles(paths.AllureResults, "*-result.json").Count(), Is.GreaterThan(2));
        }
    }

    [Test]
    public void Samples_NameNoMachine()
    {
        foreach (string night in Samples.Names)
        {
            string text = string.Join('\n', RunReader.Read(_samples.Of(night)) is var run ? [JsonReport.Write(run), .. run.Meta.Values, .. run.Events.Select(e => e.Text)] : (string[])[]);
            Assert.That(text, Does.Not.Contain("/work/").And.Not.Contain("/home/").And.Not.Contain("/tmp/"), night);
        }
    }

    // One night whole; of the others what a leak or a death changes.
    private static IEnumerable<object[]> Cases() =>
    [
        .. ReportSections.All.Select(s => new object[] { "1-freezes", s.Id }),
        .. new[] { "verdict", "delta", "heap", "resources", "relay", "suites" }.Select(id => new object[] { "2-leak-and-button", id }),
        .. new[] { "verdict", "scorecard", "not-covered" }.Select(id => new object[] { "3-runner-killed", id }),
    ];

    /// <summary>The words of a section, a line per block; drawings by their titles.</summary>
    private static string Visible(string html)
    {
        XElement root = XElement.Parse($"<root>{html}</root>", LoadOptions.PreserveWhitespace);
        StringBuilder text = new();
        Tell(root, text);
        string[] lines = [.. text.ToString().Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0)];
        return string.Join('\n', lines) + "\n";
    }

    private static void Tell(XElement element, StringBuilder text)
    {
        if (element.Name.LocalName is "template" or "svg" or "form" or "canvas")
        {
            text.Append(element.Attribute("aria-label") is { } label ? $"\n[{label.Value}]\n" : "\n");
            return;
        }

        foreach (XNode node in element.Nodes())
        {
            if (node is XElement child)
            {
                Tell(child, text);
                text.Append(child.Name.LocalName is "td" or "th" or "dt" or "span" or "strong" ? " " : child.Name.LocalName is "a" ? "" : "\n");
            }
            else if (node is XText words)
            {
                text.Append(words.Value);
            }
        }
    }
}
