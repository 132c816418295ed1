using System.Net;
using System.Net.Sockets;
using LabRunner.Bench.Api;
using LabRunner.Bench.Hosting.Lending;
using LabRunner.Hardware.Faults;

namespace LabRunner.Bench.Tests.Lending;

public sealed class PlugReachTests
{
    private readonly PlugReach _reach = new(new Uri("https://lab.example:8602"));

    [TestCase("127.0.0.1:8001")]
    [TestCase("127.1.2.3:80")]
    [TestCase("localhost:80")]
    [TestCase("[::1]:80")]
    public void Refuse_PlugInsideTheStationsMachine_NamesItAndTheRemedy(string http)
    {
        SlotDescription[] slots = [Slot("p1", "192.168.7.21:80"), Slot("p2", http), Slot("p3", null)];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => _reach.Refuse(slots, isHere: false), Throws.TypeOf<BenchFaultException>().With.Message.EqualTo(
                $"station https://lab.example:8602/: its plugs are inside its own machine (p2 at {http}), and suites from here cannot speak to them. Queue the plan at the station, which reaches them: ./lab queue add PLAN, or ./lab night."));
            Assert.That(() => _reach.Refuse(slots, isHere: true), Throws.Nothing, "then they are inside this machine");
        }
    }

    [Test]
    public async Task Knock_WhereNothingListens_SaysThatTheStationReachesItAndThisMachineDoesNot()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        string http = $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        await Assert.ThatAsync(() => _reach.KnockAsync("p1", http, CancellationToken.None), Throws.Nothing);
        listener.Stop();

        using (Assert.EnterMultipleScope())
        {
            await Assert.ThatAsync(() => _reach.KnockAsync("p2", http, CancellationToken.None), Throws.TypeOf<BenchFaultException>().With.Property("Kind").EqualTo(FaultKind.Network)
                .And.Message.StartsWith($"slot p2: its plug at {http} serves the station at https://lab.example:8602/ and cannot be reached from this machine (").And.Message.Contains("./lab queue add PLAN"));
            await Assert.ThatAsync(() => _reach.KnockAsync("p1", http, CancellationToken.None), Throws.Nothing, "once is enough");
        }
    }

    private static SlotDescription Slot(string name, string? http) => new(
        name, new BoardDescription("board", "Board", "BL602", new Dictionary<string, string>(), null, null, 1, 1, 1), ["http"], http, null, Sentinel: false);
}
