using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using LabRunner.Hardware.Virtual.Host;
using MQTTnet;
using MQTTnet.Protocol;

namespace LabRunner.Hardware.Tests.Host;

[TestFixture]
internal sealed class PlugMqttTests
{
    // At this scale the plug's keepalive of 100 s is the broker's shortest, 1 s.
    private const double Scale = 100;

    private RunningEngine _engine = null!;
    private Channel<string> _told = null!;

    [SetUp]
    public void Start()
    {
        _engine = new RunningEngine(Scale);
        _told = Channel.CreateUnbounded<string>();
    }

    [TearDown]
    public async Task Stop() => await _engine.DisposeAsync();

    [TestCase(1, 100)]
    [TestCase(20, 5)]
    [TestCase(30, 4)]
    [TestCase(1000, 1)]
    [TestCase(0.001, 65_535)]
    public void ScaledKeepAlive_Scale_RoundsUpWithinTheProtocol(double scale, int seconds) =>
        Assert.That(PlugMqtt.ScaledKeepAlive(scale), Is.EqualTo(seconds));

    [Test, CancelAfter(60_000)]
    public async Task Silence_Connected_WillComesFromTheBrokerAfterTheKeepalive(CancellationToken cancellationToken)
    {
        await using EmbeddedBroker broker = await EmbeddedBroker.StartAsync();
        (IMqttClient watcher, ChannelReader<MqttApplicationMessage> seen) = await WatchAsync(broker, "p1/#", cancellationToken);
        using IMqttClient owned = watcher;
        PlugMqtt plug = await ConnectAsync(broker.Address, cancellationToken);
        await _engine.DoAsync(() => plug.Publish("p1/connected", "online", 1, true));
        Assert.That((await seen.ReadAsync(cancellationToken)).ConvertPayloadToString(), Is.EqualTo("online"));

        TimeSpan silent = await _engine.GetAsync(() =>
        {
            plug.SetReachable(false);
            plug.Publish("p1/1/get", "1", 0, false);
            return _engine.Clock.Elapsed;
        });
        MqttApplicationMessage will = await seen.ReadAsync(cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(will.Topic, Is.EqualTo("p1/connected"));
            Assert.That(will.ConvertPayloadToString(), Is.EqualTo("offline"));

            // No FIN and no reset went out: the broker had to wait. The last packet was sent before the silence, at most 0.8 s of it.
            Assert.That(_engine.Clock.Elapsed - silent, Is.GreaterThan(TimeSpan.FromSeconds(Scale * 0.5)));
        }

        await _engine.DoAsync(() => plug.SetReachable(true));
        Assert.That(await _told.Reader.ReadAsync(cancellationToken), Is.EqualTo("lost"));
    }

    [Test, CancelAfter(60_000)]
    public async Task Publish_EachQos_ReachesSubscribers([Values(0, 1, 2)] int qos, CancellationToken cancellationToken)
    {
        await using EmbeddedBroker broker = await EmbeddedBroker.StartAsync();
        (IMqttClient watcher, ChannelReader<MqttApplicationMessage> seen) = await WatchAsync(broker, "p1/#", cancellationToken);
        using IMqttClient owned = watcher;
        PlugMqtt plug = await ConnectAsync(broker.Address, cancellationToken);

        string payload = new('x', 300);
        await _engine.DoAsync(() => plug.Publish("p1/1/get", payload, qos, false));

        MqttApplicationMessage message = await seen.ReadAsync(cancellationToken);
        Assert.That((message.Topic, message.ConvertPayloadToString()), Is.EqualTo(("p1/1/get", payload)));
        await _engine.DoAsync(plug.Drop);
    }

    [Test, CancelAfter(60_000)]
    public async Task Message_EachQos_IsToldOnce(
        [Values(MqttQualityOfServiceLevel.AtMostOnce, MqttQualityOfServiceLevel.AtLeastOnce, MqttQualityOfServiceLevel.ExactlyOnce)]
        MqttQualityOfServiceLevel qos,
        CancellationToken cancellationToken)
    {
        await using EmbeddedBroker broker = await EmbeddedBroker.StartAsync();
        PlugMqtt plug = await ConnectAsync(broker.Address, cancellationToken, "p1/+/set");
        (IMqttClient sender, _) = await WatchAsync(broker, "none", cancellationToken);
        using IMqttClient owned = sender;

        // Its own message comes back only once the broker has done the subscription.
        await _engine.DoAsync(() => plug.Publish("p1/0/set", "ready", 0, false));
        Assert.That(await _told.Reader.ReadAsync(cancellationToken), Is.EqualTo("p1/0/set=ready"));

        await sender.PublishStringAsync("p1/1/set", "first", qos, cancellationToken: cancellationToken);
        await sender.PublishStringAsync("p1/1/set", "second", qos, cancellationToken: cancellationToken);

        string first = await _told.Reader.ReadAsync(cancellationToken);
        string second = await _told.Reader.ReadAsync(cancellationToken);
        Assert.That((first, second), Is.EqualTo(("p1/1/set=first", "p1/1/set=second")));
        await _engine.DoAsync(plug.Drop);
    }

    [Test, CancelAfter(60_000)]
    public async Task Disconnect_Orderly_NoWill(CancellationToken cancellationToken)
    {
        await using EmbeddedBroker broker = await EmbeddedBroker.StartAsync();
        (IMqttClient watcher, ChannelReader<MqttApplicationMessage> seen) = await WatchAsync(broker, "#", cancellationToken);
        using IMqttClient owned = watcher;
        PlugMqtt plug = await ConnectAsync(broker.Address, cancellationToken);

        await _engine.DoAsync(() =>
        {
            plug.Publish("p1/connected", "leaving", 0, false);
            plug.Disconnect();
        });
        Assert.That((await seen.ReadAsync(cancellationToken)).ConvertPayloadToString(), Is.EqualTo("leaving"));

        // A will would be published at the connection's end, thus before anything of a connection made after it.
        PlugMqtt next = await ConnectAsync(broker.Address, cancellationToken);
        await _engine.DoAsync(() => next.Publish("p1/connected", "back", 0, false));
        Assert.That((await seen.ReadAsync(cancellationToken)).ConvertPayloadToString(), Is.EqualTo("back"));
        await _engine.DoAsync(next.Drop);
    }

    [Test, CancelAfter(60_000)]
    public async Task Idle_BrokerSaysNothing_PingsThenGivesUp(CancellationToken cancellationToken)
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Task<PlugMqtt> connecting = ConnectAsync(listener.LocalEndPoint!.ToString()!, cancellationToken);
        await using NetworkStream stream = new(await listener.AcceptAsync(cancellationToken), ownsSocket: true);
        MqttPacket connect = await MqttPackets.ReadAsync(stream, cancellationToken);
        await stream.WriteAsync(new byte[] { 0x20, 2, 0, 0 }, cancellationToken);
        await connecting;

        MqttPacket ping = await MqttPackets.ReadAsync(stream, cancellationToken);
        string told = await _told.Reader.ReadAsync(cancellationToken);

        Assert.That((connect.Type, ping.Type, told), Is.EqualTo((MqttPacketType.Connect, MqttPacketType.PingReq, "lost")));
    }

    [Test, CancelAfter(60_000)]
    public async Task Connect_NobodyListens_IsRefused(CancellationToken cancellationToken)
    {
        int port;
        using (Socket free = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            free.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            port = ((IPEndPoint)free.LocalEndPoint!).Port;
        }

        PlugMqtt plug = New($"127.0.0.1:{port}");
        await _engine.DoAsync(() =>
        {
            plug.SetReachable(true);
            plug.Connect("p1", []);
        });

        Assert.That(await _told.Reader.ReadAsync(cancellationToken), Is.EqualTo("refused"));
    }

    [Test, CancelAfter(60_000)]
    public async Task Refused_StandingConnection_IsResetWhenThePlugSpeaksAndNotBefore(CancellationToken cancellationToken)
    {
        await using EmbeddedBroker broker = await EmbeddedBroker.StartAsync();
        PlugMqtt plug = await ConnectAsync(broker.Address, cancellationToken, "p1/+/set");
        await _engine.DoAsync(() =>
        {
            plug.SetRefused(true);
            plug.SetRefused(false);
            plug.Publish("p1/0/set", "still there", 0, false);
        });
        string after = await _told.Reader.ReadAsync(cancellationToken);

        await _engine.DoAsync(() =>
        {
            plug.SetRefused(true);
            plug.Publish("p1/1/set", "never sent", 0, false);
        });
        string spoken = await _told.Reader.ReadAsync(cancellationToken);
        await _engine.DoAsync(() => plug.Connect("p1", []));
        string again = await _told.Reader.ReadAsync(cancellationToken);
        Assert.That((after, spoken, again), Is.EqualTo(("p1/0/set=still there", "lost", "refused")));
    }

    private static async Task<(IMqttClient Client, ChannelReader<MqttApplicationMessage> Seen)> WatchAsync(
        EmbeddedBroker broker, string topic, CancellationToken cancellationToken)
    {
        DnsEndPoint address = PlugMqtt.ParseAddress(broker.Address);
        Channel<MqttApplicationMessage> seen = Channel.CreateUnbounded<MqttApplicationMessage>();
        MqttClientFactory factory = new();
        IMqttClient client = factory.CreateMqttClient();
        client.ApplicationMessageReceivedAsync += e =>
        {
            seen.Writer.TryWrite(e.ApplicationMessage);
            return Task.CompletedTask;
        };
        await client.ConnectAsync(
            factory.CreateClientOptionsBuilder().WithTcpServer(address.Host, address.Port).Build(), cancellationToken);
        await client.SubscribeAsync(topic, MqttQualityOfServiceLevel.AtLeastOnce, cancellationToken);
        return (client, seen.Reader);
    }

    private PlugMqtt New(string broker) => new(PlugMqtt.ParseAddress(broker), Scale, _engine.Engine, new MqttEvents(
        () => _told.Writer.TryWrite("connected"),
        () => _told.Writer.TryWrite("refused"),
        (topic, payload) => _told.Writer.TryWrite($"{topic}={payload}"),
        () => _told.Writer.TryWrite("lost")));

    private async Task<PlugMqtt> ConnectAsync(string broker, CancellationToken cancellationToken, params string[] subscriptions)
    {
        PlugMqtt plug = New(broker);
        await _engine.DoAsync(() =>
        {
            plug.SetReachable(true);
            plug.Connect("p1", subscriptions);
        });
        Assert.That(await _told.Reader.ReadAsync(cancellationToken), Is.EqualTo("connected"));
        return plug;
    }
}
