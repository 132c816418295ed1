using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Hardware.Tests.Plug.Faults;

[TestFixture]
internal sealed class FirmwareFaultTests
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
    public void F11_FromSeventySeconds_OnlyPingIsDead()
    {
        Twins twins = Twins.Of("F11").Boot().Run(180);
        TimeSpan before = twins.Faulty.Engine.Now;
        twins.Run(60);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Plug.AnswersEcho, Is.False);
            Assert.That(twins.Faulty.Services, Has.Count.EqualTo(1));
            Assert.That(twins.Faulty.Services[0].At.TotalSeconds, Is.InRange(65, 75.2));
            Assert.That(twins.Faulty.Answers(), Is.True);
            Assert.That(twins.Faulty.MessagesSince(before), Is.GreaterThan(0));
            Assert.That(twins.Faulty.Quiet(), Is.LessThan(1.2));
            Assert.That(twins.Healthy.Plug.AnswersEcho, Is.True);
        }

        twins.Faulty.PowerCycle(3, 12);
        Assert.That(twins.Faulty.Plug.AnswersEcho, Is.True, "a start clears it");
    }

    [Test]
    public void F12_AppDies_PingAndHandshakesGoOn()
    {
        Twins twins = Twins.Of("F12", ("uptime", "60s")).Boot().Run(60);
        TimeSpan before = twins.Faulty.Engine.Now;
        ClientEnd first = twins.Faulty.Send("GET /api/info HTTP/1.1\r\nHost: p\r\n\r\n", 10);
        twins.Run(200);
        twins.Faulty.Press(200);
        twins.Run(3);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Plug.AnswersEcho, Is.True);
            Assert.That(first.Server, Is.Not.Null, "the handshake");
            Assert.That(first.Text, Is.Empty);
            Assert.That(twins.Faulty.MessagesSince(before), Is.Zero);
            Assert.That(twins.Faulty.Quiet(), Is.LessThan(1.2), "heartbeat");
            Assert.That(twins.Faulty.Contacts, Is.Empty);
            Assert.That(twins.Healthy.Answers(), Is.True);
            Assert.That(twins.Healthy.MessagesSince(before), Is.GreaterThan(0));
        }

        for (int i = 0; i < 8; i++)
        {
            Assert.That(twins.Faulty.Plug.OpenConnection(new ClientEnd()), Is.Not.Null);
        }

        Assert.That(twins.Faulty.Plug.OpenConnection(new ClientEnd()), Is.Null, "control blocks are used up");
    }

    [Test]
    public void F13_LargeReplies_StallWhileSmallArrive()
    {
        Twins twins = Twins.Of("F13", ("uptime", "60s")).Boot().Run(60);
        ClientEnd large = twins.Faulty.Send("GET /index HTTP/1.1\r\nHost: p\r\n\r\n", 10);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(large.Text, Does.StartWith("HTTP/1.1 200 OK"));
            Assert.That(large.Text, Has.Length.EqualTo(1400));
            Assert.That(large.ClosedByReset, Is.Null, "still open");
            Assert.That(twins.Faulty.Answers(), Is.True, "small");
            Assert.That(twins.Healthy.Get("/index"), Does.Contain("</html>"));
        }

        int held = twins.Faulty.Beat("free");
        large.Server!.PeerClosed();
        twins.Faulty.Run(3);
        Assert.That(twins.Faulty.Beat("free") - held, Is.EqualTo(11_768).Within(700), "the client gave up");
    }

    [Test]
    public void F14_ManyAtOnce_Reboots()
    {
        Twins twins = Twins.Of("F14").Boot();
        twins.Do(Storm).Run(15);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Said("Memory Allocate Failed"), Is.EqualTo(1));
            Assert.That(twins.Faulty.Banners(), Is.EqualTo(2));
            Assert.That(twins.Healthy.Banners(), Is.EqualTo(1));
            Assert.That(twins.Healthy.Answers(), Is.True);
        }
    }

    [Test]
    public void F14_Leak_HeapStaysLowAfterTheStorm()
    {
        Twins twins = Twins.Of("F14", ("mode", "leak"), ("parallel", "6")).Boot().Run(20);
        int faulty = twins.Faulty.Beat("free");
        int healthy = twins.Healthy.Beat("free");
        twins.Do(Storm).Run(60);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(faulty - twins.Faulty.Beat("free"), Is.GreaterThan(11_000));
            Assert.That(healthy - twins.Healthy.Beat("free"), Is.LessThan(2000));
        }
    }

    [Test]
    public void F18_InPieces_LargePagesAndUpdatesFailWithHeapFree()
    {
        Twins twins = Twins.Of("F18", ("uptime", "60s")).Boot().Run(60);
        ClientEnd page = twins.Faulty.Send("GET /index HTTP/1.1\r\nHost: p\r\n\r\n", 1);
        ClientEnd update = twins.Faulty.Send("POST /api/ota HTTP/1.1\r\nHost: p\r\nContent-Length: 9\r\n\r\n123456789", 1);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(page.Text, Does.StartWith("HTTP/1.1 -20 OK"));
            Assert.That(update.Text, Does.StartWith("HTTP/1.1 -20 OK"));
            Assert.That(twins.Faulty.Said("failed to malloc"), Is.EqualTo(2));
            Assert.That(twins.Faulty.Beat("free"), Is.GreaterThan(80_000));
            Assert.That(twins.Faulty.Answers(), Is.True, "small");
            Assert.That(twins.Healthy.Get("/index"), Does.Contain("</html>"));
        }
    }

    [Test]
    public void F19_LongBacklog_OverflowsAndTheWatchdogBites()
    {
        Twins twins = Twins.Of("F19").Boot().Run(20);
        string backlog = "backlog " + string.Join("; ", Enumerable.Repeat("echo 0123456789", 14));
        twins.Do(b => b.Command(backlog)).Run(15);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Said("Stack Overflow checked"), Is.EqualTo(1));
            Assert.That(twins.Faulty.Banners(), Is.EqualTo(2));
            Assert.That(twins.Faulty.Dumps(), Is.Zero);
            Assert.That(twins.Healthy.Banners(), Is.EqualTo(1));
        }
    }

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
    public void F52_CutLater_KeepsThem()
    {
        PlugBench bench = new PlugBench(PlugBench.With(PlugBench.Fault("F52"))).Boot();
        bench.Command("SetStartValue 1 -1");
        bench.Run(5);
        bench.PowerCycle(3, 15);
        Assert.That(bench.Get("/api/pins"), Does.Contain("\"roles\":[0,0,1"));
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
    public void F61_TheSameTraffic_KillsOnlyTheOld()
    {
        Twins twins = Twins.Of("F61", ("age", "1000s"), ("requests", "4")).Boot();
        twins.Do(Storm).Run(600);
        Assert.That(twins.Faulty.Plug.Reachable, Is.True, "fresh");
        twins.Run(600);
        Assert.That(twins.Faulty.Plug.Reachable, Is.True, "old without traffic");
        twins.Do(Storm).Run(5);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Plug.Reachable, Is.False);
            Assert.That(twins.Faulty.Quiet(), Is.LessThan(1.2));
            Assert.That(twins.Healthy.Plug.Reachable, Is.True);
        }
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

    /// <summary>Eight requests at once, answered after a moment.</summary>
    private static void Storm(PlugBench bench)
    {
        for (int i = 0; i < 8; i++)
        {
            ClientEnd client = new();
            client.Server = bench.Plug.OpenConnection(client);
            client.Server?.Received("GET /index HTTP/1.1\r\nHost: p\r\n\r\n"u8.ToArray());
        }

        bench.Run(1);
    }
}
