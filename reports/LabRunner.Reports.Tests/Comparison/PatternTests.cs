using System.Text.Json;
using LabRunner.Reports.Comparison;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;
using LabRunner.Reports.Sections;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Tests.Comparison;

/// <summary>Time to failure of two builds, drift over nights, resets at a time of day: what is told, where, and when nothing can be.</summary>
public sealed class PatternTests
{
    private static readonly ComparisonRules Rules = new();

    // R's survival::aml.
    private static readonly (double, bool)[] Maintained = [(9, true), (13, true), (13, false), (18, true), (23, true), (28, false), (31, true), (34, true), (45, false), (48, true), (161, false)];
    private static readonly (double, bool)[] NotMaintained = [(5, true), (5, true), (8, true), (8, true), (12, true), (16, false), (23, true), (27, true), (30, true), (33, true), (43, true), (45, true)];

    [Test]
    public void Compare_SpellsOfTwoBuilds_AreHeldByTheLogRankTest_V28()
    {
        SurvivalChange row = Compare(Maintained, NotMaintained).Survival.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(row.TooFew, Is.False);
            Assert.That(row.P, Is.EqualTo(0.06534).Within(1e-5));
            Assert.That(row.Differs, Is.False);
            Assert.That(row.Sentence, Is.EqualTo("no difference is shown (p = 0.0653)"));
        }
    }

    [Test]
    public void Compare_EarlyAndLateFailuresAtOneRate_DifferInTheirTimes_AndTheVerdictIsTheRates()
    {
        (double, bool)[] late = [.. Enumerable.Range(0, 30).Select(i => (3600.0 + i, true))];
        (double, bool)[] early = [.. Enumerable.Range(0, 30).Select(i => (60.0 + i, true))];
        NightComparison c = Compare(late, early, hours: 2000);
        string page = ComparisonPage.Write(c);
        using JsonDocument json = JsonDocument.Parse(ComparisonJson.Write(c));
        JsonElement row = json.RootElement.GetProperty("timeToFailure")[0];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(c.Survival.Single().Differs, Is.True);
            Assert.That(c.Overall, Is.EqualTo(Change.Same));
            Assert.That(page, Does.Contain("plugs last shorter after a boot than before (30 failures, 9.5 expected if both last alike").And.Contain("b17: share of plugs that still serve"));
            Assert.That(row.GetProperty("differs").GetBoolean(), Is.True);
            Assert.That(row.GetProperty("before").GetProperty("medianS").GetDouble(), Is.EqualTo(3614));
            Assert.That(row.GetProperty("after").GetProperty("failed").GetInt32(), Is.EqualTo(30));
        }
    }

    [Test]
    public void Compare_FewFailures_CannotTell_AndSaysHowManyItNeeds()
    {
        NightComparison c = Compare([(100, true), (900, false)], [(5, true), (6, true), (900, false)]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(c.Survival.Single().Differs, Is.False);
            Assert.That(c.Survival.Single().Sentence, Is.EqualTo("cannot tell: 3 failures after a boot are too few; 5 must be expected on each side, and it is 1.6 and 1.4"));
            Assert.That(ComparisonPage.Write(c), Does.Contain("cannot tell: 3 failures").And.Not.Contain("share of plugs that still serve"));
        }
    }

    [Test]
    public void Compare_OtherPlans_HoldTheSpellsOfTheirSoaksAgainstEachOther()
    {
        NightComparison c = NightComparison.Of([Night("a", Maintained)], [Night("b", NotMaintained) with { PlanText = "plan: other" }], Rules);
        Assert.That(c.Survival.Single().P, Is.EqualTo(0.06534).Within(1e-5));
    }

    [Test]
    public void Trend_FailuresThatRise_NameTheNightTheBuildAndWhereItBegan()
    {
        NightSummary[] nights = [.. Enumerable.Range(0, 14).Select(i => MadeNights.Night("n" + i, i < 6 ? "1.0" : "1.1", 96, i is >= 6 and < 9 ? 3 : 0, day: i))];
        FailureDrift drift = NightTrend.Of(nights, Rules).Drifts.Single();
        NightTrend still = NightTrend.Of(nights[..9], Rules);
        string page = TrendPage.Write(still);
        using JsonDocument json = JsonDocument.Parse(ComparisonJson.Write(still));
        using (Assert.EnterMultipleScope())
        {
            // 96 h at one failure in 84 h between the two rates: 1.04 a night; 3 a night pass ln 250 / ln 3 = 5.03 with the third.
            Assert.That((drift.Onset!.Night.Name, drift.Signal!.Night.Name, drift.Signal.Firmware), Is.EqualTo(("n6", "n8", "1.1")));
            Assert.That(drift.Sentence, Is.EqualTo("b17: the failure rate rose; it shows with n8 (1.1) and began with n6 (1.1), and has come down since"));
            Assert.That(page, Does.Contain("it shows with n8 (1.1) and began with n6 (1.1).").And.Contain("sum of failures above what is in order"));
            Assert.That(json.RootElement.GetProperty("drift")[0].GetProperty("signal").GetProperty("night").GetString(), Is.EqualTo("n8"));
        }
    }

    [Test]
    public void Trend_RateInOrder_ShowsNoDrift_AndOneNightIsNone()
    {
        NightSummary[] nights = [.. Enumerable.Range(0, 12).Select(i => MadeNights.Night("n" + i, "1.0", 96, i % 3 == 0 ? 1 : 0, day: i))];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(NightTrend.Of(nights, Rules).Drifts.Single().Sentence, Does.StartWith("b17: no rise of the failure rate; the sum is 0, a signal comes above 5.0"));
            Assert.That(NightTrend.Of(nights[..1], Rules).Drifts, Is.Empty);
            Assert.That(TrendPage.Write(NightTrend.Of(nights[..1], Rules)), Does.Contain("No board has two nights"));
        }
    }

    [Test]
    public void Trend_ResetsAtThreeInEachNight_AreToldWithTheHour()
    {
        NightTrend trend = NightTrend.Of([.. Enumerable.Range(0, 8).Select(i => WithResets(i, 7))], Rules);
        NightTrend few = NightTrend.Of([.. Enumerable.Range(0, 3).Select(i => WithResets(i, 7))], Rules);
        NightTrend spread = NightTrend.Of([.. Enumerable.Range(0, 8).Select(i => WithResets(i, 1.4 * i))], Rules);
        using JsonDocument json = JsonDocument.Parse(ComparisonJson.Write(trend));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(trend.TimesOfDay.Single().Sentence, Does.StartWith("b17, 1.0: 8 unexpected resets on 8 days come at one time of the day, around 03:00 UTC (F10, p = "));
            Assert.That(TrendPage.Write(trend), Does.Contain("<p class=\"notice\">b17, 1.0: 8 unexpected resets"));
            Assert.That(json.RootElement.GetProperty("resetsByTimeOfDay")[0].GetProperty("hourUtc").GetDouble(), Is.EqualTo(3).Within(0.01));
            Assert.That(few.TimesOfDay, Is.Empty);
            Assert.That(TrendPage.Write(few), Does.Contain("No build has so many unexpected resets."));
            Assert.That(spread.TimesOfDay.Single().IsTold, Is.False);
        }
    }

    [TestCase("1", 2)]
    [TestCase("20", 0)]
    public void Read_ResetsAndHoursOfANight_AreOfTheClock_UnlessTheRunHasAFasterOne(string scale, int resets)
    {
        using TestRun night = new();
        night.Meta(MetaKeys.OriginUtc, "2026-11-22T20:00:00.0000000+00:00");
        night.Meta(MetaKeys.TimeScale, scale);
        night.Meta(MetaKeys.Ended, "7200");
        night.Slot("p1");
        night.Exposure("p1", "S01", 600, 7200);
        night.Down("p1", 3600, 4200, true, "the bench's network failed");
        night.Boot("p1", 10, "unknown", false);
        night.Boot("p1", 1800, "unknown", false);
        night.Boot("p1", 3800, "unknown", false);
        night.Boot("p1", 5400, "unknown", false);
        night.Boot("p1", 6000, "power-cut", true);
        night.Incident("p1", "HANG_RECOVERED", "F03", "hang", 5395, 5400, 5410, "watchdog", "", []);
        NightCell cell = NightSummary.Read(night.Folder).Cells.Single();
        double eight = (new DateTimeOffset(2026, 11, 22, 20, 0, 0, TimeSpan.Zero) - DateTimeOffset.UnixEpoch).TotalHours;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(cell.Resets.Select(r => r - eight), resets == 0 ? Is.Empty : Is.EqualTo(new[] { 0.5, 1.5 }).Within(1e-6), "before the test and in INVALID time none counts");
            Assert.That(cell.Watched.Select(w => w.Length), resets == 0 ? Is.Empty : Is.EqualTo(new[] { 3000 / 3600.0, 3000 / 3600.0 }).Within(1e-6));
            Assert.That(cell.Spells.Select(s => (s.Duration, s.Failed)), Is.EqualTo(new[] { (1790.0, false), (1800.0, false), (1595.0, true), (600.0, false), (1200.0, false) }));
        }
    }

    [TestCase(6, true)]
    [TestCase(1, false)]
    public void Resets_OfARunOfDays_AreHeldAgainstTheClock(int days, bool told)
    {
        using TestRun run = new();
        run.Meta(MetaKeys.OriginUtc, "2026-11-22T20:00:00.0000000+00:00");
        run.Meta(MetaKeys.Ended, (days * 86_400).ToString(System.Globalization.CultureInfo.InvariantCulture));
        run.Slot("p1");
        run.Exposure("p1", "S01", 0, days * 86_400);
        for (int day = 0; day < days; day++)
        {
            run.Boot("p1", (day * 86_400) + (7 * 3600) + day, "unknown", false);
        }

        HtmlWriter html = new();
        new ResetsSection().Write(html, RunReader.Read(run.Folder));
        Assert.That(html.Finish(), told ? Does.Contain("p1: 6 unexpected resets on 6 days come at one time of the day, around 03:00 UTC") : Does.Not.Contain("time of the day"));
    }

    private static NightSummary WithResets(int day, double hoursAfterStart)
    {
        double start = (MadeNights.Day(day) - DateTimeOffset.UnixEpoch).TotalHours - 2;
        NightSummary night = MadeNights.Night("n" + day, "1.0", 12, 0, day);
        return night with { Cells = [night.Cells[0] with { Resets = [start + hoursAfterStart], Watched = [new Span(start, start + 12)] }] };
    }

    private static NightComparison Compare((double, bool)[] before, (double, bool)[] after, double hours = 96) =>
        NightComparison.Of([Night("a", before, hours, "1.0")], [Night("b", after, hours, "1.1")], Rules);

    private static NightSummary Night(string name, (double Seconds, bool Failed)[] spells, double hours = 96, string build = "1.0")
    {
        NightSummary night = MadeNights.Night(name, build, hours, spells.Count(s => s.Failed));
        return night with { Cells = [night.Cells[0] with { Spells = [.. spells.Select(s => new Spell(s.Seconds, s.Failed))] }] };
    }
}
