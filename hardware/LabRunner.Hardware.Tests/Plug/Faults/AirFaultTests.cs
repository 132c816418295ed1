using LabRunner.Hardware.Virtual.Air;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Hardware.Tests.Plug.Faults;

[TestFixture]
internal sealed class AirFaultTests
{
    [Test]
    public void Air_PlugJoins_LogsAssociationAndLease()
    {
        PlugBench bench = new PlugBench().Boot();
        string mac = bench.Plug.Mac;
        string[] access = [.. bench.AirLines.Where(l => l.Log == AirLog.AccessPoint).Select(l => l.Text[(l.Text.IndexOf(": ", StringComparison.Ordinal) + 2)..])];
        string[] addresses = [.. bench.AirLines.Where(l => l.Log == AirLog.AddressServer).Select(l => l.Text)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(access, Is.EqualTo(new[]
            {
                $"wlan0: STA {mac} IEEE 802.11: authenticated", $"wlan0: STA {mac} IEEE 802.11: associated (aid 1)",
                $"wlan0: AP-STA-CONNECTED {mac}", $"wlan0: STA {mac} WPA: pairwise key handshake completed (RSN)",
                $"wlan0: EAPOL-4WAY-HS-COMPLETED {mac}",
            }));
            Assert.That(bench.AirLines[0].Text, Does.Match(@"^17676432\d\d\.\d{6}: "), "seconds since 1970 of the run's evening");
            Assert.That(addresses.Select(a => a[16..]).Select(a => a.Split('(')[0]), Is.EqualTo(new[]
            {
                "dnsmasq-dhcp[731]: DHCPDISCOVER", "dnsmasq-dhcp[731]: DHCPOFFER", "dnsmasq-dhcp[731]: DHCPREQUEST", "dnsmasq-dhcp[731]: DHCPACK",
            }));
            Assert.That(addresses[^1], Does.Match($@"^Jan  5 20:00:\d\d dnsmasq-dhcp\[731\]: DHCPACK\(wlan0\) 192\.168\.7\.\d+ {mac} obl"));
        }
    }

    [Test]
    public void Air_PlugDies_AccessPointFindsOutAfterFiveMinutes()
    {
        PlugBench bench = new PlugBench().Boot();
        bench.Plug.SetPower(false);
        bench.Run(299);
        Assert.That(bench.Air.StationCount, Is.EqualTo(1));
        bench.Run(2);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Air.StationCount, Is.Zero);
            Assert.That(bench.AirLines[^1].Text, Does.EndWith("deauthenticated due to inactivity (timer DEAUTH/REMOVE)"));
        }
    }

    [Test]
    public void Air_PlugComesBackBefore_IsNotDropped()
    {
        PlugBench bench = new PlugBench().Boot();
        bench.PowerCycle(100, 150);
        bench.PowerCycle(20, 0);
        bench.Run(60);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Air.StationCount, Is.EqualTo(1));
            Assert.That(bench.AirLines.Where(l => l.Text.Contains("inactivity", StringComparison.Ordinal)), Is.Empty);
        }
    }

    [Test]
    public void Air_NoAddress_AssociatedButUnreachableUntilThereIsOne()
    {
        PlugBench bench = new();
        bench.Air.AddressServerUp = false;
        bench.Plug.SetPower(true);
        bench.Run(30);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Beat("bWifi"), Is.EqualTo(1));
            Assert.That(bench.Plug.Reachable, Is.False);
            Assert.That(bench.AirLines[^1].Text, Does.EndWith("no address available"));
        }

        bench.Air.AddressServerUp = true;
        bench.Run(12);
        Assert.That(bench.Plug.Reachable, Is.True);
    }

    [Test]
    public void Air_LeaseNotRenewed_AddressIsGivenUpAtItsEnd()
    {
        PlugBench bench = new();
        bench.Air.Lease = TimeSpan.FromSeconds(120);
        bench.Boot();
        bench.Run(200);
        Assert.That(bench.Plug.Reachable, Is.True, "renewed");
        bench.Air.AddressServerUp = false;
        bench.Run(130);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Plug.Reachable, Is.False);
            Assert.That(bench.Beat("bWifi"), Is.EqualTo(1));
            Assert.That(bench.Banners(), Is.EqualTo(1));
        }
    }

    [TestCase(10)]
    [TestCase(600)]
    public void F22_AccessPointBack_OnlyTheHealthyIs(int seconds)
    {
        Twins twins = Twins.Of("F22").Boot().Run(60);
        twins.Do(b => b.Air.SwitchAccessPoint(false)).Run(seconds);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Healthy.Beat("bWifi"), Is.Zero);
            Assert.That(twins.Healthy.Plug.Reachable, Is.False);
        }

        twins.Do(b => b.Air.SwitchAccessPoint(true)).Run(120);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Healthy.Plug.Reachable, Is.True);
            Assert.That(twins.Healthy.Air.StationCount, Is.EqualTo(1));
            Assert.That(twins.Faulty.Plug.Reachable, Is.False);
            Assert.That(twins.Faulty.Air.StationCount, Is.Zero);
            Assert.That(twins.Faulty.Beat("bWifi"), Is.Zero);
            Assert.That(twins.Faulty.Quiet(), Is.LessThan(1.2));
        }

        TimeSpan back = twins.Healthy.Engine.Now;
        twins.Healthy.Run(60);
        Assert.That(twins.Healthy.MessagesSince(back), Is.GreaterThan(0), "MQTT too");
    }

    [TestCase(true)]
    [TestCase(false)]
    public void F23_SentAwayOrMoved_ComesBackFarTooLate(bool deauthenticated)
    {
        Twins twins = Twins.Of("F23").Boot().Run(60);
        twins.Do(b =>
        {
            if (deauthenticated)
            {
                b.Air.DeauthenticateAll();
            }
            else
            {
                b.Air.SwitchChannel(11);
            }
        }).Run(60);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Healthy.Plug.Reachable, Is.True);
            Assert.That(twins.Faulty.Plug.Reachable, Is.False);
        }

        twins.Run(120);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Plug.Reachable, Is.True);
            Assert.That(twins.Faulty.Banners(), Is.EqualTo(1));
            string said = deauthenticated ? "AP-STA-DISCONNECTED" : "AP-CSA-FINISHED freq=2462 dfs=0";
            Assert.That(twins.Faulty.AirLines.Count(l => l.Text.Contains(said, StringComparison.Ordinal)), Is.EqualTo(1));
        }
    }

    [TestCase("half", 300)]
    [TestCase("end", 600)]
    public void F24_Lease_RebootsInStepWithIt(string at, int period)
    {
        Twins twins = Twins.Of("F24", ("at", at));
        twins.Do(b => b.Air.Lease = TimeSpan.FromSeconds(600)).Boot().Run(3600);
        TimeSpan[] banners = [.. twins.Faulty.Lines.Where(l => l.Line == "Starting bl602 now....").Select(l => l.At)];
        using (Assert.EnterMultipleScope())
        {
            // A boot costs about 8 s until it has its lease, and the watchdog 3 s.
            Assert.That(banners.Zip(banners.Skip(1), (a, b) => (b - a).TotalSeconds), Has.All.InRange(period + 8, period + 16));
            Assert.That(banners, Has.Length.GreaterThan(5));
            Assert.That(twins.Healthy.Banners(), Is.EqualTo(1));
        }
    }

    [TestCase(NameServer.BlackHole, false)]
    [TestCase(NameServer.NoSuchName, true)]
    [TestCase(NameServer.Answers, false)]
    public void F25_OnUnknownNames_WatchdogRebootsThereAlone(NameServer state, bool reboots)
    {
        Twins twins = Twins.Of("F25", ("on", "unknown")).Boot();
        twins.Do(b => b.Air.NameServer = state).Run(1800);
        Assert.That(twins.Faulty.Banners(), reboots ? Is.GreaterThan(10) : Is.EqualTo(1));
    }

    [TestCase(NameServer.BlackHole, true)]
    [TestCase(NameServer.Slow, true)]
    [TestCase(NameServer.NoSuchName, false)]
    [TestCase(NameServer.Answers, false)]
    public void F25_NameServerSilent_WatchdogReboots(NameServer state, bool reboots)
    {
        Twins twins = Twins.Of("F25").Boot();
        twins.Do(b => b.Air.NameServer = state).Run(1800);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Banners(), reboots ? Is.GreaterThan(10) : Is.EqualTo(1));
            Assert.That(twins.Faulty.AirLines.Count(l => l.Text.Contains("query[A]", StringComparison.Ordinal)), Is.GreaterThan(10));
            Assert.That(twins.Healthy.Banners(), Is.EqualTo(1));
        }
    }

    [Test]
    public void F26_BrokerGoes_NoMoreAttempts()
    {
        Twins twins = Twins.Of("F26").Boot().Run(30);
        twins.Do(b => b.Plug.MqttLost());
        TimeSpan lost = twins.Faulty.Engine.Now;
        twins.Run(120);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Connects, Has.Count.EqualTo(1));
            Assert.That(twins.Faulty.MessagesSince(lost), Is.Zero);
            Assert.That(twins.Faulty.Answers(), Is.True);
            Assert.That(twins.Faulty.Heartbeat(), Does.Contain("MQTT 0(1)"));
            Assert.That(twins.Healthy.Connects, Has.Count.EqualTo(2));
            Assert.That(twins.Healthy.MessagesSince(lost), Is.GreaterThan(0));
        }
    }

    [Test]
    public void F26_ByItself_FallsSilentAndIsNoticedAfterTheKeepalive()
    {
        PlugBench bench = new PlugBench(PlugBench.With(PlugBench.Fault("F26", ("uptime", "60s")))).Boot();
        bench.Run(60);
        TimeSpan silent = bench.Services.Single().At;
        bench.Run(60);
        Assert.That(bench.Beat("MQTT"), Is.EqualTo(1), "it does not know yet");
        bench.Run(120);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Plug.AnswersMqtt, Is.False);
            Assert.That(bench.MessagesSince(silent), Is.Zero);
            Assert.That(bench.Beat("MQTT"), Is.Zero);
            Assert.That(bench.Answers(), Is.True);
        }
    }

    [Test]
    public void F26_Leak_EachConnectCosts()
    {
        Twins twins = Twins.Of("F26", ("mode", "leak"), ("bytes", "1500")).Boot().Run(30);
        int faulty = twins.Faulty.Beat("free");
        int healthy = twins.Healthy.Beat("free");
        for (int i = 0; i < 10; i++)
        {
            twins.Do(b => b.Plug.MqttLost()).Run(30);
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(faulty - twins.Faulty.Beat("free"), Is.EqualTo(15_000).Within(700));
            Assert.That(healthy - twins.Healthy.Beat("free"), Is.LessThan(700));
        }
    }

    [TestCase(true, 3)]
    [TestCase(false, 8)]
    public void F62_AllAtOnce_OnlyTheFirstFewComeBack(bool planted, int back)
    {
        Engine engine = new();
        VirtualAir air = new(engine);
        PlugBench[] crowd = [.. Enumerable.Range(1, 8).Select(n => new PlugBench(
            c => c with { Name = $"p{n}", Faults = planted ? [PlugBench.Fault("F62", ("stations", "3"))] : [] }, 1, engine, air))];
        foreach (PlugBench bench in crowd)
        {
            bench.Plug.SetPower(true);
            bench.Run(10);
        }

        crowd[0].Run(60);
        Assert.That(crowd.Select(b => b.Plug.Reachable), Has.All.True, "one after the other");
        air.SwitchAccessPoint(false);
        crowd[0].Run(30);
        air.SwitchAccessPoint(true);
        crowd[0].Run(180);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(crowd.Count(b => b.Plug.Reachable), Is.EqualTo(back));
            Assert.That(air.StationCount, Is.EqualTo(back));
        }
    }
}
