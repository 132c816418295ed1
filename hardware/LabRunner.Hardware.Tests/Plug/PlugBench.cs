using System.Text;
using LabRunner.Hardware.Virtual;
using LabRunner.Hardware.Virtual.Air;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Hardware.Tests.Plug;

/// <summary>One virtual plug in pure virtual time, with everything it does outside recorded.</summary>
internal sealed class PlugBench : SilentOutside
{
    private readonly StringBuilder _uart = new();
    private readonly List<byte> _bytes = [];

    private bool _connected;

    public PlugBench(Func<VirtualPlugConfig, VirtualPlugConfig>? change = null, long seed = 1, Engine? engine = null, VirtualAir? air = null)
    {
        Engine = engine ?? new Engine();
        Air = air ?? new VirtualAir(Engine);
        Air.Told += AirLines.Add;
        VirtualPlugConfig config = new()
        {
            Name = "p1",
            Chip = "BL602",
            Wiring = Board(17),
            Template = Board(17),
            Version = "1.18.158",
            MqttClient = "obk_p1",
        };
        Plug = new VirtualPlug(change?.Invoke(config) ?? config, seed, Engine, this, Air);
    }

    public Engine Engine { get; }

    public VirtualAir Air { get; }

    /// <summary>Both logs of the air.</summary>
    public List<AirLine> AirLines { get; } = [];

    public List<(TimeSpan At, PlugService Service, bool Answers)> Services { get; } = [];

    public VirtualPlug Plug { get; }

    public List<(TimeSpan At, string Line)> Lines { get; } = [];

    public List<(TimeSpan At, bool Closed)> Contacts { get; } = [];

    public List<(TimeSpan At, bool Up)> Reach { get; } = [];

    public List<int?> AddressNumbers { get; } = [];

    public List<(TimeSpan At, string Topic, string Payload, int Qos, bool Retain)> Published { get; } = [];

    public List<IReadOnlyList<string>> Connects { get; } = [];

    public int Disconnects { get; private set; }

    public string Uart => _uart.ToString();

    /// <summary>What the UART has said since the last call, and forgets it.</summary>
    public string Take()
    {
        string said = Uart;
        _uart.Clear();
        _bytes.Clear();
        Lines.Clear();
        return said;
    }

    /// <summary>The same as bytes.</summary>
    public byte[] TakeBytes()
    {
        byte[] said = [.. _bytes];
        Take();
        return said;
    }

    public static Dictionary<int, string> Board(int button) => TestBoard.With(button);

    public static VirtualFaultConfig Fault(string id, params (string Name, string Value)[] parameters) =>
        new(id, parameters.ToDictionary(p => p.Name, p => p.Value));

    public static Func<VirtualPlugConfig, VirtualPlugConfig> With(params VirtualFaultConfig[] faults) => c => c with { Faults = faults };

    /// <summary>Runs on for so many seconds.</summary>
    public void Run(double seconds) => Engine.RunUntil(Engine.Now + TimeSpan.FromSeconds(seconds));

    /// <summary>Powers on and waits until the network is up (about 9 s).</summary>
    public PlugBench Boot()
    {
        Plug.SetPower(true);
        Run(12);
        Assert.That(Plug.Reachable, Is.True, "the plug did not come up: " + Uart);
        return this;
    }

    public void PowerCycle(double offSeconds, double onSeconds)
    {
        Plug.SetPower(false);
        Run(offSeconds);
        Plug.SetPower(true);
        Run(onSeconds);
    }

    public void Press(double milliseconds)
    {
        Plug.SetButton(true);
        Run(milliseconds / 1000);
        Plug.SetButton(false);
    }

    /// <summary>Sends a request in one segment and gives what came back (run time 0.2 s).</summary>
    public ClientEnd Send(string request, double seconds = 0.2)
    {
        ClientEnd client = new();
        client.Server = Plug.OpenConnection(client);
        client.Server?.Received(Encoding.Latin1.GetBytes(request));
        Run(seconds);
        return client;
    }

    public string Get(string path) => Send($"GET {path} HTTP/1.1\r\nHost: p\r\n\r\n").Body;

    public ClientEnd Post(string path, string body) =>
        Send($"POST {path} HTTP/1.1\r\nHost: p\r\nContent-Length: {body.Length}\r\n\r\n{body}");

    public override void UartSent(TimeSpan at, ReadOnlyMemory<byte> bytes)
    {
        string text = Encoding.UTF8.GetString(bytes.Span);
        _uart.Append(text);
        _bytes.AddRange(bytes.Span);
        foreach (string line in text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries))
        {
            Lines.Add((at, line));
        }
    }

    public override void ContactChanged(TimeSpan at, bool closed) => Contacts.Add((at, closed));

    public override void AddressChanged(TimeSpan at, int? lastNumber) => AddressNumbers.Add(lastNumber);

    public override void ReachableChanged(TimeSpan at, bool reachable)
    {
        Reach.Add((at, reachable));
        if (reachable && _connected)
        {
            // What was open before the silence answers with a reset.
            _connected = false;
            Engine.Schedule(at + TimeSpan.FromMilliseconds(5), Plug.MqttLost);
        }
    }

    public override void ServiceChanged(TimeSpan at, PlugService service, bool answers) => Services.Add((at, service, answers));

    public override void MqttConnect(TimeSpan at, string client, IReadOnlyList<string> subscriptions)
    {
        Connects.Add(subscriptions);
        _connected = true;
        Engine.Schedule(at + TimeSpan.FromMilliseconds(10), Plug.MqttConnected);
    }

    public override void MqttPublish(TimeSpan at, string topic, string payload, int qos, bool retain) =>
        Published.Add((at, topic, payload, qos, retain));

    public override void MqttDisconnect(TimeSpan at) => Disconnects++;
}

/// <summary>A client's end of a connection, recorded.</summary>
internal sealed class ClientEnd : IConnectionOutside
{
    private readonly List<byte> _received = [];

    public IPlugConnection? Server { get; set; }

    public string Text => Encoding.UTF8.GetString([.. _received]);

    public string Body => Text.Contains("\r\n\r\n", StringComparison.Ordinal) ? Text[(Text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..] : "";

    public bool? ClosedByReset { get; private set; }

    public int BytesConsumed { get; private set; }

    public void Send(ReadOnlyMemory<byte> bytes) => _received.AddRange(bytes.Span);

    /// <summary>False: a client whose packets stopped.</summary>
    public bool Acknowledges { get; init; } = true;

    public void WhenAcknowledged(int allBut, Action then)
    {
        if (Acknowledges)
        {
            then();
        }
    }

    public void Close(bool reset) => ClosedByReset = reset;

    public void Consumed(int bytes) => BytesConsumed += bytes;
}
