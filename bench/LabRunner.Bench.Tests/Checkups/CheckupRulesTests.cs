using LabRunner.Bench.Checkups;
using LabRunner.Bench.Diagnosis;
using LabRunner.Bench.Plans;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Checkups;

public sealed class CheckupRulesTests
{
    private static readonly Dictionary<string, string> Sound = new()
    {
        ["build"] = "Built on x version 1.18.158", ["mac"] = "C4:5B:BE:00:00:01", ["otaCounter"] = "3", ["rssiDbm"] = "-52", ["railVolts"] = "3.295", ["sentinel"] = "serves",
        ["settingsHash"] = "0123456789ab", ["setting startup command"] = "", ["energyTotalKilowattHours"] = "1.5",
        ["calibration voltage"] = "229.9", ["calibration voltage emitted"] = "230", ["calibration voltage quantum"] = "0.1325",
        ["calibration power"] = "499.5", ["calibration power emitted"] = "500", ["calibration power quantum"] = "1.5",
    };

    [Test]
    public void BeforeAndAfter_OfASoundSlot_Pass()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Before(Sound).Verdict, Is.EqualTo(Verdict.Pass));
            Assert.That(Before(Sound).Text, Does.Contain("1.18.158").And.Contains("-52 dBm").And.Contains("3.30 V").Or.Contains("3.29 V"));
            Assert.That(After(Sound).Verdict, Is.EqualTo(Verdict.Pass));
        }
    }

    [TestCase("rssiDbm", "-71", Verdict.Warn, "-71 dBm")]
    [TestCase("railVolts", "2.1", Verdict.Invalid, "2.10 V")]
    [TestCase("sentinel", "does not serve", Verdict.Invalid, "sentinel")]
    [TestCase("unreachable", "no reply within 5 s", Verdict.Inconclusive, "no reply within 5 s")]
    [TestCase("calibration voltage", "120", Verdict.Warn, "S14")]
    public void Before_WithOneThingWrong_SaysWhich(string fact, string value, Verdict verdict, string text)
    {
        VerdictRecord row = Before(With(fact, value));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(row.Verdict, Is.EqualTo(verdict));
            Assert.That(row.Text, Does.Contain(text));
        }
    }

    [TestCase("setting startup command", "reboot", Verdict.Fail, "startup command was '' and is 'reboot'")]
    [TestCase("mac", "C4:5B:BE:00:00:02", Verdict.Fail, "MAC")]
    [TestCase("build", "Built on x version 1.18.159", Verdict.Fail, "no update was made")]
    [TestCase("calibration power", "450", Verdict.Fail, "calibration is lost")]
    [TestCase("energyTotalKilowattHours", "1.2", Verdict.Fail, "fell from 1.5 kWh")]
    [TestCase("energyTotalKilowattHours", "1.4895", Verdict.Pass, "")]
    [TestCase("rssiDbm", "-75", Verdict.Warn, "-75 dBm")]
    public void After_WithOneThingChanged_SaysWhich(string fact, string value, Verdict verdict, string text)
    {
        VerdictRecord row = After(With(fact, value));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(row.Verdict, Is.EqualTo(verdict));
            Assert.That(row.Text, Does.Contain(text));
        }
    }

    [Test]
    public void After_AnUpdateNotTakenBack_IsAWarning() =>
        Assert.That(After(new(Sound) { ["build"] = "version 1.18.159", ["otaCounter"] = "4" }).Verdict, Is.EqualTo(Verdict.Warn));

    [Test]
    public void After_ASuiteThatWasCutShort_ExcusesSettings() =>
        Assert.That(After(With("setting startup command", "reboot"), cutShort: true).Verdict, Is.EqualTo(Verdict.Warn));

    [Test]
    public void Judge_LostSettings_FailTheSlotWithoutAnyFailedTest()
    {
        IReadOnlyList<VerdictRecord> rows = VerdictRules.Judge(new NightFacts
        {
            Goals = new GoalPlan(), Slots = [new SlotFacts("p1", [], [], null)], Tests = [new(1, "p1", "S02", "n", "n", 0, 1, Verdict.Pass, null, null)],
            Checks = [After(With("setting startup command", "reboot"))],
        });
        VerdictRecord stability = rows.Single(r => r.Rule == "stability");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(stability.Verdict, Is.EqualTo(Verdict.Fail));
            Assert.That(stability.Text, Does.Contain("startup command"));
        }
    }

    [Test]
    public void Judge_ABenchThatDoesNotSeeItsOwnFailure_IsInvalidWhateverElseItSays()
    {
        IncidentRecord incident = new(1, "p1", "CRASH", "F04", "Crashed", 10, 10, 20, "watchdog", null, null, false, "watch", null, null, "", []);
        IReadOnlyList<VerdictRecord> rows = VerdictRules.Judge(new NightFacts
        {
            Goals = new GoalPlan(), Slots = [new SlotFacts("p1", [incident], [], null)], Tests = [new(1, "p1", "S17", "n", "n", 0, 1, Verdict.Invalid, "No boot banner.", null)],
        });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(rows.Single(r => r.Rule == "stability").Verdict, Is.EqualTo(Verdict.Invalid));
            Assert.That(rows.Single(r => r.Rule == "stability").Text, Does.Contain("No boot banner").And.Contains("Crashed"));
            Assert.That(rows.Single(r => r.Rule == "overall").Verdict, Is.EqualTo(Verdict.Invalid));
        }
    }

    private static Dictionary<string, string> With(string fact, string value) => new(Sound) { [fact] = value };

    private static VerdictRecord Before(Dictionary<string, string> facts) => CheckupRules.Row("p1", "checkup-before", CheckupRules.Before(facts, 2.7, 3.63));

    private static VerdictRecord After(Dictionary<string, string> facts, bool cutShort = false) =>
        CheckupRules.Row("p1", "checkup-after", CheckupRules.After(Sound, facts, 2.7, 3.63, cutShort));
}
