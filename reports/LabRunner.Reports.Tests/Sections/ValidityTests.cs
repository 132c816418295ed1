using System.Text.RegularExpressions;
using LabRunner.Reports.Comparison;
using LabRunner.Reports.Records;
using LabRunner.Reports.Sections;

namespace LabRunner.Reports.Tests.Sections;

/// <summary>Whether the bench can be trusted: self-tests, its machine, and what was unsteady.</summary>
public sealed class ValidityTests
{
    [Test]
    public void Validity_SlotsWhoseSelfTestIsMissingLateOrBlind_AreNamed()
    {
        using TestRun night = new();
        foreach ((string slot, (string Suite, Verdict Verdict)[] tests) in new (string, (string, Verdict)[])[]
        {
            ("proved", [("S17", Verdict.Pass), ("S01", Verdict.Pass)]), ("missing", [("S01", Verdict.Pass)]), ("late", [("S01", Verdict.Pass), ("S17", Verdict.Pass)]),
            ("blind", [("S17", Verdict.Invalid), ("S01", Verdict.Pass)]), ("idle", []),
        })
        {
            night.Slot(slot);
            foreach ((int at, (string suite, Verdict verdict)) in tests.Index())
            {
                night.Test(slot, suite, "A", at, at + 1, verdict);
            }
        }

        string text = Drawn.Of(new ValiditySection(), RunReader.Read(night.Folder));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(text, Does.Contain("Not proved on missing: no self-test (S17) was played."));
            Assert.That(text, Does.Contain("Not proved on late: other suites were played before the self-test."));
            Assert.That(text, Does.Contain("Not proved on blind: the self-test ended INVALID."));
            Assert.That(Regex.Count(text, "Not proved on"), Is.EqualTo(3));
        }
    }

    [TestCase(null, null, null, "The machine's clock and supply are not known: the run recorded nothing of them.", null)]
    [TestCase("yes", "0", "0", "At the beginning: told. At the end: told.", null)]
    [TestCase("no", "0", "0", "At the beginning: told. At the end: told.", "Times of day in this report may be off")]
    [TestCase("yes", "0", "50000", "At the beginning: told. At the end: told.", "The supply of the machine fell below 4.63 V during the run")]
    [TestCase("yes", "50000", "50000", "At the beginning: told. At the end: told.", "The supply of the machine was below 4.63 V, in the run or before it")]
    [TestCase("yes", "nonsense", "20002", "At the beginning: told. At the end: told.", null)]
    public void Validity_ClockAndSupplyOfTheMachine_AreToldWithWhatFollows(string? inStep, string? first, string? last, string told, string? notice)
    {
        using TestRun night = new();
        foreach ((int at, (string when, string? bits)) in new[] { ("At the beginning", first), ("At the end", last) }.Where(_ => inStep is not null).Index())
        {
            night.Event(at, null, EventKinds.Host, $"{when}: told", new() { [HostFacts.Synchronised] = inStep!, [HostFacts.Throttling] = bits! });
        }

        string text = Drawn.Of(new ValiditySection(), RunReader.Read(night.Folder)).Replace("&#39;", "'", StringComparison.Ordinal);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(text, Does.Contain(told));
            Assert.That(Regex.Count(text, "class=\"notice\""), Is.EqualTo(notice is null ? 0 : 1));
            Assert.That(text, Does.Contain(notice ?? told));
        }
    }

    /// <summary>The same build, settings and board in all nights: what flips there is told; what ran on another build, other settings or another plan is no flip.</summary>
    [Test]
    public void Validity_VerdictThatChangesFromNightToNight_IsToldWhereNothingElseChanged()
    {
        using TestRun night = new();
        night.Meta(MetaKeys.Plan, "nightly");
        night.Slot("p1");
        night.Identity("p1", "before", 1, new { build = "1.1", settingsHash = "aa" });
        night.Test("p1", "S13", "Presses", 0, 1, Verdict.Pass);
        night.Test("p1", "S14", "Loads", 1, 2, Verdict.Fail);
        night.Test("p1", "S02", "Boots", 2, 3, Verdict.Inconclusive);
        RunRecord run = RunReader.Read(night.Folder);
        NightCell tonight = NightSummary.From(run).Cells.Single();
        NightSummary Of(string name, NightCell cell) => NightSummary.From(run) with { Folder = "/runs/" + name, Cells = [cell] };
        NightCell failed = tonight with { Tests = new Dictionary<string, bool> { ["S13 Presses"] = false, ["S14 Loads"] = false } };

        string alone = Drawn.Of(new ValiditySection(), run);
        string steady = Drawn.Of(new ValiditySection(), run with { Earlier = [Of("a", tonight), Of("b", failed with { Firmware = "1.0" }), Of("c", failed with { Settings = "bb" }), Of("d", failed) with { Plan = "check" }] });
        string unsteady = Drawn.Of(new ValiditySection(), run with { Earlier = [Of("c", failed), Of("b", tonight), Of("a", tonight)] });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(tonight.Settings, Is.EqualTo("aa"));
            Assert.That(tonight.Tests, Is.EqualTo(new Dictionary<string, bool> { ["S13 Presses"] = true, ["S14 Loads"] = false }));
            Assert.That(alone, Does.Contain("No earlier night of the plan nightly stands beside this run"));
            Assert.That(steady, Does.Contain("No verdict changed from night to night: 2 tests of a slot had a result in two of 4 nights or more with the same board, firmware and settings."));
            Assert.That(unsteady, Does.Contain("1 test changed the verdict from night to night").And.Contain("PPFP").And.Contain("3 of 4").And.Contain("66.67 %"));
            Assert.That(unsteady, Does.Contain("S13 Presses").And.Not.Contain("S14 Loads"));
        }
    }
}
