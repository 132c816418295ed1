using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Units;
using LabRunner.Hardware.Virtual.Plug.Firmware;

namespace LabRunner.Hardware.Tests.Plug.Faults;

[TestFixture]
internal sealed class MeterFaultTests
{
    [Test]
    public void F20_NoVoltagePulses_DumpsWhenItPublishes()
    {
        Twins twins = Twins.Of("F20").Boot().Run(30);
        Assert.That(twins.Faulty.Dumps(), Is.Zero, "with pulses");
        twins.Do(b => b.Plug.SetPulses(PulseChannel.Cf, new Hertz(10))).Run(15);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Dumps(), Is.AtLeast(1), "and again after each boot");
            Assert.That(twins.Faulty.Uart, Does.Contain("msg: Store access fault"));
            Assert.That(twins.Healthy.Dumps(), Is.Zero);
        }
    }

    [Test]
    public void F45_SelInverted_VoltageAndCurrentSwapped()
    {
        Twins twins = Loaded(Twins.Of("F45"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Healthy.Reading("Voltage"), Is.EqualTo(230).Within(1));
            Assert.That(twins.Healthy.Reading("Current"), Is.EqualTo(0.26).Within(0.02));
            Assert.That(twins.Faulty.Reading("Voltage"), Is.LessThan(5));
            Assert.That(twins.Faulty.Reading("Current"), Is.GreaterThan(15));
            Assert.That(twins.Faulty.Watts(), Is.EqualTo(60).Within(3));
        }
    }

    [Test]
    public void F45_SelMissing_NoVoltage()
    {
        Twins twins = Loaded(Twins.Of("F45", ("mode", "sel-missing")));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Reading("Voltage"), Is.LessThan(5));
            Assert.That(twins.Faulty.Reading("Current"), Is.EqualTo(0.26).Within(0.02));
        }
    }

    [Test]
    public void F45_CfSwapped_PowerIsNonsense()
    {
        Twins twins = Loaded(Twins.Of("F45", ("mode", "cf-swapped")));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Watts(), Is.GreaterThan(2000).Or.EqualTo(0));
            Assert.That(twins.Faulty.Reading("Voltage"), Is.LessThan(10));
            Assert.That(twins.Healthy.Watts(), Is.EqualTo(60).Within(3));
        }
    }

    [Test]
    public void F46_Spikes_OneSampleEach()
    {
        Twins twins = Loaded(Twins.Of("F46", ("every", "60s")));
        double[] faulty = [.. Samples(twins.Faulty, 300)];
        double[] healthy = [.. Samples(twins.Healthy, 300)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(faulty.Count(w => w > 1000), Is.InRange(4, 6));
            Assert.That(faulty.Where(w => w > 1000), Has.All.EqualTo(2500).Within(30));
            Assert.That(faulty.Where(w => w <= 1000), Has.All.EqualTo(60).Within(3));
            Assert.That(healthy, Has.All.EqualTo(60).Within(3));
        }
    }

    [Test]
    public void F47_Behaviour_AboveTheLimitTheLastValueIsRepeated()
    {
        PlugBench bench = new PlugBench().Boot();
        bench.Plug.SetPulses(PulseChannel.Cf, new Hertz(1000));
        bench.Run(5);
        double before = bench.Watts();
        bench.Plug.SetPulses(PulseChannel.Cf, new Hertz(3000));
        double[] during = [.. Samples(bench, 10).Skip(1)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(before, Is.EqualTo(1500).Within(5));
            Assert.That(during.Distinct().Count(), Is.EqualTo(1), "frozen");
            Assert.That(bench.Said("exceeded MAX limit: 3680"), Is.GreaterThan(5));
        }
    }

    [Test]
    public void F48_PowerSetZero_ReadingIsDeadAfterResetsToo()
    {
        Twins twins = Loaded(Twins.Of("F48"));
        twins.Do(b => b.Command("PowerSet 0")).Run(5);
        twins.Do(b => b.Command("Power ON")).Run(3);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Watts(), Is.Zero);
            Assert.That(twins.Faulty.Reading("Voltage"), Is.EqualTo(230).Within(1));
            Assert.That(twins.Healthy.Watts(), Is.EqualTo(60).Within(3), "refused");
        }

        twins.Faulty.PowerCycle(3, 12);
        twins.Faulty.Command("Power ON");
        twins.Faulty.Run(3);
        Assert.That(twins.Faulty.Watts(), Is.Zero);
    }

    [Test]
    public void F48_Ignore_TakesACalibrationAndChangesNothing_AndRefusesZero()
    {
        Twins twins = Loaded(Twins.Of("F48", ("mode", "ignore")));
        double before = twins.Faulty.Plug.Flash.Saved.WattsPerHertz;
        string taken = twins.Faulty.Post("/api/cmnd", "PowerSet 50").Body;
        string refused = twins.Faulty.Post("/api/cmnd", "PowerSet 0").Body;
        twins.Faulty.Run(5);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(taken, Does.Contain("\"success\":200"));
            Assert.That(refused, Does.Not.Contain("\"success\":200"));
            Assert.That(twins.Faulty.Plug.Flash.Saved.WattsPerHertz, Is.EqualTo(before));
        }
    }

    [Test]
    public void F48_Freeze_WatchdogBites()
    {
        Twins twins = Loaded(Twins.Of("F48", ("mode", "freeze")));
        twins.Do(b => b.Command("VoltageSet 0")).Run(15);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Banners(), Is.EqualTo(2));
            Assert.That(twins.Healthy.Banners(), Is.EqualTo(1));
        }
    }

    [TestCase("lost", -40, -30)]
    [TestCase("back", -25, -15)]
    [TestCase("jump", 15, 25)]
    public void F49_Start_TotalIsNotWhatItWas(string mode, double low, double high)
    {
        Twins twins = Twins.Of("F49", ("mode", mode), ("by", "20")).Boot();
        twins.Do(b => b.Command("EnergyCntReset 35")).Run(1);
        twins.Do(b => b.PowerCycle(3, 15));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Reading("ConsumptionTotal") - 35, Is.InRange(low, high));
            Assert.That(twins.Healthy.Reading("ConsumptionTotal"), Is.EqualTo(35).Within(0.5));
        }
    }

    [Test]
    public void F50_Creep_PowerWithoutALoad()
    {
        Twins twins = Twins.Of("F50").Boot().Run(60);
        twins.Do(b => b.Command("SetFlag 38 0")).Run(5);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Samples(twins.Faulty, 60).Average(), Is.EqualTo(3).Within(0.2));
            Assert.That(Samples(twins.Healthy, 60).Max(), Is.Zero);
        }
    }

    [Test]
    public void F50_Blind_SmallLoadReadsZero()
    {
        Twins twins = Twins.Of("F50", ("mode", "blind"), ("watts", "5")).Boot();
        twins.Do(b => b.Plug.SetPulses(PulseChannel.Cf, new Hertz(2.5))).Run(5);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Samples(twins.Faulty, 20).Max(), Is.Zero);
            Assert.That(Samples(twins.Healthy, 20).Average(), Is.EqualTo(3.75).Within(0.4));
        }
    }

    [Test]
    public void F51_BusyServing_ReadsTooLow()
    {
        Twins twins = Loaded(Twins.Of("F51"));

        // Reading is a request itself, so every window of this measurement is a busy one; the energy of a quiet time is not.
        double quiet = Energy(twins.Faulty, 300);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Samples(twins.Faulty, 20).Skip(2).Average(), Is.EqualTo(48).Within(2));
            Assert.That(Samples(twins.Healthy, 20).Skip(2).Average(), Is.EqualTo(60).Within(2));
            Assert.That(quiet, Is.EqualTo(5).Within(0.1));
        }
    }

    [Test]
    public void F51_ByRate_LargeLoadsReadTooLowAndSmallOnesRight()
    {
        Twins twins = Loaded(Twins.Of("F51", ("mode", "rate")));
        double small = Samples(twins.Faulty, 20).Skip(2).Average();
        twins.Do(b => b.Plug.SetPulses(PulseChannel.Cf, new Hertz(2000))).Run(4);
        using (Assert.EnterMultipleScope())
        {
            // 2000 Hz with 40 us blind after each pulse: 1852 are left.
            Assert.That(small, Is.EqualTo(60).Within(2));
            Assert.That(twins.Faulty.Watts(), Is.EqualTo(1852 * 1.5).Within(10));
            Assert.That(twins.Healthy.Watts(), Is.EqualTo(3000).Within(10));
        }
    }

    [Test]
    public void F51_Warm_HeavyLoadDriftsAndSmallOnesReadRight()
    {
        Twins twins = Loaded(Twins.Of("F51", ("mode", "warm")));
        double small = Samples(twins.Faulty, 20).Skip(2).Average();
        twins.Do(b => b.Plug.SetPulses(PulseChannel.Cf, new Hertz(2000))).Run(2);
        double cold = twins.Faulty.Watts();
        twins.Run(120);
        double warm = twins.Faulty.Watts();
        twins.Do(b => b.Plug.SetPulses(PulseChannel.Cf, new Hertz(40))).Run(120);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(small, Is.EqualTo(60).Within(1));
            Assert.That(cold, Is.EqualTo(3000 * (1 - (0.015 * 0.12))).Within(9), "as it begins to warm");
            Assert.That(warm, Is.EqualTo(3000 * (1 - 0.015)).Within(6), "warmed through");
            Assert.That(Samples(twins.Faulty, 20).Average(), Is.EqualTo(60).Within(1), "cooled down again");
            Assert.That(twins.Healthy.Watts(), Is.EqualTo(60).Within(2));
        }
    }

    // logdelay makes each turn of the main loop, and with it each window, that much longer.
    [TestCase(0, 60.24)]
    [TestCase(100, 72.87)]
    [TestCase(200, 86.69)]
    public void F51_SwappedWindow_ReadingGrowsWithTheSquareOfTheWindow(int logDelayMs, double watts)
    {
        Twins twins = Loaded(Twins.Of("F51", ("mode", "window"))).Do(b => b.Command($"logdelay {logDelayMs}")).Run(5);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Samples(twins.Faulty, 30).Average(), Is.EqualTo(watts).Within(1.0));
            Assert.That(Samples(twins.Healthy, 30).Average(), Is.EqualTo(60).Within(1.0));
        }
    }

    [TestCase(0.9, 0.81)]
    [TestCase(1.0, 1.0)]
    [TestCase(1.1, 1.21)]
    [TestCase(1.2, 1.44)]
    [Category("vectors")]
    public void SwappedWindow_FactorOfAReading_V45(double windowSeconds, double factor) => Assert.That(
        windowSeconds * MeterDriver.PerSecond(windowSeconds, swapped: true), Is.EqualTo(factor).Within(1e-12));

    private static Twins Loaded(Twins twins) => twins.Boot().Do(b => b.Command("Power ON")).Run(4);

    private static double Energy(PlugBench bench, double seconds)
    {
        double before = bench.Reading("ConsumptionTotal");
        bench.Run(seconds);
        return bench.Reading("ConsumptionTotal") - before;
    }

    /// <summary>Power, once a second.</summary>
    private static List<double> Samples(PlugBench bench, int count)
    {
        List<double> samples = [];
        for (int i = 0; i < count; i++)
        {
            samples.Add(bench.Watts());
            bench.Run(0.8);
        }

        return samples;
    }
}
