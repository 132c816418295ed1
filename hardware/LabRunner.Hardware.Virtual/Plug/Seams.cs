namespace LabRunner.Hardware.Virtual.Plug;

/// <summary>
/// What a plug does to the world outside. Called on the engine's thread, with the exact virtual time; implementations queue and return.
/// The host puts a PTY, sockets, a broker connection and the harness behind it; tests put a recorder.
/// </summary>
public interface IPlugOutside
{
    /// <summary>Speed that the other side of the UART is set to, baud; 0 while nobody is there.</summary>
    int UartBaud { get; }

    /// <summary>The UART sends bytes.</summary>
    void UartSent(TimeSpan at, ReadOnlyMemory<byte> bytes);

    /// <summary>The output seen by the opto changed: contact closed and mains present.</summary>
    void ContactChanged(TimeSpan at, bool closed);

    /// <summary>LED lit or dark.</summary>
    void LedChanged(TimeSpan at, bool lit);

    /// <summary>SEL pin changed.</summary>
    void SelChanged(TimeSpan at, bool high);

    /// <summary>
    /// The network stack came up (reachable), or went silent without a word (not reachable: power off, reset, freeze). When it comes up
    /// again, connections from before answer with a reset.
    /// </summary>
    void ReachableChanged(TimeSpan at, bool reachable);

    /// <summary>
    /// The stack is at another address of its network from now on, and no longer at the one before. Null: at its usual one, as at the start. Told while it is
    /// not reachable.
    /// </summary>
    /// <param name="at">When.</param>
    /// <param name="lastNumber">Last number of the address, 1 to 254.</param>
    void AddressChanged(TimeSpan at, int? lastNumber)
    {
    }

    /// <summary>
    /// One service stops answering, or answers again, while the stack as a whole lives. At each <see cref="ReachableChanged"/> that says
    /// reachable, all of them answer.
    /// </summary>
    void ServiceChanged(TimeSpan at, PlugService service, bool answers);

    /// <summary>The way to the broker changed.</summary>
    void BrokerPathChanged(TimeSpan at, BrokerPath path);

    /// <summary>The air got worse or better: this share of the packets is lost at random from now on. 0 at the start.</summary>
    void LossChanged(TimeSpan at, double share);

    /// <summary>The plug's MQTT client connects: CONNECT with keepalive 100 s and will "client/connected" = "offline" (QoS 1, retained), then subscribes.</summary>
    void MqttConnect(TimeSpan at, string client, IReadOnlyList<string> subscriptions);

    /// <summary>Publishes.</summary>
    void MqttPublish(TimeSpan at, string topic, string payload, int qos, bool retain);

    /// <summary>DISCONNECT, orderly (OTA, changed settings). Silent death is <see cref="ReachableChanged"/>.</summary>
    void MqttDisconnect(TimeSpan at);
}

/// <summary>What becomes of what a plug sends to its broker.</summary>
public enum BrokerPath
{
    /// <summary>It arrives.</summary>
    Open,

    /// <summary>Every connection is answered with a reset, standing ones too.</summary>
    Refused,

    /// <summary>It is dropped without a word.</summary>
    Silent,

    /// <summary>The broker denies the client: CONNACK "not authorised", then it closes.</summary>
    Denied,
}

/// <summary>A part of the network face that can be dead on its own.</summary>
public enum PlugService
{
    /// <summary>Answers to ping.</summary>
    Echo,

    /// <summary>The MQTT client: neither sends nor hears, and closes nothing.</summary>
    Mqtt,
}

/// <summary>One TCP connection to the plug's port 80, seen from the plug. Made by <c>VirtualPlug.OpenConnection</c>; all calls on the engine's thread.</summary>
public interface IPlugConnection
{
    /// <summary>
    /// Bytes the firmware's socket has received and not yet read. The firmware does one recv of at most 1,022 bytes per request,
    /// 20 ms after accept; what comes later is read by the upload handlers only.
    /// </summary>
    void Received(ReadOnlyMemory<byte> bytes);

    /// <summary>The client closed its side (FIN): recv gives 0 after what was sent.</summary>
    void PeerClosed();

    /// <summary>The client reset the connection (RST): recv gives an error after what was sent, and nothing reaches the client any more.</summary>
    void PeerReset();
}

/// <summary>The host's end of a connection: where the firmware's send and close go.</summary>
public interface IConnectionOutside
{
    /// <summary>The firmware sends bytes.</summary>
    void Send(ReadOnlyMemory<byte> bytes);

    /// <summary>
    /// Send buffer: the action runs on the engine's thread once the client has acknowledged all that was sent but so many bytes. Never, where it vanished.
    /// </summary>
    void WhenAcknowledged(int allBut, Action then);

    /// <summary>The firmware closes: orderly (FIN), or with unread data, which the client sees as a reset.</summary>
    void Close(bool reset);

    /// <summary>Receive window: the firmware has read this many bytes, so the host may pass on more (throttles OTA uploads as a real stack would).</summary>
    void Consumed(int bytes);
}
