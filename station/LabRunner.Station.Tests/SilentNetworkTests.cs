using System.Net;
using System.Net.Sockets;
using System.Text;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Lending;
using LabRunner.Bench.Hosting.Nights;
using LabRunner.Hardware.Faults;
using LabRunner.Station.Api;
using LabRunner.Station.Client;
using LabRunner.Station.Jobs;
using LabRunner.Station.Operations;
using LabRunner.Station.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LabRunner.Station.Tests;

/// <summary>A network that takes nothing more and says nothing of it: neither end waits for ever, and what was asked for is done once.</summary>
[CancelAfter(120_000)]
[NonParallelizable]
public sealed class SilentNetworkTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    private TestStation _station;
    private TcpWay _way;
    private StationClient _client;

    [SetUp]
    public async Task StartAsync()
    {
        _station = await TestStation.StartAsync(change: o => o with { ViewerSilence = Limit });
        _way = new TcpWay(_station.Address);
        _client = StationClient.Over(SilentNetwork.Over(Limit), _way.Address);
    }

    [TearDown]
    public async Task EndAsync()
    {
        _client.Dispose();
        await _way.DisposeAsync();
        await _station.DisposeAsync();
    }

    private JobBook Jobs => _station.Services.GetRequiredService<JobBook>();

    [Test]
    public async Task Night_WhoseNetworkFallsSilent_IsAskedForUnderItsKey_AndPlayedOnce(CancellationToken cancellationToken)
    {
        await _client.JobsAsync(cancellationToken);
        RecordedView view = new();
        _way.Vanish();
        Task<NightResult> night = _client.PlayAsync(new JobRequest("check"), view, cancellationToken);
        await TestStation.UntilAsync(() => view.Said.Any(s => s.StartsWith("The station does not answer. It is asked again", StringComparison.Ordinal)));
        _way.Return();
        await TestStation.UntilAsync(() => view.Said.Any(s => s.StartsWith("The fake night plays", StringComparison.Ordinal)));

        // The stream of the run too.
        _way.Vanish();
        await TestStation.UntilAsync(() => view.Said.Any(s => s.Contains("goes on with job", StringComparison.Ordinal)));
        _way.Return();
        _station.Opener.RunMayEnd.SetResult();
        NightResult played = await night;

        using (Assert.EnterMultipleScope())
        {
            Assert.That((played.Fault, played.Card?.Plan), Is.EqualTo(((BenchFaultException?)null, "check")));
            Assert.That(Jobs.All(), Has.Count.EqualTo(1));
        }
    }

    [Test]
    public async Task Night_ThatIsStoppedWhileTheNetworkIsSilent_SaysWhereToLook(CancellationToken cancellationToken)
    {
        using CancellationTokenSource stopped = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        RecordedView view = new();
        _way.Vanish();
        Task<NightResult> night = _client.PlayAsync(new JobRequest("check"), view, stopped.Token);
        await TestStation.UntilAsync(() => !view.Said.IsEmpty);
        await stopped.CancelAsync();

        await Assert.ThatAsync(() => night, Throws.TypeOf<BenchFaultException>().With.Property("Kind").EqualTo(FaultKind.Network).And.Message.Contains("./lab queue list"));
    }

    [Test]
    public async Task LongAct_WhoseNetworkFallsSilent_IsFollowedFurther(CancellationToken cancellationToken)
    {
        OperationDesk desk = _station.Services.GetRequiredService<OperationDesk>();
        System.Collections.Concurrent.ConcurrentQueue<string> said = [];
        TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Task turn = _station.Keeper.UseAsync("p1", "Bob", (_, ending) => held.Task.WaitAsync(ending), cancellationToken);
        Task<OperationView> probe = _client.OperateAsync("slots/p1/probe", new ProbeRequest("new-one"), said.Enqueue, null, cancellationToken);
        await TestStation.UntilAsync(() => desk.All().Any(o => o.Ended is null));
        _way.Vanish();
        await TestStation.UntilAsync(() => said.Any(s => s == $"The station does not answer. Operation {desk.All()[0].Id} goes on there."));
        desk.Find(desk.All()[0].Id)!.Cancel("Bob");
        _way.Return();

        await Assert.ThatAsync(() => probe, Throws.TypeOf<BenchFaultException>().With.Message.Contains("Bob cancelled it"));
        held.SetResult();
        await turn;
    }

    [Test]
    public async Task Viewers_WhoVanished_LeaveTheirSeats(CancellationToken cancellationToken)
    {
        List<Socket> gone = [];
        for (int i = 0; i < StreamSeats.MostOfOne; i++)
        {
            Socket viewer = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            gone.Add(viewer);
            await viewer.ConnectAsync(IPAddress.Loopback, _station.Address.Port, cancellationToken);
            await viewer.SendAsync(Encoding.ASCII.GetBytes($"GET /api/v1/slots/p1/console/stream HTTP/1.1\r\nHost: {_station.Address.Authority}\r\n\r\n"), cancellationToken);
            byte[] begins = new byte[12];
            await viewer.ReceiveAsync(begins, cancellationToken);
            Assert.That(Encoding.ASCII.GetString(begins), Is.EqualTo("HTTP/1.1 200"));
            viewer.Deafen();
        }

        using HttpClient client = _station.Client();
        HttpStatusCode before = await WatchAsync();
        await TestStation.PollAsync(() => WatchAsync().GetAwaiter().GetResult() == HttpStatusCode.OK, cancellationToken);
        gone.ForEach(viewer => viewer.Dispose());

        Assert.That(before, Is.EqualTo(HttpStatusCode.TooManyRequests));

        async Task<HttpStatusCode> WatchAsync()
        {
            using HttpResponseMessage answer = await client.GetAsync(new Uri("slots/p1/console/stream", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            return answer.StatusCode;
        }
    }
}
