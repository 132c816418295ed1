using LabRunner.Hardware.Faults;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Sections;
using LabRunner.Reports.Variant;

namespace LabRunner.Reports.Tests.Variant;

/// <summary>The validation report from records alone.</summary>
public sealed partial class VariantReportTests
{
    private const string Hostile = "<script>alert(1)</script>\"'&\u0000\u001b[31m";

    [Test]
    public void Write_ProbeAndNight_SaysWhatAnEngineerSigns()
    {
        using TestRun probe = Probed();
        using TestRun night = Measured();
        VariantRecord variant = VariantRecord.Read([probe.Folder, night.Folder], null);
        string html = VariantReport.Write(variant);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(VariantVerdict.Of(variant).Verdict, Is.EqualTo(Verdict.Warn));
            Assert.That(html, Does.Contain("GPIO 5, on at a low level").And.Contain("Rel_n").And.Contain("20 of 20"), "pins");
            Assert.That(html, Does.Contain("No known board has these pins; b17 is the nearest."), "comparison");
            Assert.That(html, Does.Contain("power: error, from").And.Contain("class-limit").And.Contain("class=\"band\""), "curve");
            Assert.That(html, Does.Contain("5 of 5").And.Contain("54.93 %"), "updates with their bound: 0.05^(1/5)");
            Assert.That(html, Does.Contain("The contact opens for 312 ms").And.Contain("Gaps of the closed contact"), "relay gap");
            Assert.That(html, Does.Contain("suite S16 did not run").And.Contain("Radio: output power"), "not tested");
            Assert.That(html, Does.Contain("Released by").And.Contain("Signature"), "signatures");
            Assert.That(html, Does.Contain("press 1: GPIO 22 went from 1 to 0"), "evidence");
            Assert.That(html, Does.Not.Contain("http://").And.Not.Contain("https://").And.Not.Contain("<script"), "self-contained");
        }
    }

    [Test]
    public void Write_RunWithoutProbeAndMetering_SaysSoInEachPart()
    {
        using TestRun run = new();
        run.Slot("p1");
        string html = VariantReport.Write(VariantRecord.Read([run.Folder], null));
        Assert.That(html, Does.Contain("The board was not probed").And.Contain("suite S14 did not run on this slot").And.Contain("suite S04 did not run").And.Contain("Not measured."));
    }

    [Test]
    public void Read_SlotThatIsNotThereOrNotClear_FaultNamesTheSlots([Values("u9", null)] string? slot)
    {
        using TestRun run = new();
        run.Slot("p1");
        run.Slot("p2");
        Assert.That(() => VariantRecord.Read([run.Folder], slot), Throws.TypeOf<BenchFaultException>().With.Message.Contains("p1, p2"));
    }

    [Test]
    public void Write_HostileTexts_AreEscaped()
    {
        using TestRun run = Tests.Hostile.Run(Hostile);
        run.Measure("p1", "PROBE", Hostile, 1, double.NegativeInfinity, Hostile, null, null, null, Verdict.Fail, new { kind = "function", gpio = Hostile, role = Hostile, method = Hostile, said = Hostile, good = Hostile, of = Hostile, evidence001 = Hostile });
        run.Measure("p1", "PROBE", "board " + Hostile, 1, double.PositiveInfinity, Hostile, null, null, null, Verdict.Warn, new { kind = "comparison", title = Hostile, differences = Hostile });
        run.Measure("p1", "S14", "power@" + Hostile, 1, 2, Hostile, 1, 3, 2, Verdict.Fail, new { loadWatts = Hostile, classPercent = "1e400" });
        string html = VariantReport.Write(VariantRecord.Read([run.Folder], null));
        Assert.That(html, Does.Not.Contain("<script").And.Not.Contain("\u0000").And.Not.Contain("\u001b"));
    }

    // Reactive loads and other voltages are curves of their own; figures of other questions are none.
    [Test]
    public void Points_OfS14_OnlyLoadsEachInItsCondition()
    {
        using TestRun night = Measured();
        night.Measure("u1", "S14", "energy", 5, 100, "Wh", 99, 101, 100, Verdict.Pass, new { errorPercent = "0" });
        night.Measure("u1", "S14", "small-load-pulses@2W", 5, 13, "", 10, 16, 13, Verdict.Pass, new { loadWatts = "2" });
        night.Measure("u1", "S14", "power@60W PF 0.5", 5, 60, "W", 59, 61, 60, Verdict.Pass, new { loadWatts = "60" });
        night.Measure("u1", "S14", "power@500W 207V", 5, 500, "W", 495, 505, 500, Verdict.Pass, new { loadWatts = "500" });
        string[] quantities = [.. MeteringCurve.Points(RunReader.Read(night.Folder).Measurements).Select(p => p.Quantity).Distinct().Order(StringComparer.Ordinal)];
        Assert.That(quantities, Is.EqualTo(new[] { "current", "power", "power, 207 V", "power, power factor 0.5", "voltage" }));
    }

    [Test]
    public void Metering_FiguresThatNoCurveShows_StandInATableOfBothReports()
    {
        using TestRun night = Measured();
        night.Measure("u1", "S14", "linearity-slope", 5, 1.02, "", 0.99, 1.01, null, Verdict.Fail);
        night.Measure("u1", "S14", "drift", 5, 0.1, "%", null, 0.5, null, Verdict.Pass);
        night.Measure("u2", "S14", "no-load-pulses", 5, 0, "", null, 1, null, Verdict.Pass);
        night.Measure("u1", "S13", "gap", 5, 300, "ms", null, 1000, null, Verdict.Pass);
        HtmlWriter html = new();
        new MeteringSection().Write(html, RunReader.Read(night.Folder));
        string section = html.Finish();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(section, Does.Contain("u1: 15 points and 2 other figures, 1 outside their limits").And.Contain("u2: 0 points and 1 other figure, all inside their limits"));
            Assert.That(section, Does.Contain("1.02").And.Contain("0.99 … 1.01").And.Contain("at most 0.5 %").And.Not.Contain("300 ms"));
            Assert.That(VariantReport.Write(VariantRecord.Read([night.Folder], "u1")), Does.Contain("linearity-slope").And.Contain("at most 0.5 %").And.Not.Contain("no-load-pulses"));
        }
    }

    private static TestRun Probed()
    {
        TestRun run = new();
        run.Meta(MetaKeys.Bench, "lab");
        run.Meta(MetaKeys.Plan, "probe");
        Complete(run);
        run.Meta(MetaKeys.OriginUtc, "2026-11-22T22:00:00Z");
        run.Slot("u1", "A new plug", board: "unknown-bl602");
        run.Identity("u1", "before", 20, new { build = "OpenBL602 1.18.158", mac = "18:B9:05:00:00:01", chipset = "BL602" });
        Function(run, "relay", Verdict.Pass, 5, "Rel_n", "GPIO 5, on at a low level, 20 of 20 times.", 20, 20);
        Function(run, "button", Verdict.Pass, 22, "Btn", "GPIO 22, low while pressed, in 10 of 10 presses.", 10, 10, "press 1: GPIO 22 went from 1 to 0");
        Function(run, "cf", Verdict.Pass, 11, "BL0937CF", "GPIO 11; its count follows the frequency 1:2:4.", 3, 3);
        Function(run, "cf1", Verdict.Pass, 0, "BL0937CF1", "GPIO 0; its count follows the frequency 1:2:4.", 3, 3);
        Function(run, "sel", Verdict.Pass, 4, "BL0937SEL_n", "GPIO 4, inverted.", 3, 3);
        Function(run, "uart", Verdict.Pass, null, "", "The banner came.", 1, 1);
        Function(run, "rail", Verdict.Pass, null, "", "3.29 to 3.30 V.", 10, 10);
        Function(run, "relay-gap", Verdict.Pass, null, "", "The contact opens for 312 ms at a reboot.", 1, 1);
        run.Measure("u1", "PROBE", "relay-gap", 60, 312, "ms", null, 1000, null, Verdict.Pass, new { });
        run.Measure("u1", "PROBE", "board b17", 60, 3, "functions", null, null, null, Verdict.Warn, new { kind = "comparison", title = "The known one", differences = "relay on GPIO 5, on that board GPIO 2" });
        return run;
    }

    private static void Function(TestRun run, string name, Verdict verdict, int? gpio, string role, string said, int good, int of, string evidence = "seen") => run.Measure(
        "u1", "PROBE", name, 50, gpio ?? -1, "GPIO", null, null, null, verdict, new { kind = "function", gpio = $"{gpio}", role, method = "as it is done", said, good = $"{good}", of = $"{of}", evidence001 = evidence });

    private static void Complete(TestRun run)
    {
        run.Meta(MetaKeys.Ended, "900");
        run.Meta(MetaKeys.Outcome, "completed");
    }

    private static TestRun Measured(string bench = "lab")
    {
        TestRun run = new();
        run.Meta(MetaKeys.Bench, bench);
        run.Meta(MetaKeys.Plan, "new-pcb");
        Complete(run);
        run.Slot("u1", "A new plug", board: "new-board");
        run.Test("u1", "S14", "EveryLoad_IsReadWithinLimits", 10, 500, Verdict.Pass);
        run.Test("u1", "S14", "AbovePowerMax_ReadingIsHeldAndComesBack", 500, 560, Verdict.Warn, "F47: a load above it is not seen.");
        foreach (double load in (double[])[2, 25, 60, 500, 3000])
        {
            foreach ((string name, double reference, string unit, double quantum) in new[] { ("power", load, "W", 1.5), ("voltage", 230.0, "V", 0.13), ("current", load / 230, "A", 0.0119) })
            {
                run.Measure("u1", "S14", FormattableString.Invariant($"{name}@{load}W"), 100, reference * 1.002, unit, reference * 0.98, reference * 1.02, reference, Verdict.Pass, new
                {
                    loadWatts = FormattableString.Invariant($"{load}"), quantumPercent = FormattableString.Invariant($"{quantum / reference * 100}"), classPercent = load >= 60 && name == "power" ? "1" : "", readings = "20", deviation = "0.3",
                });
            }
        }

        for (int i = 0; i < 5; i++)
        {
            run.Trial("u1", "S04", "update", 600 + i, true, 5500);
        }

        return run;
    }
}
