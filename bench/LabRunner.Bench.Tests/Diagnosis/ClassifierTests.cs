using LabRunner.Bench.Diagnosis;
using LabRunner.Bench.Watch;

namespace LabRunner.Bench.Tests.Diagnosis;

public sealed class ClassifierTests
{
    // P T Hs Hl M U B: 1 alive, 0 dead, - not known.
    [TestCase("1 1 1 1 1 1 1", "OK", null)]
    [TestCase("0 0 0 0 0 1 1", "NET_FREEZE", "F01")]
    [TestCase("0 0 0 - - 1 -", "NET_FREEZE", "F01")]
    [TestCase("0 0 0 0 0 0 0", "HARD_HANG", "F02")]
    [TestCase("0 - - - - 0 -", "HARD_HANG", "F02")]
    [TestCase("0 1 1 1 1 1 1", "ICMP_ONLY_DEAD", "F11")]
    [TestCase("1 0 0 0 0 1 1", "APP_DEAD_NET_ALIVE", "F12")]
    [TestCase("1 1 0 0 0 1 0", "APP_DEAD_NET_ALIVE", "F12")]
    [TestCase("1 0 0 0 1 1 1", "HTTP_DEAD", null)]
    [TestCase("1 1 1 0 1 1 1", "HTTP_LARGE_STALL", "F13")]
    [TestCase("1 1 1 1 0 1 1", "MQTT_DEAD", "F26")]
    [TestCase("0 1 1 1 0 1 1", "MQTT_DEAD", "F26")]
    [TestCase("0 1 1 0 1 1 1", "HTTP_LARGE_STALL", "F13")]
    [TestCase("1 1 1 1 1 0 1", "UNKNOWN", null)]
    public void Classify_ObserverStates_GiveClassOfTable(string states, string expected, string? mode)
    {
        Classification found = Classifier.Classify(Of(states));

        Assert.That((found.Class, found.Mode), Is.EqualTo((expected, mode)));
    }

    [Test]
    public void Classify_PingAndHeartbeatSwapped_ChangesClass()
    {
        Classification frozen = Classifier.Classify(Of("0 0 0 0 0 1 1"));
        Classification swapped = Classifier.Classify(Of("1 0 0 0 0 0 1"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(frozen.Class, Is.EqualTo("NET_FREEZE"));
            Assert.That(swapped.Class, Is.EqualTo("APP_DEAD_NET_ALIVE"));
        }
    }

    [Test]
    public void Classify_HeartbeatAndButtonSwapped_ChangesClass()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Classifier.Classify(Of("0 0 0 0 0 1 -")).Class, Is.EqualTo("NET_FREEZE"));
            Assert.That(Classifier.Classify(Of("0 0 0 0 0 0 -")).Class, Is.EqualTo("HARD_HANG"));
            Assert.That(Classifier.Classify(Of("0 0 0 0 0 - 1") with { HasConsole = false }).Class, Is.EqualTo("NET_FREEZE"));
            Assert.That(Classifier.Classify(Of("0 0 0 0 0 - 0") with { HasConsole = false }).Class, Is.EqualTo("HARD_HANG"));
        }
    }

    [TestCase(false, null, "HANG_RECOVERED", "F03")]
    [TestCase(false, "BL_RST_SOFTWARE_WATCHDOG", "HANG_RECOVERED", "F03")]
    [TestCase(true, "BL_RST_SOFTWARE_WATCHDOG", "CRASH", "F04")]
    [TestCase(false, "BL_RST_POWER_OFF", "POWER_LOSS", "F54")]
    [TestCase(false, "BL_RST_SOFTWARE", "SELF_REBOOT", null)]
    public void Classify_BootNobodyCommanded_IsNamedByDumpAndReason(bool dump, string? reason, string expected, string? mode)
    {
        Classification found = Classifier.Classify(Of("- - - - - 1 -") with { Rebooted = true, Dump = dump, ResetReason = reason });

        Assert.That((found.Class, found.Mode), Is.EqualTo((expected, mode)));
    }

    [Test]
    public void Classify_OtherEvidence_GivesSpecificClass()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Classifier.Classify(Of("0 0 0 0 0 1 1") with { WifiUp = false }).Class, Is.EqualTo("WIFI_LOST"));
            Assert.That(Classifier.Classify(Of("0 0 0 0 0 1 -") with { SafeMode = true }).Class, Is.EqualTo("SAFE_MODE"));
            Assert.That(Classifier.Classify(Of("0 0 0 0 0 1 -") with { BootsIn300Seconds = 3 }).Class, Is.EqualTo("BOOT_LOOP"));
            Assert.That(Classifier.Classify(Of("0 0 0 0 0 0 0") with { PowerCyclesInVain = true }).Class, Is.EqualTo("BRICK"));
        }
    }

    private static Evidence Of(string states)
    {
        string[] keys = ["P", "T", "Hs", "Hl", "M", "U", "B"];
        return new Evidence
        {
            Observers = keys.Zip(states.Split(' ')).ToDictionary(p => p.First, p => p.Second == "-" ? (bool?)null : p.Second == "1"),
        };
    }
}
