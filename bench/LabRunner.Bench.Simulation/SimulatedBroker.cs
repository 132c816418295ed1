using LabRunner.Bench.Watch;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Simulation;

/// <summary>The broker between simulated plugs and the bench's ear. Belongs to the thread of the events.</summary>
internal sealed class SimulatedBroker(LabClock clock) : IMqttEar
{
    private static readonly TimeSpan Handshake = TimeSpan.FromMilliseconds(20);

    private readonly HashSet<SimulatedPlug> _connected = [];
    private readonly HashSet<SimulatedPlug> _deaf = [];
    private Action<TimeSpan, string, string, string, bool>? _message;
    private Action<BenchFaultException?>? _state;
    private bool _up = true;

    public bool IsUp => _up;

    /// <summary>Takes the bench's ear.</summary>
    public IMqttEar Ear(Action<TimeSpan, string, string, string, bool> message, Action<BenchFaultException?> state)
    {
        (_message, _state) = (message, state);
        return this;
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _state?.Invoke(null);
        await Task.Delay(Timeout.InfiniteTimeSpan, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Stops or starts the broker.</summary>
    public void Switch(bool up)
    {
        if (up == _up)
        {
            return;
        }

        _up = up;
        _state?.Invoke(up ? null : new BenchFaultException(FaultKind.Network, "MQTT broker", "it ended the connection", "Start the broker"));
        if (!up)
        {
            foreach (SimulatedPlug plug in _connected.ToArray())
            {
                _connected.Remove(plug);
                clock.Events!.Schedule(clock.Elapsed, plug.Model.MqttLost);
            }
        }
    }

    public void Connect(SimulatedPlug plug) => clock.Events!.Schedule(clock.Elapsed + Handshake, () =>
    {
        if (_up && plug.Model.Reachable && !_deaf.Contains(plug))
        {
            _connected.Add(plug);
            plug.Model.MqttConnected();
        }
        else
        {
            plug.Model.MqttRefused();
        }
    });

    public void Publish(SimulatedPlug plug, string topic, string payload)
    {
        int slash = topic.IndexOf('/', StringComparison.Ordinal);
        if (_up && plug.Model.Reachable && _connected.Contains(plug) && !_deaf.Contains(plug) && slash > 0)
        {
            _message?.Invoke(clock.Elapsed, topic[..slash], topic[(slash + 1)..], payload, false);
        }
    }

    public Task PublishAsync(string topic, string payload, int qos, bool retain, CancellationToken cancellationToken)
    {
        foreach (SimulatedPlug plug in _connected.Where(p => _up && !_deaf.Contains(p)).ToArray())
        {
            clock.Events!.Schedule(clock.Elapsed, () => plug.Model.MqttMessage(topic, payload));
        }

        return Task.CompletedTask;
    }

    public void Disconnect(SimulatedPlug plug) => _connected.Remove(plug);

    /// <summary>A plug that went silent hears nothing; when its stack is back, the old connection is reset.</summary>
    public void Reachable(SimulatedPlug plug, bool reachable)
    {
        _deaf.Remove(plug);
        if (reachable && _connected.Remove(plug))
        {
            clock.Events!.Schedule(clock.Elapsed, plug.Model.MqttLost);
        }
    }

    /// <summary>The plug's client neither sends nor hears, and closes nothing.</summary>
    public void Deaf(SimulatedPlug plug, bool deaf)
    {
        if (deaf)
        {
            _deaf.Add(plug);
        }
        else
        {
            _deaf.Remove(plug);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
