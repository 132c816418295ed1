using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Watch;
using LabRunner.Hardware.Time;
using MQTTnet.Protocol;
using MQTTnet.Server;

namespace LabRunner.Bench.Tests.Watch;

/// <summary>The bench's ear on a real broker that goes away, comes back, or refuses.</summary>
[CancelAfter(60_000)]
public sealed class MqttListenerTests
{
    private readonly LabClock _clock = LabClock.Start(20);

    [Test]
    [CancelAfter(180_000)]
    public async Task Broker_GoneAndBack_IsToldBothTimes(CancellationToken cancellationToken)
    {
        int port = FreePort();
        Channel<(bool Up, string Text)> told = Channel.CreateUnbounded<(bool, string)>();
        await using MqttListener listener = Listen(port, told);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using MqttServer first = await ServeAsync(port, refuse: false);
        Task run = listener.RunAsync(stop.Token);
        (bool Up, string Text) begin = await told.Reader.ReadAsync(cancellationToken);
        await first.StopAsync();

        // Stopping leaves the listening socket to the disposal; a connection that still lands there gets no answer.
        first.Dispose();
        (bool Up, string Text) lost = await told.Reader.ReadAsync(cancellationToken);
        bool upWithout = listener.IsUp;
        using MqttServer second = await ServeAsync(port, refuse: false);
        (bool Up, string Text) back = await told.Reader.ReadAsync(cancellationToken);
        bool upAgain = listener.IsUp;
        await stop.CancelAsync();
        await run;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(begin.Up, Is.True);
            Assert.That(lost.Up, Is.False);
            Assert.That(lost.Text, Does.Contain($"{port}"));
            Assert.That(upWithout, Is.False);
            Assert.That(back.Up, Is.True);
            Assert.That(upAgain, Is.True);
        }
    }

    [Test]
    public async Task Broker_WhoseNameIsNotKnown_IsToldByThatName(CancellationToken cancellationToken)
    {
        Channel<(bool Up, string Text)> told = Channel.CreateUnbounded<(bool, string)>();

        // A name that no DNS server may know (RFC 6761): the same as a bench whose name server is gone.
        await using MqttListener listener = new(
            new MqttSection("broker.invalid", 1883, null, null), _clock, ["obk_p1"], (_, _, _, _, _) => { }, fault => told.Writer.TryWrite((fault is null, fault?.Message ?? "connected")));
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task run = listener.RunAsync(stop.Token);
        (bool Up, string Text) state = await told.Reader.ReadAsync(cancellationToken);
        await stop.CancelAsync();
        await run;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(state.Up, Is.False);
            Assert.That(state.Text, Does.Contain("MQTT broker broker.invalid:1883"));
        }
    }

    [Test]
    public async Task Broker_ThatTakesTheConnectionAndNeverAnswers_IsAFaultOfTheBench(CancellationToken cancellationToken)
    {
        using TcpListener deaf = new(IPAddress.Loopback, 0);
        deaf.Start();
        int port = ((IPEndPoint)deaf.LocalEndpoint).Port;
        Channel<(bool Up, string Text)> told = Channel.CreateUnbounded<(bool, string)>();
        await using MqttListener listener = Listen(port, told);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task run = listener.RunAsync(stop.Token);
        (bool Up, string Text) state = await told.Reader.ReadAsync(cancellationToken);
        await stop.CancelAsync();
        await run;

        Assert.That(state, Is.EqualTo((false, $"MQTT broker 127.0.0.1:{port}: it does not serve the bench (no answer within 5 s). Start the broker or correct mqtt.broker in the inventory.")));
    }

    [Test]
    public async Task Broker_ThatRefusesTheSubscription_IsNotUp(CancellationToken cancellationToken)
    {
        int port = FreePort();
        Channel<(bool Up, string Text)> told = Channel.CreateUnbounded<(bool, string)>();
        await using MqttListener listener = Listen(port, told);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using MqttServer server = await ServeAsync(port, refuse: true);
        Task run = listener.RunAsync(stop.Token);
        (bool Up, string Text) first = await told.Reader.ReadAsync(cancellationToken);
        bool up = listener.IsUp;
        await stop.CancelAsync();
        await run;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.Up, Is.False);
            Assert.That(first.Text, Does.Contain("obk_p1/#"));
            Assert.That(up, Is.False);
        }
    }

    private MqttListener Listen(int port, Channel<(bool Up, string Text)> told) => new(
        new MqttSection("127.0.0.1", port, null, null), _clock, ["obk_p1"], (_, _, _, _, _) => { }, fault => told.Writer.TryWrite((fault is null, fault?.Message ?? "connected")));

    private static async Task<MqttServer> ServeAsync(int port, bool refuse)
    {
        MqttServer server = new MqttServerFactory().CreateMqttServer(new MqttServerOptionsBuilder()
            .WithDefaultEndpoint().WithDefaultEndpointBoundIPAddress(IPAddress.Loopback).WithDefaultEndpointPort(port).Build());
        if (refuse)
        {
            server.InterceptingSubscriptionAsync += e =>
            {
                e.Response.ReasonCode = MqttSubscribeReasonCode.NotAuthorized;
                e.ProcessSubscription = false;
                return Task.CompletedTask;
            };
        }

        await server.StartAsync();
        return server;
    }

    private static int FreePort()
    {
        using TcpListener any = new(IPAddress.Loopback, 0);
        any.Start();
        return ((IPEndPoint)any.LocalEndpoint).Port;
    }
}
