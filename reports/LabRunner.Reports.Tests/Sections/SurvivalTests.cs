using System.Text.RegularExpressions;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Sections;

namespace LabRunner.Reports.Tests.Sections;

/// <summary>Times to failure: the soak by board, every other suite by itself, and the intervals that may be behind them.</summary>
public sealed class SurvivalTests
{
    [Test]
    public void Survival_FreezesTiedToAnInterval_AreCalledPeriodic()
    {
        using TestRun run = Night(4000, "p3", "S12");
        for (int i = 0; i < 3; i++)
        {
            int interval = (int[])[30, 60, 120] is var all ? all[i] : 0;
            double at = 1000 * (i + 1);
            run.Boot("p3", at - 40, "power-cut", true);
            run.Insert("intents", ("slot", "p3"), ("kind", "stimulus"), ("text", $"SetupEnergyStats 1 {interval} 60"), ("opened", at), ("closed", at + 400), ("suite", "S12"), ("data", $"{{\"interval\":\"{interval}\"}}"));
            run.Incident("p3", "NET_FREEZE", "F09", "froze", at + interval - 1, at + interval + 30, at + 300, "power-cycle", "", []);
        }

        string text = Write(run);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(text, Does.Contain("p3: periodic, tied to SetupEnergyStats: 30 s → 29 s, 60 s → 59 s, 120 s → 119 s (slope 1.000, interval minus one second)."));
            Assert.That(text, Does.Contain("The idle soak (S01) had no plug").And.Not.Contain("class=\"band\""), "an experiment is no soak");
            Assert.That(Rows(text), Does.Contain("S12 Timers|sm-028-v1.3-b17|3|3|1 min 39 s|2 min 39 s"));
            Assert.That(Rows(text), Has.Some.Match(@"^p3\|S12\|3\|.*a timer: interval minus one second$"));
        }
    }

    [Test]
    public void Survival_SameTimeAfterEachBoot_LooksLikeATimer()
    {
        using TestRun run = Night(5000);
        for (int i = 0; i < 4; i++)
        {
            run.Boot("p1", 1000 * i, "power-cut", true);
            run.Incident("p1", "NET_FREEZE", "F01", "froze", (1000 * i) + 600 + i, null, (1000 * i) + 900, "power-cycle", "", []);
        }

        Assert.That(Write(run), Does.Contain("a timer: the same time each boot (10 min 2 s)"));
    }

    [Test]
    public void Survival_FailuresAQuarterOfAnHourAfterBoot_AreTiedToThePolicy()
    {
        using TestRun run = Night(9000);
        Lose(run, i => 899 + i);

        Assert.That(Write(run), Does.Contain("p1: 4 of 4 times since boot fall within 2 s of a multiple of 900 s (the 15 minutes of reboot policies)"));
    }

    /// <summary>A clean soak of nine hours, then three hours of stress that fails all along: it does not come ever faster, and the soak has no curve.</summary>
    [Test]
    public void Survival_SoakThenStress_AreNotPooled()
    {
        using TestRun run = new();
        run.Meta(MetaKeys.Ended, "43200");
        run.Slot("p1");
        run.Exposure("p1", "S01", 0, 9 * 3600);
        run.Exposure("p1", "S07", 9 * 3600, 12 * 3600);
        run.Boot("p1", 0, "power-cut", true);
        foreach (double hour in (double[])[9.5, 10.2, 11, 11.6])
        {
            run.Incident("p1", "NET_FREEZE", "F01", "froze", hour * 3600, null, (hour * 3600) + 60, "power-cycle", "", []);
            run.Down("p1", hour * 3600, (hour * 3600) + 60, false, "froze");
            run.Boot("p1", (hour * 3600) + 60, "power-cut", true);
        }

        string text = Write(run);
        string[] kinds = [.. Rows(text).Where(r => r.StartsWith("p1|", StringComparison.Ordinal))];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(text, Does.Contain("None of 1 spell of the idle soak (S01) ended by a failure; the longest lasted 9 h"));
            Assert.That(text, Does.Not.Contain("class=\"band\"").And.Not.Contain("ever faster<"));
            Assert.That(Rows(text), Has.Some.StartsWith("S07 HTTP stress|sm-028-v1.3-b17|5|4|"));
            Assert.That(kinds, Has.Length.EqualTo(1).And.All.StartsWith("p1|S07|4|"));
            Assert.That(double.Parse(kinds[0].Split('|')[7], System.Globalization.CultureInfo.InvariantCulture), Is.GreaterThan(0.5), "over the three hours of S07 alone");
        }
    }

    [Test]
    public void Survival_SoakOnTwoBoards_HasACurveOfEachThatFails()
    {
        using TestRun run = new();
        run.Meta(MetaKeys.Ended, "36000");
        foreach ((string slot, string board) in ((string, string)[])[("p1", "good"), ("p2", "bad"), ("p3", "bad")])
        {
            run.Slot(slot, board: board);
            run.Exposure(slot, "S01", 60, 36000);
            run.Boot(slot, 10, "power-cut", true);
        }

        run.Incident("p2", "NET_FREEZE", "F01", "froze", 7210, null, 7300, "power-cycle", "", []);
        run.Boot("p2", 7300, "power-cut", true);

        string text = Write(run);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(text, Does.Contain("1 of 4 spells of the idle soak (S01) ended by a failure"));
            Assert.That(Regex.Count(text, "class=\"band\""), Is.EqualTo(1));
            Assert.That(text, Does.Contain("bad, idle soak: share of spells that still serve; more than half outlast the soak"));
            Assert.That(text, Does.Contain("good: none of 1 spell ended by a failure; the longest lasted 9 h 59 min"));
        }
    }

    /// <summary>What another suite left up begins anew: its hours were not the next one's. A boot between the two is the next one's.</summary>
    [Test]
    public void Spells_AcrossSuites_ArePartedWhereTheOtherBegins()
    {
        using TestRun run = new();
        run.Meta(MetaKeys.Ended, "1000");
        run.Slot("p1");
        run.Exposure("p1", "S13", 100, 150);
        run.Exposure("p1", "S13", 160, 300);
        run.Exposure("p1", "S01", 310, 600);
        run.Exposure("p1", "S13", 610, 900);
        run.Boot("p1", 50, "power-cut", true);
        run.Boot("p1", 605, "power-cut", true);
        run.Incident("p1", "NET_FREEZE", "F01", "froze", 500, null, 600, "power-cycle", "", []);

        Assert.That(
            BootSpells.Of(RunReader.Read(run.Folder)).Select(s => (s.Suite, s.Booted, s.Began, s.Ended, s.Failed)),
            Is.EqualTo(new[] { ("S13", 50.0, 50.0, 300.0, false), ("S01", 50, 310, 500, true), ("S13", 605, 605, 900, false) }));
    }

    /// <summary>What the run tells of a slot's intervals: its experiments, its startup command, its plan.</summary>
    [Test]
    public void Intervals_OfAPlugAndItsPlan_AreKnown()
    {
        using TestRun run = new();
        run.Meta(MetaKeys.PlanText, "plan: x\nwatch: { selfHeal: 30s, mqttEvery: 45s }\nsuites:\n  - S10: { lease: 1h30m, leaseFor: 4m }\n");
        run.Slot("p1");
        run.Slot("p2");
        run.Slot("p3");
        run.Exposure("p1", "S10", 0, 10);
        run.Identity("p1", "before", 1, new Dictionary<string, string> { ["setting startup command"] = "startDriver NTP; setupenergystats 1 70 60 1; addRepeatingEvent 33 -1 toggle; SetupEnergyStats 0" });
        run.Identity("p1", "after", 2, new { build = "x" });
        run.Identity("p2", "before", 1, new Dictionary<string, string> { ["setting startup command"] = "backlog mqtt_broadcastInterval 20" });
        run.Insert("intents", ("slot", "p1"), ("kind", "stimulus"), ("text", "x"), ("opened", 1), ("closed", 2), ("suite", "S12"), ("data", "{\"interval\":\"30\"}"));
        RunRecord record = RunReader.Read(run.Folder);
        string[] policies = ["the 15 minutes of reboot policies 900", "the half hour of DHCP leases of an hour 1800", "DHCP leases of an hour 3600"];

        string[] Known(string slot) => [.. KnownIntervals.Of(record, slot).Select(i => FormattableString.Invariant($"{i.Name} {i.Seconds}"))];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Known("p1"), Is.EqualTo((string[])
            [
                "SetupEnergyStats 30", "setupenergystats of the startup command 70", "addRepeatingEvent of the startup command 33", "the MQTT broadcast interval, by the plan 45", "the DHCP lease of S10 5400",
                "half the DHCP lease of S10 2700", .. policies,
            ]));
            Assert.That(Known("p2"), Is.EqualTo((string[])["mqtt_broadcastInterval of the startup command 20", .. policies]));
            Assert.That(Known("p3"), Is.EqualTo((string[])["the MQTT broadcast interval, by the plan 45", .. policies]));
        }
    }

    [Test]
    public void Survival_FailuresAtHalfALease_AreTiedToIt()
    {
        using TestRun run = Night(9000, suite: "S10");
        run.Meta(MetaKeys.PlanText, "suites:\n  - S10: { lease: 500s }\n");
        Lose(run, i => 249 + (i % 2));

        string text = Write(run);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(text, Does.Contain("p1: 4 of 4 times since boot fall within 2 s of a multiple of 250 s (half the DHCP lease of S10)"));
            Assert.That(text, Does.Contain("How often a plug asks for the time (NTP) is told by nothing."));
        }
    }

    /// <summary>Hours of other suites, down time and INVALID time are in no trend.</summary>
    [Test]
    public void Exposed_HoursOfASuite_ArePutEndToEnd()
    {
        using TestRun run = new();
        run.Meta(MetaKeys.Ended, "1000");
        run.Slot("p1");
        run.Exposure("p1", "S07", 100, 200);
        run.Exposure("p1", "S01", 200, 400);
        run.Exposure("p1", "S07", 400, null);
        run.Down("p1", 150, 160, false, "froze");
        run.Down("p1", 500, 600, true, "bench");
        RunRecord record = RunReader.Read(run.Folder);
        Assert.That(
            new double[] { 50, 140, 155, 200, 300, 450, 550, 700, 1000 }.Select(t => BootSpells.Exposed(record, "p1", "S07", t)),
            Is.EqualTo(new double[] { 0, 40, 50, 90, 90, 140, 190, 290, 590 }));
    }

    /// <summary>A night of one slot and one suite.</summary>
    private static TestRun Night(int seconds, string slot = "p1", string suite = "S01")
    {
        TestRun run = new();
        run.Meta(MetaKeys.Ended, seconds.ToString(System.Globalization.CultureInfo.InvariantCulture));
        run.Slot(slot);
        run.Exposure(slot, suite, 0, seconds);
        return run;
    }

    /// <summary>Four boots, each of which loses the Wi-Fi after so many seconds and comes back by itself.</summary>
    private static void Lose(TestRun run, Func<int, double> after)
    {
        for (int i = 0; i < 4; i++)
        {
            double booted = 2000 * i;
            run.Boot("p1", booted, "power-cut", true);
            run.Incident("p1", "WIFI_LOST", "F60", "rebooted", booted + after(i), null, booted + after(i) + 300, "self", "", []);
        }
    }

    private static string Write(TestRun run)
    {
        HtmlWriter html = new();
        new SurvivalSection().Write(html, RunReader.Read(run.Folder));
        return html.Finish();
    }

    private static string[] Rows(string text) =>
        [.. Regex.Matches(text, "<tr>(.*?)</tr>", RegexOptions.Singleline).Select(r => string.Join('|', Regex.Matches(r.Groups[1].Value, "<t[dh][^>]*>(.*?)</t[dh]>", RegexOptions.Singleline).Select(c => Regex.Replace(c.Groups[1].Value, "<[^>]*>", ""))))];
}
