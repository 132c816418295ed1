using LabRunner.Bench.Diagnosis;

namespace LabRunner.Bench.Tests.Diagnosis;

public sealed class ModeRulesTests
{
    [Test]
    public void All_NameClassesOfTheTableAndModesOfTheCatalogue()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(ModeRules.All.Select(r => r.Class).Distinct(), Is.SubsetOf(Classifier.Classes));
            Assert.That(ModeRules.All.Select(r => r.Mode).OfType<string>(), Has.All.Matches("^F(0[1-9]|[1-5][0-9]|6[0-4])$"));
            Assert.That(ModeRules.All.GroupBy(r => (r.Class, r.Mode)).Where(g => g.Count() > 1), Is.Empty, "a mode has one rule in a class");
            Assert.That(ModeRules.All.Select(r => r.Rule), Has.All.EndsWith("."));
        }
    }

    [Test]
    public void Find_WithoutFurtherEvidence_GivesTheDefaultOfTheClass()
    {
        Evidence bare = new() { Observers = new Dictionary<string, bool?>() };

        using (Assert.EnterMultipleScope())
        {
            Assert.That(ModeRules.Find("CRASH", bare)?.Mode, Is.EqualTo("F04"));
            Assert.That(ModeRules.Find("HANG_RECOVERED", bare)?.Mode, Is.EqualTo("F03"));
            Assert.That(ModeRules.Find("HARD_HANG", bare)?.Mode, Is.EqualTo("F02"));
            Assert.That(ModeRules.Find("NET_FREEZE", bare)?.Mode, Is.EqualTo("F01"));
            Assert.That(ModeRules.Find("WIFI_LOST", bare)?.Mode, Is.EqualTo("F22"));
            Assert.That(ModeRules.Find("HTTP_DEAD", bare), Is.Null, "several modes, and nothing tells them apart");
            Assert.That(ModeRules.Find("SELF_REBOOT", bare), Is.Null);
            Assert.That(ModeRules.Find("BRICK", bare), Is.Null);
        }
    }

    [Test]
    public void Find_CircumstanceThatSinglesAModeOut_GivesIt()
    {
        (string Class, Circumstances Circumstances, string Mode)[] singled =
        [
            ("CRASH", new Circumstances { DuringOta = true }, "F31"),
            ("CRASH", new Circumstances { StackOverflow = true }, "F19"),
            ("CRASH", new Circumstances { NotANumber = true }, "F20"),
            ("CRASH", new Circumstances { AllocationFailed = true, HeapBytes = 60_000 }, "F18"),
            ("HANG_RECOVERED", new Circumstances { DuringOta = true }, "F59"),
            ("HANG_RECOVERED", new Circumstances { HeapBytes = 9_000, Sockets = 9, SocketsAtRest = 2 }, "F14"),
            ("HANG_RECOVERED", new Circumstances { HeapBytes = 9_000, ThreadsRefused = true, Sockets = 2, SocketsAtRest = 2 }, "F17"),
            ("HANG_RECOVERED", new Circumstances { LastLine = "Info:MAIN:trace: reading chip temperature" }, "F56"),
            ("HTTP_DEAD", new Circumstances { ThreadsRefused = true }, "F14"),
            ("HTTP_DEAD", new Circumstances { Sockets = 9, SocketsAtRest = 2 }, "F15"),
            ("HTTP_DEAD", new Circumstances { DuringOta = true }, "F32"),
            ("SAFE_MODE", new Circumstances { ShortPowerCuts = 5 }, "F08"),
            ("SELF_REBOOT", new Circumstances { WithoutLink = true }, "F60"),
            ("BRICK", new Circumstances { CutDuringOta = true }, "F37"),
            ("WIFI_LOST", new Circumstances { SentAway = true }, "F23"),
            ("NET_FREEZE", new Circumstances { PowerSave = true }, "F58"),
            ("POWER_LOSS", new Circumstances { RailDipped = true }, "F53"),
        ];

        Assert.That(
            singled.Select(s => (s.Class, ModeRules.Find(s.Class, new Evidence { Observers = new Dictionary<string, bool?>(), Circumstances = s.Circumstances })?.Mode)),
            Is.EqualTo(singled.Select(s => (s.Class, s.Mode))));
    }
}
