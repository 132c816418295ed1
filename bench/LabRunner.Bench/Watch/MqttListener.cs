using System.Globalization;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;
using MQTTnet;
using MQTTnet.Protocol;

namespace LabRunner.Bench.Watch;

/// <summary>What hears the DUTs' MQTT messages and tells them with the run time, client, item, payload and whether they were retained.</summary>
internal interface IMqttEar : IAsyncDisposable
{
    /// <summary>It hears.</summary>
    bool IsUp { get; }

    /// <summary>Hears until cancelled.</summary>
    Task RunAsync(CancellationToken cancellationToken);

    /// <summary>Publishes a message.</summary>
    /// <exception cref="BenchFaultException">Kind Network: the broker is away or refused.</exception>
    Task PublishAsync(string topic, string payload, int qos, bool retain, CancellationToken cancellationToken);
}

/// <summary>
/// The bench's one MQTT client. It hears what the DUTs publish and connects again after a loss; while the broker is away, nothing that
/// M says counts, and the bench has a fault. Thread safe.
/// </summary>
internal sealed class MqttListener(
    MqttSection broker, LabClock clock, IReadOnlyCollection<string> clients, Action<TimeSpan, string, string, string, bool> message, Action<BenchFaultException?> state)
    : IMqttEar
{
    // Machine time: a broker is the bench's.
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();
    private volatile TaskCompletionSource _dropped = new();
    private volatile bool _subscribed;

    /// <summary>The broker is there and has granted every subscription.</summary>
    public bool IsUp => _subscribed && _client.IsConnected;

    /// <summary>Connects and stays connected until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _client.ApplicationMessageReceivedAsync += Received;
        _client.DisconnectedAsync += _ =>
        {
            _dropped.TrySetResult();
            return Task.CompletedTask;
        };
        bool? told = null;
        while (!cancellationToken.IsCancellationRequested)
        {
            if (_subscribed && _dropped.Task.IsCompleted)
            {
                // Told even where the broker is back already: what was published meanwhile was not heard.
                (_subscribed, told) = (false, false);
                state(Fault("it ended the connection"));
            }

            if (!IsUp)
            {
                BenchFaultException? why = await ConnectAsync(cancellationToken).ConfigureAwait(false);
                bool up = why is null;
                if (told != up && !cancellationToken.IsCancellationRequested)
                {
                    told = up;
                    state(why);
                }
            }

            Task pause = Task.Delay(TimeSpan.FromSeconds(5), clock, cancellationToken);
            await Task.WhenAny(_subscribed ? [pause, _dropped.Task] : [pause]).ConfigureAwait(false);
        }
    }

    public async Task PublishAsync(string topic, string payload, int qos, bool retain, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = new(AnswerLimit, TimeProvider.System);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await _client.PublishAsync(
                new MqttApplicationMessageBuilder().WithTopic(topic).WithPayload(payload).WithQualityOfServiceLevel((MqttQualityOfServiceLevel)qos).WithRetainFlag(retain).Build(),
                either.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw Fault($"it did not take a message to {topic} ({WhyOf(failure, limit.IsCancellationRequested)})", failure);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await HangUpAsync().ConfigureAwait(false);
        _client.Dispose();
    }

    private BenchFaultException Fault(string problem, Exception? cause = null) => new(
        FaultKind.Network, $"MQTT broker {broker.Host}:{broker.Port}", problem, "Start the broker or correct mqtt.broker in the inventory", cause);

    // A call that its limit ended says "connection closed", which would be another story.
    private static string WhyOf(Exception failure, bool late) => late
        ? string.Create(CultureInfo.InvariantCulture, $"no answer within {AnswerLimit.TotalSeconds:0} s")
        : failure.Message.TrimEnd('.');

    private async Task HangUpAsync()
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
    }

    private async Task<BenchFaultException?> ConnectAsync(CancellationToken cancellationToken)
    {
        // The client's own timeout does not hold for calls that can be cancelled.
        using CancellationTokenSource limit = new(AnswerLimit, TimeProvider.System);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            MqttClientOptionsBuilder options = new MqttClientOptionsBuilder()
                .WithTcpServer(broker.Host, broker.Port)
                .WithClientId("labrunner-" + Guid.NewGuid().ToString("N")[..12])
                .WithTimeout(AnswerLimit);
            if (broker.User is { } user)
            {
                options = options.WithCredentials(user, broker.Password ?? "");
            }

            _dropped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await _client.ConnectAsync(options.Build(), either.Token).ConfigureAwait(false);
            foreach (string client in clients)
            {
                MqttClientSubscribeResult granted = await _client.SubscribeAsync(client + "/#", cancellationToken: either.Token).ConfigureAwait(false);
                if (granted.Items.FirstOrDefault(i => i.ResultCode > MqttClientSubscribeResultCode.GrantedQoS2) is { } refused)
                {
                    throw new InvalidOperationException($"it refused the subscription to {client}/#: {refused.ResultCode}");
                }
            }

            _subscribed = true;
            return null;
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // A connection without its subscriptions hears nothing, so the next attempt starts anew.
            await HangUpAsync().ConfigureAwait(false);
            return Fault($"it does not serve the bench ({WhyOf(failure, limit.IsCancellationRequested)})", failure);
        }
        catch (OperationCanceledException)
        {
            return null;
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
