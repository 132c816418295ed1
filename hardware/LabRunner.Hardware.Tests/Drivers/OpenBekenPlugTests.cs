using System.Net.Sockets;
using LabRunner.Hardware.Drivers.Plugs;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Tests.Drivers.Support;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Tests.Drivers;

[CancelAfter(60_000)]
public sealed class OpenBekenPlugTests
{
    private const string Info = """
        {"uptime_s":77,"build":"Built on Jul 24 2026 10:00:00 version 1.18.158","ip":"192.168.7.21","mac":"C8478C000001","flags":"1024",
        "mqtthost":"192.168.7.1:1883","mqtttopic":"obk_p1","chipset":"BL602","webapp":"https://x","shortName":"obl8C000001",
        "startcmd":"backlog startDriver BL0937","supportsSSDP":0,"supportsClientDeviceDB":true}
        """;

    [Test]
    public async Task GetInfoAsync_BareLfAndNoLength_AllFacts(CancellationToken token)
    {
        await using QuirkyServer server = QuirkyServer.Answering(QuirkyServer.Page(Info));
        PlugInfo info = await Plug(server).GetInfoAsync(token);
        Assert.That(info, Is.EqualTo(new PlugInfo(
            77, "Built on Jul 24 2026 10:00:00 version 1.18.158", "192.168.7.21", "C8478C000001", "192.168.7.1:1883", "obk_p1", "BL602", "obl8C000001",
            "backlog startDriver BL0937")
        { Flags = "1024" }));
        Assert.That(server.Requests.Single(), Does.StartWith("GET /api/info HTTP/1.1\r\n").And.EndWith("\r\n\r\n"));
    }

    [Test]
    public async Task GetInfoAsync_NotFoundPage_Unreachable(CancellationToken token)
    {
        await using QuirkyServer server = QuirkyServer.Answering(QuirkyServer.Page("<html><h1>Not found</h1></html>", type: "text/html"));
        await Assert.ThatAsync(() => Plug(server).GetInfoAsync(token), Throws.TypeOf<PlugUnreachableException>().With.Message.Contains("Not found"));
    }

    [TestCase(200, """{"success":200,"msg":"OK","res":{"POWER":"ON"}}""", true)]
    [TestCase(200, """{"success":200,"msg":"OK","res":}""", true, Description = "an empty result is no JSON, and still a success")]
    [TestCase(501, """{"error":501,"msg":"Unknown command","res":{}}""", false)]
    [TestCase(200, "<html>Not found</html>", false, Description = "safe mode")]
    public async Task CommandAsync_Reply_AcceptedOrNot(int status, string body, bool accepted, CancellationToken token)
    {
        await using QuirkyServer server = QuirkyServer.Answering(QuirkyServer.Page(body, status));
        CommandReply reply = await Plug(server).CommandAsync("backlog Power TOGGLE; echo ü", token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(reply, Is.EqualTo(new CommandReply(accepted, status, body)));
            Assert.That(server.Requests.Single(), Does.StartWith("POST /api/cmnd HTTP/1.1\r\n").And.EndWith("\r\n\r\nbacklog Power TOGGLE; echo ü"), "one segment");
            Assert.That(server.Requests.Single(), Does.Contain("Content-Length: 29\r\n"), "bytes, not characters");
        }
    }

    [Test]
    public async Task CommandAsync_LongerThanOneSegment_Refused(CancellationToken token)
    {
        await using QuirkyServer server = QuirkyServer.Answering(QuirkyServer.Page("{}"));
        using (Assert.EnterMultipleScope())
        {
            await Assert.ThatAsync(() => Plug(server).CommandAsync(new string('x', 1000), token), Throws.ArgumentException.With.Message.Contains("1022"));
            Assert.That(server.Requests, Is.Empty);
        }
    }

    [Test]
    public async Task GetAsync_ResetAfterTheReply_ReplyCounts(CancellationToken token)
    {
        await using QuirkyServer server = QuirkyServer.Doing(async (_, socket, stop) =>
        {
            await QuirkyServer.SendAsync(socket, QuirkyServer.Page("""{"error":-20,"msg":"x"}""", -20), stop);
            socket.LingerState = new LingerOption(true, 0);
        });
        (int status, string body) = await Plug(server).GetAsync("/api/flash/0-0", token);
        Assert.That((status, body), Is.EqualTo((-20, """{"error":-20,"msg":"x"}""")));
    }

    [TestCase("", "without a reply")]
    [TestCase("deleted", "not HTTP")]
    public async Task GetAsync_NoHttp_Unreachable(string reply, string problem, CancellationToken token)
    {
        await using QuirkyServer server = QuirkyServer.Answering(reply);
        await Assert.ThatAsync(() => Plug(server).GetAsync("/", token), Throws.TypeOf<PlugUnreachableException>().With.Message.Contains(problem));
    }

    [Test]
    public async Task GetAsync_Silence_UnreachableAfterTheLimitOfTheRunsClock(CancellationToken token)
    {
        await using QuirkyServer server = QuirkyServer.Doing((_, _, stop) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop));
        LabClock clock = LabClock.Start(100);
        TimeSpan start = clock.Elapsed;
        OpenBekenPlug plug = new(server.Address, clock, TimeSpan.FromSeconds(20));
        await Assert.ThatAsync(() => plug.GetAsync("/", token), Throws.TypeOf<PlugUnreachableException>().With.Message.Contains("within 20 s"));
        Assert.That(clock.Elapsed - start, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(19)), "a timer may fire up to a tick early, and 1 s here is 10 ms");
    }

    [Test]
    public async Task GetAsync_CallerCancels_CancelledNotUnreachable(CancellationToken token)
    {
        using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(token);
        await using QuirkyServer server = QuirkyServer.Doing(async (_, _, stop) =>
        {
            await cancel.CancelAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
        });
        await Assert.ThatAsync(() => Plug(server).GetAsync("/", cancel.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task GetAsync_NobodyListens_Unreachable(CancellationToken token)
    {
        QuirkyServer server = QuirkyServer.Answering("");
        string address = server.Address;
        await server.DisposeAsync();
        await Assert.ThatAsync(() => new OpenBekenPlug(address, LabClock.Start()).GetAsync("/", token), Throws.TypeOf<PlugUnreachableException>());
    }

    [TestCase("index")]
    [TestCase("/a b")]
    [TestCase("/a\r\nX: y")]
    public async Task GetAsync_PathThatIsNone_Refused(string path, CancellationToken token)
    {
        await using QuirkyServer server = QuirkyServer.Answering(QuirkyServer.Page("{}"));
        await Assert.ThatAsync(() => Plug(server).GetAsync(path, token), Throws.ArgumentException);
    }

    [TestCase("192.168.7.21")]
    [TestCase("plug:http")]
    [TestCase(":80")]
    [TestCase("plug:70000")]
    public void Constructor_NoHostPort_ConfigurationFault(string address) =>
        Assert.That(() => new OpenBekenPlug(address, LabClock.Start()), Throws.TypeOf<BenchFaultException>().With.Message.Contains(address));

    [Test]
    public async Task SetPinsAsync_Accepted_SendsRolesAndChannels(CancellationToken token)
    {
        await using QuirkyServer server = QuirkyServer.Answering(QuirkyServer.Page("""{"success":200,"msg":"OK"}"""));
        await Plug(server).SetPinsAsync(new PlugPins([0, 1, 17], [0, 1, 0]), token);
        Assert.That(server.Requests.Single(), Does.EndWith("""{"roles":[0,1,17],"channels":[0,1,0]}"""));
    }

    [TestCase(400, """{"error":400,"msg":"bad"}""")]
    [TestCase(200, "<html>Not found</html>")]
    public async Task RebootAsync_NotAccepted_Unreachable(int status, string body, CancellationToken token)
    {
        await using QuirkyServer server = QuirkyServer.Answering(QuirkyServer.Page(body, status));
        await Assert.ThatAsync(() => Plug(server).RebootAsync(token), Throws.TypeOf<PlugUnreachableException>().With.Message.Contains("/api/reboot"));
    }

    [Test]
    public async Task GetChannelsAsync_DuplicateKeys_LastCounts(CancellationToken token)
    {
        await using QuirkyServer server = QuirkyServer.Answering(QuirkyServer.Page("""{"1":0,"0":0,"0":7,"1":1}"""));
        Assert.That(await Plug(server).GetChannelsAsync(token), Is.EquivalentTo(new Dictionary<int, int> { [0] = 7, [1] = 1 }));
    }

    private static OpenBekenPlug Plug(QuirkyServer server) => new(server.Address, LabClock.Start());
}
