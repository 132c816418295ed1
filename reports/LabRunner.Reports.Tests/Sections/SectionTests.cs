using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Sections;

namespace LabRunner.Reports.Tests.Sections;

public sealed class SectionTests
{
    [TestCase("verdict", false)]
    [TestCase("verdict", true)]
    [TestCase("scorecard", false)]
    [TestCase("resets", false)]
    [TestCase("validity", false)]
    [TestCase("not-covered", false)]
    public void Write_SmokeNight_IsAsExpected(string id, bool killed)
    {
        using TestRun night = Nights.Smoke(killed);
        HtmlWriter html = new();

        ReportSections.All.Single(s => s.Id == id).Write(html, RunReader.Read(night.Folder));

        string text = html.Finish();
        foreach (string end in new[] { "</p>", "</li>", "</tr>", "</div>", "</caption>" })
        {
            text = text.Replace(end, end + "\n", StringComparison.Ordinal);
        }

        Expectation.Match($"{id}{(killed ? ".killed" : "")}.html", text + "\n");
    }

    [Test]
    public void All_Sections_HaveUniqueOrderAndId()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ReportSections.All, Has.Count.GreaterThanOrEqualTo(12));
            Assert.That(ReportSections.All.Select(s => s.Order), Is.Unique.And.Ordered);
            Assert.That(ReportSections.All.Select(s => s.Id), Is.Unique.And.All.Match("^[a-z][a-z-]+$"));
        }
    }

    [TestCaseSource(nameof(Sections))]
    public void Write_EmptyRun_SaysSomething(string id)
    {
        using TestRun run = new();
        HtmlWriter html = new();

        ReportSections.All.Single(s => s.Id == id).Write(html, RunReader.Read(run.Folder));

        Assert.That(html.Finish(), Has.Length.GreaterThan(20));
    }

    [Test]
    public void Reliability_GoalsOfThePlan_AreUsed()
    {
        using TestRun run = new();
        run.Meta(MetaKeys.PlanText, "goals: { mtbfGoodHours: 24, mtbfBadHours: 8, confidence: 0.8 }");
        HtmlWriter html = new();

        new ReliabilitySection().Write(html, RunReader.Read(run.Folder));

        Assert.That(html.Finish(), Does.Contain("good 24 h, bad 8 h").And.Contain("80 %"));
    }

    [Test]
    public void Incidents_SameModeThreeTimesOnASlot_AreOneCardWithThreeOccurrences()
    {
        using TestRun night = Nights.Smoke();
        RunRecord run = RunReader.Read(night.Folder);
        HtmlWriter html = new();

        new IncidentsSection().Write(html, run);

        string text = html.Finish();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(text, Does.Contain("p3: NET_FREEZE F09, 3 times"));
            Assert.That(run.Incidents.Where(i => !text.Contains($"id=\"incident-{i.Id}\"", StringComparison.Ordinal)), Is.Empty, "every occurrence keeps its anchor");
            Assert.That(text.Split("Evidence of incident ").Length - 1, Is.GreaterThanOrEqualTo(run.Incidents.Count(i => i.Evidence.Count > 0)));
        }
    }

    [Test]
    public void Incidents_ThatDoNotCountAgainstTheMtbf_SayWhy()
    {
        using TestRun run = new();
        run.Slot("p1");
        run.Exposure("p1", "S01", 100, 200);
        run.Incident("p1", "NET_FREEZE", "F01", "counts", 150, 155, 160, "self", "", []);
        run.Incident("p1", "CRASH", "F04", "after the last suite", 250, 255, 260, "self", "", []);
        run.Incident("p1", "LEAK", "F17", "finding", 160, 165, null, "none", "", []);
        HtmlWriter html = new();

        new IncidentsSection().Write(html, RunReader.Read(run.Folder));

        string[] cards = html.Finish().Split("<article")[1..];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(cards[0], Does.Contain("counts").And.Not.Contain("does not count"));
            Assert.That(cards[1], Does.Contain("does not count, it fails the slot by its kind"));
            Assert.That(cards[2], Does.Contain("does not count, no suite had the plug"));
        }
    }

    [Test]
    public void Reliability_RulesThatPassed_AreFoldedAndTheOthersComeFirst()
    {
        using TestRun run = new();
        run.Verdict("slot:p1", "good-rule", Verdict.Pass, "fine");
        run.Verdict("slot:p1", "open-rule", Verdict.Inconclusive, "more hours");
        run.Verdict("slot:p1", "bad-rule", Verdict.Fail, "broken");
        HtmlWriter html = new();

        new ReliabilitySection().Write(html, RunReader.Read(run.Folder));

        string text = html.Finish();
        Assert.That(
            new[] { "bad-rule", "open-rule", "1 rule passed", "good-rule" }.Select(s => text.IndexOf(s, StringComparison.Ordinal)),
            Is.Ordered.And.All.GreaterThan(0));
    }

    private static IEnumerable<string> Sections() => ReportSections.All.Select(s => s.Id);
}
