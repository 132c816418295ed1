using System.Globalization;
using System.Text.RegularExpressions;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Tests.Plug;

[TestFixture]
public sealed class MeterTests
{
    [Test]
    public void Windows_InjectedLoad_ReadWithinOneQuantum()
    {
        PlugBench bench = new PlugBench().Boot();
        Inject(bench, 230, 0.435, 100);
        bench.Run(5);
        for (int i = 0; i < 10; i++)
        {
            bench.Run(1);
            string status = bench.Get("/cm?cmnd=Status%208");
            using (Assert.EnterMultipleScope())
            {
                // A stale count over a window some milliseconds longer adds to the quantum.
                Assert.That(Value(status, "Voltage"), Is.EqualTo(230).Within(0.14 + 0.5), "V");
                Assert.That(Value(status, "Current"), Is.EqualTo(0.435).Within(0.0119 + 0.001), "A");
                Assert.That(Value(status, "Power"), Is.EqualTo(100).Within(1.51), "W");
            }
        }
    }

    [Test]
    public void Windows_OverManyOfThem_ReadTheLoadWithoutBias()
    {
        PlugBench bench = new PlugBench().Boot();
        Inject(bench, 230, 8.7, 2000);
        bench.Run(5);
        List<double> watts = [];
        for (int i = 0; i < 300; i++)
        {
            bench.Run(1);
            watts.Add(Value(bench.Get("/cm?cmnd=Status%208"), "Power"));
        }

        // Whole pulses and whole ticks leave 0.005 % in such a mean; half a tick on each window would be 0.05 %.
        Assert.That(watts.Average(), Is.EqualTo(2000).Within(0.02).Percent);
    }

    /// <summary>drv_pwrCal.c divides by the raw count, and the loop turns a few ms later than each second: readings are low by just that.</summary>
    [Test]
    public void PowerSet_TakesTheCountOfTheWholeWindow_SoThatReadingsComeOutLow()
    {
        PlugBench bench = new PlugBench().Boot();
        Inject(bench, 230, 8.7, 2000);
        bench.Run(5);
        bench.Post("/api/cmnd", "PowerSet 2000");
        bench.Run(5);
        List<double> watts = [];
        for (int i = 0; i < 60; i++)
        {
            bench.Run(1);
            watts.Add(Value(bench.Get("/cm?cmnd=Status%208"), "Power"));
        }

        Assert.That((watts.Average() / 2000) - 1, Is.InRange(-0.003 - 0.00075, -0.001 + 0.00075));
    }

    [Test]
    public void Load_RelayOn_IsMeteredWithoutInjection()
    {
        PlugBench bench = new PlugBench(c => c with { LoadWatts = 60 }).Boot();
        bench.Run(4);
        Assert.That(Value(bench.Get("/cm?cmnd=Status%208"), "Power"), Is.Zero);
        bench.Get("/cm?cmnd=POWER%20ON");
        bench.Run(4);
        string status = bench.Get("/cm?cmnd=Status%208");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Value(status, "Power"), Is.EqualTo(60).Within(1.6));
            Assert.That(Value(status, "Voltage"), Is.EqualTo(230).Within(0.7));
        }
    }

    [Test]
    public void Energy_Integrated_MatchesPowerTimesTime()
    {
        PlugBench bench = new PlugBench().Boot();
        Inject(bench, 230, 10, 2400);
        bench.Run(360);
        Assert.That(Value(bench.Get("/cm?cmnd=Status%208"), "ConsumptionTotal"), Is.EqualTo(240).Within(2));
    }

    [Test]
    public void Energy_PowerCut_LosesAtMostTheSaveThreshold()
    {
        PlugBench bench = new PlugBench().Boot();
        Inject(bench, 230, 10, 2400);
        bench.Run(100);
        double before = Value(bench.Get("/cm?cmnd=Status%208"), "ConsumptionTotal");
        Inject(bench, 0, 0, 0);
        bench.PowerCycle(3, 12);
        double after = Value(bench.Get("/cm?cmnd=Status%208"), "ConsumptionTotal");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(after, Is.GreaterThan(before - 10.7));
            Assert.That(after, Is.LessThanOrEqualTo(before).And.GreaterThan(0));
        }
    }

    [Test]
    public void PowerMax_Exceeded_KeepsTheLastValidPower()
    {
        PlugBench bench = new PlugBench().Boot();
        Inject(bench, 230, 4, 900);
        bench.Run(5);
        Inject(bench, 230, 20, 4600);
        bench.Run(5);
        using (Assert.EnterMultipleScope())
        {
            // The window in which the load changed reads something between the two and is still valid.
            Assert.That(Value(bench.Get("/cm?cmnd=Status%208"), "Power"), Is.LessThan(3680).And.GreaterThan(898));
            Assert.That(bench.Uart, Does.Contain("exceeded MAX limit"));
        }
    }

    [Test]
    public void VoltageSet_WithPulses_Calibrates()
    {
        PlugBench bench = new PlugBench().Boot();
        Inject(bench, 230, 1, 230);
        bench.Run(5);
        bench.Post("/api/cmnd", "VoltageSet 240");
        bench.Run(5);
        Assert.That(Value(bench.Get("/cm?cmnd=Status%208"), "Voltage"), Is.EqualTo(240).Within(1.2));
    }

    [Test]
    public void PowerSet_NoPulses_IsRefusedAndAlive()
    {
        PlugBench bench = new PlugBench().Boot();
        Inject(bench, 230, 0, 0);
        bench.Run(5);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Post("/api/cmnd", "PowerSet 0").Text, Does.StartWith("HTTP/1.1 400 OK\n"));
            Assert.That(bench.Get("/api/info"), Does.Contain("uptime_s"));
        }
    }

    [Test]
    public void Sel_NotWired_ReadsCurrentPulsesOnly()
    {
        Dictionary<int, string> wiring = PlugBench.Board(17);
        wiring.Remove(21);
        PlugBench bench = new PlugBench(c => c with { Wiring = wiring }).Boot();
        Inject(bench, 230, 1, 230);
        bench.Run(5);
        Assert.That(Value(bench.Get("/cm?cmnd=Status%208"), "Voltage"), Is.LessThan(15));
    }

    private static void Inject(PlugBench bench, double volts, double amperes, double watts)
    {
        Bl0937Frequencies hertz = new Bl0937Model().ToFrequencies(new Volts(volts), new Amperes(amperes), new Watts(watts));
        bench.Plug.SetPulses(PulseChannel.Cf, hertz.Cf);
        bench.Plug.SetPulses(PulseChannel.Cf1Voltage, hertz.Cf1Voltage);
        bench.Plug.SetPulses(PulseChannel.Cf1Current, hertz.Cf1Current);
    }

    private static double Value(string json, string name) => double.Parse(
        Regex.Match(json, $"\"{name}\": ?([-0-9.]+)").Groups[1].Value, CultureInfo.InvariantCulture);
}
