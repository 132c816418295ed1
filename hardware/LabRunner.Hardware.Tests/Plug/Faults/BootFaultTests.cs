using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Hardware.Tests.Plug.Faults;

/// <summary>Faults of booting: loops, safe mode, silence, settings lost by a cut.</summary>
[TestFixture]
internal sealed class BootFaultTests
{
    [Test]
    public void F05_EveryThirdBoot_BannerThenSilenceForEver()
    {
        Twins twins = Twins.Of("F05", ("every", "3")).Boot();
        twins.Do(b => b.PowerCycle(3, 12));
        Assert.That(twins.Faulty.Answers(), Is.True, "second boot");
        twins.Do(b => b.PowerCycle(3, 60));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Banners(), Is.EqualTo(3));
            Assert.That(twins.Faulty.Quiet(), Is.GreaterThan(55));
            Assert.That(twins.Faulty.Plug.Reachable, Is.False);
            Assert.That(twins.Healthy.Answers(), Is.True);
        }

        twins.Faulty.PowerCycle(3, 12);
        Assert.That(twins.Faulty.Answers(), Is.True, "a new start helps");
    }

    [Test]
    public void F06_ShortLives_BootLoopEndsInSafeMode()
    {
        Twins twins = Twins.Of("F06", ("from", "1"));
        twins.Do(b => b.Plug.SetPower(true)).Run(120);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Banners(), Is.EqualTo(5));
            Assert.That(twins.Faulty.Dumps(), Is.EqualTo(4));
            Assert.That(twins.Faulty.Heartbeat(), Does.Contain("[SAFE]"));
            Assert.That(twins.Healthy.Banners(), Is.EqualTo(1));
        }
    }

    [Test]
    public void F06_LivesPastTheGoodBoot_NeverEnds()
    {
        PlugBench bench = new(PlugBench.With(PlugBench.Fault("F06", ("from", "1"), ("uptime", "8s"))));
        bench.Plug.SetPower(true);
        bench.Run(300);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Banners(), Is.GreaterThan(15));
            Assert.That(bench.Said("[SAFE]"), Is.Zero);
        }
    }

    [Test]
    public void F06_BeforeTheWatchdog_DumpsAndStays()
    {
        PlugBench bench = new(PlugBench.With(PlugBench.Fault("F06", ("from", "1"), ("point", "before-watchdog"))));
        bench.Plug.SetPower(true);
        bench.Run(60);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Banners(), Is.EqualTo(1));
            Assert.That(bench.Dumps(), Is.EqualTo(1));
            Assert.That(bench.Plug.Reachable, Is.False);
        }
    }

    // The mark comes at second 6: four boots cut soon after it were good ones, unless it comes later than FullBootTime says.
    [TestCase("2", 7, true)]
    [TestCase("2", 9.5, false)]
    [TestCase("-3", 4.5, false)]
    public void F07_MarkedAtAnotherUptime_CountsOtherBootsAsGood(string late, double on, bool safe)
    {
        Twins twins = Twins.Of("F07", ("late", late)).Boot();
        for (int i = 0; i < 5; i++)
        {
            twins.Do(b => b.PowerCycle(3, on));
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Heartbeat(), safe ? Does.Contain("[SAFE]") : Does.Not.Contain("[SAFE]"));
            Assert.That(twins.Healthy.Heartbeat(), on < 6 ? Does.Contain("[SAFE]") : Does.Not.Contain("[SAFE]"));
        }
    }

    [Test]
    public void F07_LongBoots_StillEndInSafeModeAndStay()
    {
        Twins twins = Twins.Of("F07").Boot();
        for (int i = 0; i < 4; i++)
        {
            twins.Do(b => b.PowerCycle(3, 20));
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Heartbeat(), Does.Contain("[SAFE]"));
            Assert.That(twins.Healthy.Heartbeat(), Does.Not.Contain("[SAFE]"));
        }

        int contacts = twins.Faulty.Contacts.Count;
        twins.Faulty.Press(200);
        twins.Faulty.PowerCycle(3, 60);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Contacts, Has.Count.EqualTo(contacts), "pins are off");
            Assert.That(twins.Faulty.Heartbeat(), Does.Contain("[SAFE]"), "it does not leave");
        }
    }

    [Test]
    public void F10_ThreeInTheMorning_EveryNight()
    {
        Twins twins = Twins.Of("F10").Boot();
        twins.Run(2 * 86_400);
        TimeSpan[] times = [.. twins.Faulty.Lines.Where(l => l.Line == "Starting bl602 now....").Skip(1)
            .Select(l => (twins.Faulty.Engine.Origin + l.At).TimeOfDay)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(times, Has.Length.EqualTo(2));
            Assert.That(times, Has.All.InRange(new TimeSpan(3, 0, 0), new TimeSpan(3, 1, 5)));
            Assert.That(twins.Faulty.ResetReason(), Is.EqualTo("BL_RST_SOFTWARE_WATCHDOG"));
            Assert.That(twins.Healthy.Banners(), Is.EqualTo(1));
        }
    }

    [Test]
    public void F52_CutRightAfterASave_FactorySettings()
    {
        Twins twins = Twins.Of("F52").Boot();
        twins.Do(b =>
        {
            b.Command("SetStartValue 1 -1");
            while (b.Plug.Flash.WrittenAt is null)
            {
                b.Run(0.05);
            }

            b.PowerCycle(3, 15);
        });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Healthy.Answers(), Is.True);
            Assert.That(twins.Faulty.Get("/api/pins"), Does.Not.Contain("\"roles\":[0,0,1"));
            Assert.That(twins.Healthy.Get("/api/pins"), Does.Contain("\"roles\":[0,0,1"));
        }
    }

    [Test]
    public void F52_Worn_KeepsNoSaveOverABoot()
    {
        Twins twins = Twins.Of("F52", ("mode", "worn")).Boot();
        twins.Do(b => b.Command("FriendlyName kept")).Run(5);
        Assert.That(twins.Faulty.Get("/index"), Does.Contain("kept"), "until a boot");
        twins.Do(b => b.PowerCycle(3, 15));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Get("/index"), Does.Not.Contain("kept"));
            Assert.That(twins.Healthy.Get("/index"), Does.Contain("kept"));
        }
    }

    [Test]
    public void F52_CutLater_KeepsThem()
    {
        PlugBench bench = new PlugBench(PlugBench.With(PlugBench.Fault("F52"))).Boot();
        bench.Command("SetStartValue 1 -1");
        bench.Run(5);
        bench.PowerCycle(3, 15);
        Assert.That(bench.Get("/api/pins"), Does.Contain("\"roles\":[0,0,1"));
    }
}
