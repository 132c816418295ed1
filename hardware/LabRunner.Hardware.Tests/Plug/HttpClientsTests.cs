using System.Text;

namespace LabRunner.Hardware.Tests.Plug;

/// <summary>Clients that do not do as they should: what they cost the plug's web server, and for how long.</summary>
[TestFixture]
internal sealed class HttpClientsTests
{
    private const string KeepAlive = "GET /api/info HTTP/1.1\r\nHost: p\r\nConnection: keep-alive\r\n\r\n";

    [TestCase("GET /api/in", false)]
    [TestCase("GET /api/info ", true)]
    [TestCase("GET /api/info HTTP/1.1", true)]
    [TestCase("GET /api/info HTTP/1.1\r\nHost: p\r\n", true)]
    public void HalfAHeader_IsAllThatIsReadAndHoldsNothing(string half, bool answered)
    {
        PlugBench bench = new PlugBench().Boot();
        ClientEnd client = bench.Send(half);
        bench.Run(1);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(client.Body.Contains("uptime_s", StringComparison.Ordinal), Is.EqualTo(answered));
            Assert.That(client.ClosedByReset, Is.False);
            Assert.That(Sockets(bench), Is.EqualTo(2));
        }
    }

    [Test]
    public void KeepAlive_IsNotKeptAndOneOfTwoRequestsIsAnswered()
    {
        PlugBench bench = new PlugBench().Boot();
        ClientEnd one = bench.Send(KeepAlive);
        ClientEnd two = bench.Send(KeepAlive + KeepAlive);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((one.ClosedByReset, two.ClosedByReset), Is.EqualTo(((bool?)false, (bool?)false)));
            Assert.That(one.Text, Does.Contain("Connection: close"));
            Assert.That(two.Text.Split("uptime_s"), Has.Length.EqualTo(2));
        }
    }

    [Test]
    public void F15_WaitsKeepAlive_HasNoEndUntilTheClientLeaves()
    {
        PlugBench bench = new PlugBench(PlugBench.With(PlugBench.Fault("F15", ("waits", "keepAlive")))).Boot();
        ClientEnd client = bench.Send(KeepAlive, 60);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(client.Body, Does.Contain("uptime_s"));
            Assert.That(client.ClosedByReset, Is.Null);
            Assert.That(Sockets(bench), Is.EqualTo(3));
        }

        client.Server!.PeerClosed();
        bench.Run(1.5);
        Assert.That(Sockets(bench), Is.EqualTo(2));
    }

    [TestCase("/index", 3)]
    [TestCase("/api/info", 2)]
    public void VanishedClient_HoldsItsThreadWhereTheReplyIsLongerThanTheSendBuffer(string path, int sockets)
    {
        PlugBench bench = new PlugBench().Boot();
        ClientEnd client = new() { Acknowledges = false };
        client.Server = bench.Plug.OpenConnection(client);
        client.Server!.Received(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\n\r\n"));
        bench.Run(600);
        Assert.That(Sockets(bench), Is.EqualTo(sockets), "after 10 minutes");
        bench.Run(1800);
        Assert.That(Sockets(bench), Is.EqualTo(2), "lwIP gives it up after 38 minutes");
    }

    private static int Sockets(PlugBench bench)
    {
        string line = bench.Lines.Last(l => l.Line.Contains(", socks ", StringComparison.Ordinal)).Line;
        return int.Parse(line.Split(", socks ")[1].Split('/')[0], System.Globalization.CultureInfo.InvariantCulture);
    }
}
