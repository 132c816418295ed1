using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Hardware.Tests.Plug.Faults;

/// <summary>Faults of time, of builds and of settings.</summary>
[TestFixture]
internal sealed class FirmwareFaultTests
{
    [Test]
    public void F29_TicksWrap_UptimeFallsWithoutABoot()
    {
        Twins twins = Twins.Of("F29", ("before", "60s")).Boot();
        int before = twins.Faulty.Beat("Time");
        twins.Run(90);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(before, Is.GreaterThan(4_294_900));
            Assert.That(twins.Faulty.Beat("Time"), Is.LessThan(60));
            Assert.That(twins.Faulty.Banners(), Is.EqualTo(1));
            Assert.That(twins.Healthy.Banners(), Is.EqualTo(1));
        }
    }

    [Test]
    public void F29_TicksWrap_EnergyJumps()
    {
        Twins twins = Twins.Of("F29", ("before", "60s")).Boot();
        twins.Do(b => b.Command("Power ON")).Run(90);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Math.Abs(twins.Faulty.Reading("ConsumptionTotal")), Is.GreaterThan(10_000));
            Assert.That(twins.Healthy.Reading("ConsumptionTotal"), Is.InRange(1.3, 1.7));
        }
    }

    [Test]
    public void F56_TracingBuild_LastLineNamesTheTemperature()
    {
        Twins twins = Twins.Of("F56", ("uptime", "60s")).Boot().Run(60);
        int banner = twins.Faulty.Lines.FindLastIndex(l => l.Line == "Starting bl602 now....");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Banners(), Is.EqualTo(2));
            Assert.That(twins.Faulty.Lines[banner - 1].Line, Does.EndWith("reading chip temperature (TSEN)"));
            Assert.That(twins.Healthy.Banners(), Is.EqualTo(1));
        }
    }

    [Test]
    public void F57_ThePage_RebootsAndNoOther()
    {
        Twins twins = Twins.Of("F57", ("page", "/cfg_mqtt")).Boot();
        twins.Do(b => b.Get("/cfg")).Do(b => b.Get("/about")).Run(10);
        Assert.That(twins.Faulty.Banners(), Is.EqualTo(1));
        twins.Do(b => b.Get("/cfg_mqtt")).Run(15);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Banners(), Is.EqualTo(2));
            Assert.That(twins.Faulty.SilenceBeforeBanner(), Is.GreaterThan(2));
            Assert.That(twins.Healthy.Banners(), Is.EqualTo(1));
        }
    }

    [TestCase("script", "<script>notOnThisPage();</script>", 100)]
    [TestCase("heavy", "-->", 100_000)]
    public void F57_BrokenPage_AndNoOther(string does, string end, int longer)
    {
        Twins twins = Twins.Of("F57", ("page", "/ha_cfg"), ("does", does)).Boot();
        string broken = twins.Faulty.Get("/ha_cfg");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(broken, Does.EndWith(end));
            Assert.That(broken.Length - twins.Healthy.Get("/ha_cfg").Length, Is.InRange(does == "script" ? 1 : longer, longer + 100));
            Assert.That(twins.Faulty.Get("/cfg_ping"), Does.EndWith("</html>"));
            Assert.That(twins.Faulty.Banners(), Is.EqualTo(1));
        }
    }

    [TestCase("1", false)]
    [TestCase("0", true)]
    public void F58_PowerSave_FreezesAfterItsTime(string on, bool alive)
    {
        Twins twins = Twins.Of("F58", ("after", "100s")).Boot();
        twins.Do(b => b.Command("PowerSave " + on)).Run(120);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Plug.Reachable, Is.EqualTo(alive));
            Assert.That(twins.Faulty.Heartbeat().Contains("POWERSAVE", StringComparison.Ordinal), Is.EqualTo(!alive));
            Assert.That(twins.Healthy.Plug.Reachable, Is.True);
        }
    }

    [Test]
    public void F59_SlowFlash_WatchdogBitesInASave()
    {
        Twins twins = Twins.Of("F59", ("probability", "1")).Boot().Run(5);
        twins.Do(b => b.Command("FullBootTime 6")).Run(15);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Banners(), Is.EqualTo(2));
            Assert.That(twins.Faulty.Dumps(), Is.Zero);
            Assert.That(twins.Healthy.Banners(), Is.EqualTo(1));
        }
    }

    [Test]
    public void F60_WithoutBroker_RebootsInGoodOrderEveryQuarter()
    {
        Twins twins = new(
            new PlugBench(c => c with { MqttClient = null, Faults = [PlugBench.Fault("F60")] }), new PlugBench(c => c with { MqttClient = null }));
        twins.Boot().Run(2000);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Banners(), Is.EqualTo(3));
            Assert.That(twins.Faulty.Said("Rebooting..."), Is.EqualTo(2));
            Assert.That(twins.Faulty.ResetReason(), Is.EqualTo("BL_RST_SOFTWARE"));
            Assert.That(twins.Healthy.Banners(), Is.EqualTo(1));
        }
    }

    [Test]
    public void F60_WithBroker_Stays()
    {
        PlugBench bench = new PlugBench(PlugBench.With(PlugBench.Fault("F60"))).Boot();
        bench.Run(2000);
        Assert.That(bench.Banners(), Is.EqualTo(1));
    }

    [Test]
    public void F63_PolledState_DoesNotFollowTheRelay()
    {
        Twins twins = Twins.Of("F63", ("uptime", "60s")).Boot().Run(60);
        twins.Do(b => b.Get("/index?state=1")).Do(b => b.Command("Power ON")).Run(2);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Plug.ContactClosed, Is.True);
            Assert.That(twins.Faulty.Get("/index?state=1"), Does.Contain("class='off'"));
            Assert.That(twins.Faulty.Get("/index"), Does.Contain("class='on'"), "a reload is right");
            Assert.That(twins.Healthy.Get("/index?state=1"), Does.Contain("class='on'"));
        }
    }

    [Test]
    public void F63_Reset_TheStateForgetsTheRelay_UntilAPowerCut()
    {
        Twins twins = Twins.Of("F63", ("mode", "reset")).Boot();
        twins.Do(b => b.Command("SetStartValue 1 1")).Do(b => b.Command("Power ON")).Run(5);
        string before = twins.Faulty.Get("/index?state=1");
        twins.Do(b => b.Command("restart 1")).Run(20);
        string after = twins.Faulty.Get("/index?state=1");
        twins.Faulty.PowerCycle(5, 12);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(before, Does.Contain("class='on'"));
            Assert.That(after, Does.Contain("class='off'").And.Not.Contain("class='on'"));
            Assert.That(twins.Healthy.Get("/index?state=1"), Does.Contain("class='on'"));
            Assert.That(twins.Faulty.Plug.ContactClosed, Is.True);
            Assert.That(twins.Faulty.Get("/index?state=1"), Does.Contain("class='on'"));
        }
    }
}
