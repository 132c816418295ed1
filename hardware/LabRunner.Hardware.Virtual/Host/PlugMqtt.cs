using System.Globalization;
using System.Net;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Hardware.Virtual.Host;

/// <summary>What the firmware learns from its MQTT connection.</summary>
internal sealed record MqttEvents(Action Connected, Action Refused, Action<string, string> Message, Action Lost);

/// <summary>
/// The plug's MQTT 3.1.1 client on a raw socket: a plug that dies must leave its broker waiting for the keepalive, which no
/// client library does. All members belong to the engine's thread.
/// </summary>
internal sealed class PlugMqtt : IDisposable
{
    // The firmware's keepalive, in its own time (IPlugOutside.MqttConnect).
    private const int KeepAliveSeconds = 100;

    // A connect whose SYNs get no answer; lwIP gives up after TCP_SYNMAXRTX retries (the firmware's figure was not measured).
    private static readonly TimeSpan UnansweredConnect = TimeSpan.FromSeconds(20);

    // A reset comes back as fast as the air is.
    private static readonly TimeSpan ResetAnswer = TimeSpan.FromMilliseconds(3);

    private readonly DnsEndPoint _broker;
    private readonly Engine _engine;
    private readonly MqttEvents _events;
    private readonly int _keepAlive;
    private readonly TimeSpan _keepAliveRun;
    private readonly HashSet<ushort> _exactlyOnce = [];
    private MqttConnection? _connection;
    private MqttConnection? _stale;
    private IDisposable? _timer;
    private TimeSpan _lastSent;
    private TimeSpan _lastReceived;
    private bool _accepted;
    private bool _reachable;
    private bool _refused;
    private ushort _lastId;

    /// <param name="broker">Where the broker is.</param>
    /// <param name="scale">Run seconds a machine second; the broker counts machine seconds.</param>
    /// <param name="engine">The plug's engine.</param>
    /// <param name="events">Told on the engine's thread.</param>
    public PlugMqtt(DnsEndPoint broker, double scale, Engine engine, MqttEvents events)
    {
        _broker = broker;
        _engine = engine;
        _events = events;
        _keepAlive = ScaledKeepAlive(scale);
        _keepAliveRun = TimeSpan.FromSeconds(_keepAlive * scale);
    }

    /// <summary>Keepalive in the broker's seconds: the plug's 100 s at a time scale, at least 1 s, at most the protocol's 65,535 s.</summary>
    public static int ScaledKeepAlive(double scale) => (int)Math.Clamp(Math.Ceiling(KeepAliveSeconds / scale), 1, ushort.MaxValue);

    public void Connect(string client, IReadOnlyList<string> subscriptions)
    {
        Drop();
        _exactlyOnce.Clear();
        if (!_reachable)
        {
            _timer = _engine.Schedule(_engine.Now + UnansweredConnect, _events.Refused);
            return;
        }

        if (_refused)
        {
            _timer = _engine.Schedule(_engine.Now + ResetAnswer, _events.Refused);
            return;
        }

        MqttConnection connection = null!;
        connection = new MqttConnection(
            packet => _engine.Post(() => Received(connection, packet, subscriptions)),
            () => _engine.Post(() => Lost(connection)));
        _connection = connection;
        Send(MqttPackets.Connect(client, client + "/connected", "offline", _keepAlive));
        _ = connection.RunAsync(_broker);
    }

    public void Publish(string topic, string payload, int qos, bool retain)
    {
        if (_accepted)
        {
            Send(MqttPackets.Publish(topic, payload, qos, retain, qos > 0 ? NextId() : (ushort)0));
        }
    }

    public void Disconnect()
    {
        Send(MqttPackets.Bare(MqttPacketType.Disconnect));
        _connection?.Finish();
        Forget();
    }

    /// <summary>
    /// The way to the broker answers each packet with a reset, or no more. A connection that stands goes on until the plug sends something, if only
    /// the acknowledgement of what it gets: what does not speak is not reset.
    /// </summary>
    public void SetRefused(bool refused) => _refused = refused;

    public void SetReachable(bool reachable)
    {
        _reachable = reachable;
        if (!reachable)
        {
            _stale?.Abort();
            _stale = _connection;
            _stale?.Silence();
            _timer?.Dispose();
        }
        else if (_stale is { } stale)
        {
            // Thawed, not rebooted: the firmware still believes in the connection and learns from the reset that it is gone.
            bool believed = ReferenceEquals(stale, _connection);
            stale.Abort();
            _stale = null;
            if (believed)
            {
                Forget();
                _engine.Post(() =>
                {
                    if (_connection is null)
                    {
                        _events.Lost();
                    }
                });
            }
        }
    }

    /// <summary>Closes every socket. The engine must have stopped before.</summary>
    public void Dispose()
    {
        Drop();
        _stale?.Abort();
    }

    /// <summary>Ends the connection with a reset.</summary>
    public void Drop()
    {
        if (!ReferenceEquals(_connection, _stale))
        {
            _connection?.Abort();
        }

        Forget();
    }

    private void Forget()
    {
        _timer?.Dispose();
        _connection = null;
        _accepted = false;
    }

    private ushort NextId() => _lastId = _lastId == ushort.MaxValue ? (ushort)1 : (ushort)(_lastId + 1);

    private void Send(byte[] packet)
    {
        _lastSent = _engine.Now;
        if (_refused)
        {
            ResetByTheWay();
            return;
        }

        _connection?.Send(packet);
    }

    private void ResetByTheWay()
    {
        if (_connection is { } connection && !ReferenceEquals(connection, _stale))
        {
            // Later, since whoever sends is in the middle of its work.
            _engine.Schedule(_engine.Now + ResetAnswer, () =>
            {
                if (ReferenceEquals(connection, _connection))
                {
                    connection.Abort();
                    Lost(connection);
                }
            });
        }
    }

    private void Lost(MqttConnection connection)
    {
        if (!ReferenceEquals(connection, _connection) || ReferenceEquals(connection, _stale))
        {
            return;
        }

        bool accepted = _accepted;
        Forget();
        if (accepted)
        {
            _events.Lost();
        }
        else
        {
            _events.Refused();
        }
    }

    private void Received(MqttConnection connection, MqttPacket packet, IReadOnlyList<string> subscriptions)
    {
        if (!ReferenceEquals(connection, _connection) || ReferenceEquals(connection, _stale))
        {
            return;
        }

        _lastReceived = _engine.Now;
        if (_refused)
        {
            ResetByTheWay();
        }

        switch (packet.Type)
        {
            case MqttPacketType.ConnAck:
                Answered(connection, packet.Body is [_, 0], subscriptions);
                break;
            case MqttPacketType.Publish:
                Message(MqttMessage.Parse(packet));
                break;
            case MqttPacketType.PubRec:
                Send(MqttPackets.Acknowledge(MqttPacketType.PubRel, packet.Id));
                break;
            case MqttPacketType.PubRel:
                _exactlyOnce.Remove(packet.Id);
                Send(MqttPackets.Acknowledge(MqttPacketType.PubComp, packet.Id));
                break;
        }
    }

    private void Answered(MqttConnection connection, bool accepted, IReadOnlyList<string> subscriptions)
    {
        if (!accepted)
        {
            connection.Abort();
            Forget();
            _events.Refused();
            return;
        }

        _accepted = true;
        if (subscriptions.Count > 0)
        {
            Send(MqttPackets.Subscribe(NextId(), subscriptions));
        }

        KeepAlive(connection);
        _events.Connected();
    }

    private void Message(MqttMessage message)
    {
        if (message.Qos == 1)
        {
            Send(MqttPackets.Acknowledge(MqttPacketType.PubAck, message.Id));
        }

        bool again = message.Qos == 2 && !_exactlyOnce.Add(message.Id);
        if (message.Qos == 2)
        {
            Send(MqttPackets.Acknowledge(MqttPacketType.PubRec, message.Id));
        }

        if (!again)
        {
            _events.Message(message.Topic, message.Payload);
        }
    }

    /// <summary>Pings at 80 % of the keepalive, so that a busy machine is no dead plug, and gives up after one and a half without an answer.</summary>
    private void KeepAlive(MqttConnection connection)
    {
        TimeSpan ping = _keepAliveRun * 0.8;
        TimeSpan due = _lastSent + ping;
        _timer = _engine.Schedule(due, () =>
        {
            if (!ReferenceEquals(connection, _connection))
            {
                return;
            }

            if (_engine.Now - _lastReceived > _keepAliveRun * 1.5 + ping)
            {
                connection.Abort();
                Forget();
                _events.Lost();
                return;
            }

            if (_engine.Now - _lastSent >= ping)
            {
                Send(MqttPackets.Bare(MqttPacketType.PingReq));
            }

            KeepAlive(connection);
        });
    }

    /// <summary>host:port.</summary>
    /// <exception cref="FormatException">It is not.</exception>
    public static DnsEndPoint ParseAddress(string text)
    {
        int colon = text.LastIndexOf(':');
        return colon > 0 && int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and < 65536
            ? new DnsEndPoint(text[..colon], port)
            : throw new FormatException($"'{text}' is no host:port");
    }
}
