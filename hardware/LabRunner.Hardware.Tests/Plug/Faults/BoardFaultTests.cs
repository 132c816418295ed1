using LabRunner.Hardware.Pulses;

namespace LabRunner.Hardware.Tests.Plug.Faults;

/// <summary>Supply, relay and button; and the modes that every plug has by the firmware's own code.</summary>
[TestFixture]
internal sealed class BoardFaultTests
{
    [Test]
    public void F08_Flicker_EndsInSafeModeWithoutACommand()
    {
        Twins twins = Twins.Of("F08", ("at", "60s")).Boot().Run(120);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Banners(), Is.EqualTo(6));
            Assert.That(twins.Faulty.Heartbeat(), Does.Contain("[SAFE]"));
            Assert.That(twins.Faulty.Dumps(), Is.Zero);
            Assert.That(twins.Healthy.Banners(), Is.EqualTo(1));
        }
    }

    [Test]
    public void F08_FourCuts_AreTolerated()
    {
        PlugBench bench = new PlugBench(PlugBench.With(PlugBench.Fault("F08", ("at", "60s"), ("cuts", "4")))).Boot();
        bench.Run(120);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Banners(), Is.EqualTo(5));
            Assert.That(bench.Answers(), Is.True);
            Assert.That(bench.ResetReason(), Is.EqualTo("BL_RST_POWER_OFF"));
        }
    }

    [TestCase("inverted", "0", true)]
    [TestCase("inverted", "1", false)]
    [TestCase("on", "0", true)]
    [TestCase("off", "1", false)]
    public void F41_PowerReturns_StartValueIsNotObeyed(string mode, string start, bool closed)
    {
        Twins twins = Twins.Of("F41", ("mode", mode)).Boot();
        twins.Do(b => b.Command("SetStartValue 1 " + start)).Run(5);
        twins.Do(b => b.PowerCycle(3, 12));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Plug.ContactClosed, Is.EqualTo(closed));
            Assert.That(twins.Healthy.Plug.ContactClosed, Is.EqualTo(start == "1"));
        }
    }

    [Test]
    public void F42_EveryThirdToggle_ReportedButNotDone()
    {
        Twins twins = Twins.Of("F42", ("every", "3")).Boot();
        List<bool> lies = [];
        for (int i = 0; i < 7; i++)
        {
            twins.Do(b => b.Command("Power TOGGLE")).Run(3);
            lies.Add(Reported(twins.Faulty) != twins.Faulty.Plug.ContactClosed);
            Assert.That(Reported(twins.Healthy), Is.EqualTo(twins.Healthy.Plug.ContactClosed));
        }

        // The third change is lost; the fourth brings channel and contact together again without touching the pin, so it does not count.
        Assert.That(lies, Is.EqualTo(new[] { false, false, true, false, false, false, true }));
    }

    [Test]
    public void F43_Bounce_OnePressTogglesTwice()
    {
        Twins twins = Twins.Of("F43", ("mode", "bounce")).Boot();
        twins.Do(b => b.Press(200)).Run(3);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Contacts, Has.Count.EqualTo(2));
            Assert.That(twins.Healthy.Contacts, Has.Count.EqualTo(1));
        }
    }

    [Test]
    public void F43_Chatter_TheShortestPressTogglesAndABouncingOneDoesNot()
    {
        Twins twins = Twins.Of("F43", ("mode", "chatter")).Boot();
        twins.Do(b => b.Press(40)).Run(3);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Contacts, Has.Count.EqualTo(1));
            Assert.That(twins.Healthy.Contacts, Is.Empty);
        }

        twins.Do(Bounce).Run(3);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Contacts, Has.Count.EqualTo(1));
            Assert.That(twins.Healthy.Contacts, Has.Count.EqualTo(1));
        }
    }

    [Test]
    public void F43_Double_TogglesTheFirstChannel()
    {
        Twins twins = Twins.Of("F43", ("mode", "double")).Boot();
        twins.Do(b => b.Press(120)).Run(0.15).Do(b => b.Press(120)).Run(3);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Contacts, Has.Count.EqualTo(1));
            Assert.That(twins.Healthy.Contacts, Is.Empty);
        }
    }

    [Test]
    public void F43_Hold_TogglesAtItsEnd()
    {
        Twins twins = Twins.Of("F43", ("mode", "hold")).Boot();
        twins.Do(b => b.Press(1500)).Run(3);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Contacts, Has.Count.EqualTo(1));
            Assert.That(twins.Healthy.Contacts, Is.Empty);
        }
    }

    [Test]
    public void F43_PowerUp_ReleaseOfAButtonThatWasHeldToggles()
    {
        Twins twins = Twins.Of("F43", ("mode", "power-up"));
        twins.Do(b =>
        {
            b.Plug.SetButton(true);
            b.Boot();
            b.Plug.SetButton(false);
        }).Run(3);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Contacts, Has.Count.EqualTo(1));
            Assert.That(twins.Healthy.Contacts, Is.Empty);
        }
    }

    private static void Bounce(PlugBench bench)
    {
        for (int i = 0; i < 3; i++)
        {
            bench.Press(3);
            bench.Run(0.003);
        }

        bench.Press(250);
    }

    [Test]
    public void F53_DeepDip_BannerAtOnceWithoutADump()
    {
        Twins twins = Twins.Of("F53", ("every", "100s")).Boot();
        double lowest = 3.3;
        for (int i = 0; i < 3000; i++)
        {
            twins.Run(0.05);
            lowest = Math.Min(lowest, twins.Faulty.Plug.Rail.Voltage.Value);
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Banners(), Is.EqualTo(2));
            Assert.That(twins.Faulty.Dumps(), Is.Zero);
            Assert.That(twins.Faulty.SilenceBeforeBanner(), Is.LessThan(1.5), "no watchdog was waited for");
            Assert.That(twins.Faulty.ResetReason(), Is.EqualTo("BL_RST_SOFTWARE_WATCHDOG"), "the RAM kept its word");
            Assert.That(lowest, Is.EqualTo(2.2).Within(0.05));
            Assert.That(twins.Healthy.Banners(), Is.EqualTo(1));
        }
    }

    [Test]
    public void F53_ShallowDip_OnlyTheMeterStopsUntilThePowerIsCut()
    {
        Twins twins = Twins.Of("F53", ("every", "100s"), ("volts", "2.6")).Boot();
        twins.Do(b => b.Command("Power ON")).Run(100);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Banners(), Is.EqualTo(1));
            Assert.That(twins.Faulty.Watts(), Is.Zero);
            Assert.That(twins.Faulty.Reading("Voltage"), Is.Zero);
            Assert.That(twins.Healthy.Watts(), Is.EqualTo(60).Within(3));
        }

        twins.Faulty.PowerCycle(3, 12);
        twins.Faulty.Run(3);
        Assert.That(twins.Faulty.Reading("Voltage"), Is.EqualTo(230).Within(1));
    }

    [TestCase(2.9, 1, true)]
    [TestCase(2.5, 1, true)]
    [TestCase(2.2, 2, false)]
    public void Dip_OfAHealthyPlug_RunsOnOrBootsCleanly_AndMetersAgain(double volts, int boots, bool keepsCounting)
    {
        PlugBench bench = new PlugBench().Boot();
        bench.Command("SetStartValue 1 -1");
        bench.Command("Power ON");
        bench.Run(10);
        bench.Plug.DipRail(volts, TimeSpan.FromMilliseconds(200));
        bench.Run(0.1);
        double low = bench.Plug.Rail.Voltage.Value;
        bench.Run(20);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(low, Is.EqualTo(volts).Within(0.05));
            Assert.That(bench.Plug.Rail.Voltage.Value, Is.EqualTo(3.3).Within(0.05));
            Assert.That(bench.Banners(), Is.EqualTo(boots));
            Assert.That(bench.Watts(), Is.EqualTo(60).Within(3));
            Assert.That(bench.ResetReason(), Is.EqualTo(keepsCounting ? "BL_RST_POWER_OFF" : "BL_RST_SOFTWARE_WATCHDOG"), "the RAM keeps its word over a short dip");
        }
    }

    [Test]
    public void F53_OnlyTheBenchDips_TheMeterDoesNotComeBack()
    {
        Twins twins = Twins.Of("F53", ("every", "bench")).Boot();
        twins.Do(b => b.Command("Power ON")).Run(400);
        double before = twins.Faulty.Watts();
        twins.Do(b => b.Plug.DipRail(2.5, TimeSpan.FromMilliseconds(100))).Run(10);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(before, Is.EqualTo(60).Within(3), "it makes no dips of its own");
            Assert.That((twins.Faulty.Watts(), twins.Faulty.Banners()), Is.EqualTo((0.0, 1)));
            Assert.That(twins.Healthy.Watts(), Is.EqualTo(60).Within(3));
        }
    }

    [Test]
    public void F54_RailFalls_DeadAndPowerCyclesDoNotHelp()
    {
        Twins twins = Twins.Of("F54", ("at", "60s")).Boot().Run(120);
        twins.Do(b => b.PowerCycle(3, 30));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Plug.Rail.Voltage.Value, Is.EqualTo(1.8).Within(0.01));
            Assert.That(twins.Faulty.Quiet(), Is.GreaterThan(80));
            Assert.That(twins.Faulty.Banners(), Is.EqualTo(1));
            Assert.That(twins.Healthy.Plug.Rail.Voltage.Value, Is.GreaterThan(3.2));
            Assert.That(twins.Healthy.Answers(), Is.True);
        }
    }

    [Test]
    public void F15_Behaviour_SilentConnectionsHoldTheirThreads()
    {
        PlugBench bench = new PlugBench().Boot();
        bench.Run(5);
        int free = bench.Beat("free");
        ClientEnd[] silent = [.. Enumerable.Range(0, 4).Select(_ => new ClientEnd())];
        foreach (ClientEnd client in silent)
        {
            client.Server = bench.Plug.OpenConnection(client);
        }

        bench.Run(300);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Beat("socks"), Is.EqualTo(6));
            Assert.That(free - bench.Beat("free"), Is.EqualTo(4 * 11_768).Within(2000));
        }

        foreach (ClientEnd client in silent)
        {
            client.Server!.PeerClosed();
        }

        bench.Run(3);
        Assert.That(bench.Beat("socks"), Is.EqualTo(2));
    }

    [Test]
    public void F16_Behaviour_SplitRequestIsDroppedWithoutAWord()
    {
        PlugBench bench = new PlugBench().Boot();
        ClientEnd client = new();
        client.Server = bench.Plug.OpenConnection(client);
        client.Server!.Received("GET /api/in"u8.ToArray());
        bench.Run(0.05);
        client.Server!.Received("fo HTTP/1.1\r\nHost: p\r\n\r\n"u8.ToArray());
        bench.Run(5);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(client.Text, Is.Empty);
            Assert.That(client.ClosedByReset, Is.Not.Null, "closed, not hung");
            Assert.That(bench.Answers(), Is.True);
        }
    }

    private static bool Reported(PlugBench bench) =>
        bench.Get("/cm?cmnd=Power").Contains("\"POWER\":\"ON\"", StringComparison.Ordinal);
}
