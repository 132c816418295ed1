namespace LabRunner.Hardware.Virtual.Plug;

/// <summary>A world outside a plug that takes everything and keeps nothing: who looks at a part of it overrides that part.</summary>
public class SilentOutside : IPlugOutside
{
    /// <inheritdoc/>
    public virtual int UartBaud { get; set; } = 115_200;

    /// <inheritdoc/>
    public virtual void UartSent(TimeSpan at, ReadOnlyMemory<byte> bytes)
    {
    }

    /// <inheritdoc/>
    public virtual void ContactChanged(TimeSpan at, bool closed)
    {
    }

    /// <inheritdoc/>
    public virtual void LedChanged(TimeSpan at, bool lit)
    {
    }

    /// <inheritdoc/>
    public virtual void SelChanged(TimeSpan at, bool high)
    {
    }

    /// <inheritdoc/>
    public virtual void ReachableChanged(TimeSpan at, bool reachable)
    {
    }

    /// <inheritdoc/>
    public virtual void AddressChanged(TimeSpan at, int? lastNumber)
    {
    }

    /// <inheritdoc/>
    public virtual void ServiceChanged(TimeSpan at, PlugService service, bool answers)
    {
    }

    /// <inheritdoc/>
    public virtual void BrokerPathChanged(TimeSpan at, BrokerPath path)
    {
    }

    /// <inheritdoc/>
    public virtual void LossChanged(TimeSpan at, double share)
    {
    }

    /// <inheritdoc/>
    public virtual void MqttConnect(TimeSpan at, string client, IReadOnlyList<string> subscriptions)
    {
    }

    /// <inheritdoc/>
    public virtual void MqttPublish(TimeSpan at, string topic, string payload, int qos, bool retain)
    {
    }

    /// <inheritdoc/>
    public virtual void MqttDisconnect(TimeSpan at)
    {
    }
}
