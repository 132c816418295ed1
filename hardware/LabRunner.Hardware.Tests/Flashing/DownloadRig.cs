using LabRunner.Hardware.Tests.Plug;
using LabRunner.Hardware.Virtual;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Hardware.Tests.Flashing;

/// <summary>A virtual plug in pure virtual time with somebody at its UART: bytes in, bytes out.</summary>
internal sealed class DownloadRig : IPlugOutside
{
    private readonly List<byte> _sent = [];

    public DownloadRig(string chip) => Plug = new VirtualPlug(
        new VirtualPlugConfig { Name = "p1", Chip = chip, Wiring = PlugBench.Board(17), Template = PlugBench.Board(17), Version = "1.18.158" }, 1, Engine, this);

    public Engine Engine { get; } = new();

    public VirtualPlug Plug { get; }

    public int UartBaud { get; set; } = 115_200;

    /// <summary>Switches on and links at once.</summary>
    public DownloadRig Link()
    {
        Plug.SetPower(true);
        Assert.That(Ask("01E0FC0100"), Is.EqualTo("040E0501E0FC0100"), "link check");
        return this;
    }

    /// <summary>Sends bytes and waits for what comes.</summary>
    public string Ask(string hex, double seconds = 2)
    {
        _sent.Clear();
        Plug.UartReceived(Convert.FromHexString(hex));
        Run(seconds);
        return Convert.ToHexString([.. _sent]);
    }

    public void Run(double seconds) => Engine.RunUntil(Engine.Now + TimeSpan.FromSeconds(seconds));

    public void UartSent(TimeSpan at, ReadOnlyMemory<byte> bytes) => _sent.AddRange(bytes.Span);

    public void ContactChanged(TimeSpan at, bool closed)
    {
    }

    public void LedChanged(TimeSpan at, bool lit)
    {
    }

    public void SelChanged(TimeSpan at, bool high)
    {
    }

    public void ReachableChanged(TimeSpan at, bool reachable)
    {
    }

    public void ServiceChanged(TimeSpan at, PlugService service, bool answers)
    {
    }

    public void BrokerPathChanged(TimeSpan at, BrokerPath path)
    {
    }

    public void LossChanged(TimeSpan at, double share)
    {
    }

    public void MqttConnect(TimeSpan at, string client, IReadOnlyList<string> subscriptions)
    {
    }

    public void MqttPublish(TimeSpan at, string topic, string payload, int qos, bool retain)
    {
    }

    public void MqttDisconnect(TimeSpan at)
    {
    }
}
