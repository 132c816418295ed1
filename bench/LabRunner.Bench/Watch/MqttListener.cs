using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;
using MQTTnet;

namespace LabRunner.Bench.Watch;

/// <summary>
/// The bench's one MQTT client. It hears what the DUTs publish and connects again after a loss; while the broker is away, nothing that
/// M says counts, and the bench has a fault. Thread safe.
/// </summary>
internal sealed class MqttListener(
    MqttSection broker, LabClock clock, IReadOnlyCollection<string> clients, Action<TimeSpan, string, string, string, bool> message, Action<bool, string> state)
    : IAsyncDisposable
{
    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();

    /// <summary>The broker is there.</summary>
    public bool IsUp => _client.IsConnected;

    /// <summary>Connects and stays connected until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _client.ApplicationMessageReceivedAsync += Received;
        bool? told = null;
        while (!cancellationToken.IsCancellationRequested)
        {
            if (!_client.IsConnected)
            {
                string why = await ConnectAsync(cancellationToken).ConfigureAwait(false);
                bool up = why.Length == 0;
                if (told != up && !cancellationToken.IsCancellationRequested)
                {
                    told = up;
                    state(up, up ? "connected" : why);
                }
            }

            await Task.Delay(TimeSpan.FromSeconds(5), clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            // Machine time: a broker that hangs must not hold up the end of the night.
            using CancellationTokenSource limit = new(TimeSpan.FromSeconds(1), TimeProvider.System);
            await _client.DisconnectAsync(new MqttClientDisconnectOptions(), limit.Token).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // Nothing depends on a polite goodbye.
        }

        _client.Dispose();
    }

    private async Task<string> ConnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            MqttClientOptionsBuilder options = new MqttClientOptionsBuilder()
                .WithTcpServer(broker.Host, broker.Port)
                .WithClientId("labrunner-" + Guid.NewGuid().ToString("N")[..12])
                .WithTimeout(TimeSpan.FromSeconds(5));
            if (broker.User is { } user)
            {
                options = options.WithCredentials(user, broker.Password ?? "");
            }

            await _client.ConnectAsync(options.Build(), cancellationToken).ConfigureAwait(false);
            foreach (string client in clients)
            {
                await _client.SubscribeAsync(client + "/#", cancellationToken: cancellationToken).ConfigureAwait(false);
            }

            return "";
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            return new BenchFaultException(
                FaultKind.Network, $"{broker.Host}:{broker.Port}", $"the MQTT broker does not answer ({failure.Message})",
                "Start the broker or correct mqtt.broker in the inventory", failure).Message;
        }
        catch (OperationCanceledException)
        {
            return "";
        }
    }

    private Task Received(MqttApplicationMessageReceivedEventArgs e)
    {
        string topic = e.ApplicationMessage.Topic;
        int slash = topic.IndexOf('/', StringComparison.Ordinal);
        if (slash > 0)
        {
            message(clock.Elapsed, topic[..slash], topic[(slash + 1)..], e.ApplicationMessage.ConvertPayloadToString() ?? "", e.ApplicationMessage.Retain);
        }

        return Task.CompletedTask;
    }
}
