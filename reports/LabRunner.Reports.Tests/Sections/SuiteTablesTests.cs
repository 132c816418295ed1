using System.Net;
using System.Text.RegularExpressions;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Sections;

namespace LabRunner.Reports.Tests.Sections;

/// <summary>Tables that one suite has, of rows as the suites write them.</summary>
public sealed partial class SuiteTablesTests
{
    [Test]
    public void S05_Attempts_AreListedWithTheReply_FailedOnesFirst()
    {
        string[] rows = Rows(
            [
                Trial("S05", "attempt-F31", true, ("attempt", "rate-max"), ("reply", "200"), ("bytesTaken", "512000"), ("longestStallSeconds", "0.1"), ("problems", "")),
                Trial("S05", "attempt-F33", false, ("attempt", "foreign-esp8266"), ("reply", "200 <b>"), ("bytesTaken", "99"), ("longestStallSeconds", "2"), ("problems", "it was accepted")),
                Trial("S05", "elsewhere", true),
            ],
            []);
        Assert.That(rows[..2], Is.EqualTo(new[] { "p1|foreign-esp8266|F33|200 <b>|99|2 s|it was accepted", "p1|rate-max|F31|200|512000|0.1 s|nothing" }));
    }

    [Test]
    public void S03_Ladders_AreListedWithTheBootThatWasInSafeMode()
    {
        string[] rows = Rows(
            [
                Trial("S03", "rung", true, ("on", "2s"), ("boot", "1"), ("safeMode", "no")),
                Trial("S03", "ladder", true, ("on", "2s"), ("enteredAt", "5"), ("longestSeconds", "2.1")),
                Trial("S03", "ladder", false, ("on", "4s"), ("enteredAt", "never"), ("longestSeconds", "4.2")),
            ],
            []);
        Assert.That(rows[..2], Is.EqualTo(new[] { "p1|ladder|4s|4.2 s|never|not as it should", "p1|ladder|2s|2.1 s|5|as it should" }));
    }

    [Test]
    public void S07_Pages_AreListedWithStatusAndProblem_AndAreNoOtherFigures()
    {
        string[] rows = Rows([], [Figure("page /index", 12, Verdict.Pass, "200", ""), Figure("page /cfg", 3000, Verdict.Fail, "500", "then it reset"), Figure("load-1", 5, Verdict.Pass, null, "")]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(rows[..2], Is.EqualTo(new[] { "p1|/cfg|500|900|3000 ms|✕  FAIL|then it reset", "p1|/index|200|900|12 ms|✓  PASS|nothing" }));
            Assert.That(rows.Count(r => r.Contains("/index", StringComparison.Ordinal)), Is.EqualTo(1));
            Assert.That(rows, Has.Some.StartsWith("p1|load-1|5 ms"));
        }
    }

    private static string[] Rows(TrialRecord[] trials, MeasurementRecord[] figures)
    {
        HtmlWriter html = new();
        new SuitesSection().Write(html, new RunRecord { Folder = "/nowhere", End = 100, Meta = new Dictionary<string, string>(), Trials = trials, Measurements = figures, Slots = [] });
        return [.. BodyRow().Matches(html.Finish()).Select(row => string.Join('|', Cell().Matches(row.Value).Select(c => WebUtility.HtmlDecode(Tag().Replace(c.Groups[1].Value, " ")).Trim())))];
    }

    private static TrialRecord Trial(string suite, string step, bool ok, params (string Key, string Value)[] detail) => new(0, "p1", suite, step, 1, ok, 1000, detail.ToDictionary(d => d.Key, d => d.Value));

    private static MeasurementRecord Figure(string name, double value, Verdict verdict, string? status, string problem) => new(
        0, "p1", "S07", name, 1, value, "ms", null, null, null, verdict,
        status is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["status"] = status, ["bytes"] = "900", ["problem"] = problem });

    [GeneratedRegex("<tr><th scope=\"row\".*?</tr>", RegexOptions.Singleline)]
    private static partial Regex BodyRow();

    [GeneratedRegex("<t[hd][^>]*>(.*?)</t[hd]>", RegexOptions.Singleline)]
    private static partial Regex Cell();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();
}
