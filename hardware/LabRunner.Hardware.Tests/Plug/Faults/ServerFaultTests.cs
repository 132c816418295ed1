using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Hardware.Tests.Plug.Faults;

/// <summary>Faults of the network services: ping, handshakes and large replies dead one by one, storms, broken heaps.</summary>
[TestFixture]
internal sealed class ServerFaultTests
{
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
