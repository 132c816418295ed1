using System.Collections.Concurrent;
using System.Text.Json;
using MQTTnet;
using MQTTnet.Protocol;

namespace LabRunner.Station.Builds;

/// <summary>
/// A topic on which addresses of builds are told: the address alone, or {"url": …, "sha256": …}. The broker keeps what is told while the station is
/// away (QoS 1, the session goes on), and what was told and not accepted before it ended: a message is acknowledged when it is dealt with. Only addresses below the watch's own are asked for. Not thread safe.
/// </summary>
internal sealed class MqttSource : IBuildSource
{
    private const int LongestMessage = 4096;
    private const int MostWaiting = 100;
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(10);

    // The session is kept for this long while the station is away.
    private const uint KeptSeconds = 7 * 24 * 3600;

    private readonly BuildWatch _watch;
    private readonly BuildTopic _topic;
    private readonly Download _download;
    private readonly TimeProvider _clock;
    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();
    private readonly ConcurrentQueue<Told> _told = new();

    private int _looks;
    private volatile int _connection;

    // What comes after a look has not been looked at, and is not dealt with by it.
    private bool _shown;

    /// <param name="watch">Watch with a topic.</param>
    /// <param name="bench">Bench, for the client's name.</param>
    /// <param name="download">Gets builds.</param>
    /// <param name="clock">Of the limits.</param>
    public MqttSource(BuildWatch watch, string bench, Download download, TimeProvider clock)
    {
        (_watch, _topic, _download, _clock) = (watch, watch.Place.Mqtt!, download, clock);
        ClientId = $"labrunner-builds-{bench}-{watch.Name}";
        _client.ApplicationMessageReceivedAsync += message =>
        {
            message.AutoAcknowledge = false;

            // A message that is no address is told as a problem when it is its turn. What is more than the broker may send comes with the next connection.
            if (_told.Count < MostWaiting)
            {
                string text = message.ApplicationMessage.Payload.Length > LongestMessage ? "" : message.ApplicationMessage.ConvertPayloadToString() ?? "";
                _told.Enqueue(new Told(text, message.ApplicationMessage.Retain, _connection, message.AcknowledgeAsync));
            }

            return Task.CompletedTask;
        };
    }

    /// <summary>Its name at the broker.</summary>
    public string ClientId { get; }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<FoundBuild>> LookAsync(CancellationToken cancellationToken)
    {
        if (!_client.IsConnected)
        {
            await ConnectAsync(cancellationToken).ConfigureAwait(false);
        }

        // What the broker had kept comes a moment after the first look.
        _looks++;
        _shown = false;
        if (!_told.TryPeek(out Told? message))
        {
            return [];
        }

        try
        {
            FoundBuild found = await GetAsync(message.Text, cancellationToken).ConfigureAwait(false) with { WasThere = message.Retained };
            _shown = true;
            return [found];
        }
        catch (BuildPlaceException)
        {
            // Told once; whoever mends it publishes again.
            await DealtWithAsync(cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task AcceptAsync(CancellationToken cancellationToken)
    {
        if (_shown)
        {
            _shown = false;
            await DealtWithAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public bool HasSeenAll => _looks > 1 && _told.IsEmpty;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            using CancellationTokenSource limit = new(TimeSpan.FromSeconds(1), TimeProvider.System);
            await _client.DisconnectAsync(new MqttClientDisconnectOptions(), limit.Token).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // Nothing depends on a polite goodbye.
        }

        _client.Dispose();
    }

    /// <summary>Takes the first message away, and tells the broker.</summary>
    private async Task DealtWithAsync(CancellationToken cancellationToken)
    {
        // Of a connection before this one the broker has told it again, perhaps under the number of another message.
        if (!_told.TryDequeue(out Told? message) || message.Connection != _connection || !_client.IsConnected)
        {
            return;
        }

        try
        {
            await message.AcknowledgeAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // It is told again, and its content is known.
        }
    }

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        // Persistent by a name of its own, so that what is told while the station is away is not lost.
        MqttClientOptionsBuilder options = new MqttClientOptionsBuilder().WithTcpServer(_topic.Host, _topic.Port).WithClientId(ClientId)
            .WithProtocolVersion(MQTTnet.Formatter.MqttProtocolVersion.V500).WithCleanStart(false).WithSessionExpiryInterval(KeptSeconds).WithReceiveMaximum(MostWaiting).WithTimeout(ConnectLimit);
        if (_topic.Tls)
        {
            options = options.WithTlsOptions(tls => tls.UseTls().WithTargetHost(_topic.Host));
        }

        if (_topic.User is { } user)
        {
            options = options.WithCredentials(user, _topic.Password is { } variable ? Environment.GetEnvironmentVariable(variable) ?? "" : "");
        }

        _connection++;
        try
        {
            await _client.ConnectAsync(options.Build(), cancellationToken).ConfigureAwait(false);
            await _client.SubscribeAsync(new MqttClientSubscribeOptionsBuilder().WithTopicFilter(_topic.Topic, MqttQualityOfServiceLevel.AtLeastOnce).Build(), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            throw new BuildPlaceException($"The broker {_topic.Host}:{_topic.Port} cannot be asked ({failure.Message.TrimEnd('.')}). Start it, or correct mqtt of the watch.", failure);
        }
    }

    private async Task<FoundBuild> GetAsync(string text, CancellationToken cancellationToken)
    {
        (string? address, string? sha256) = Parse(text);
        if (!Uri.TryCreate(address, UriKind.Absolute, out Uri? url) || url.Scheme is not ("http" or "https"))
        {
            throw new BuildPlaceException($"A message on {_topic.Topic} is no address of a build. Publish the address, or {{\"url\": …, \"sha256\": …}}.");
        }

        if (!_topic.Allows(url))
        {
            throw new BuildPlaceException($"{BuildPlace.Shown(url)} was told on {_topic.Topic} and is not below {BuildPlace.Shown(_topic.From)}. Publish builds there, or correct from.");
        }

        FoundBuild build = (await _download.GetAsync(url, _topic.Allows, null, _watch.LargestBytes, _watch.Limit, _clock, cancellationToken).ConfigureAwait(false))!.Value.Build;
        return sha256 is null || BuildDesk.Hash(build.Content).Equals(sha256, StringComparison.OrdinalIgnoreCase)
            ? build
            : throw new BuildPlaceException($"{BuildPlace.Shown(url)} has another SHA-256 than was told on {_topic.Topic}. Publish again when the upload is complete.");
    }

    private static (string? Address, string? Sha256) Parse(string text)
    {
        string trimmed = text.Trim();
        if (!trimmed.StartsWith('{'))
        {
            return (trimmed, null);
        }

        try
        {
            using JsonDocument json = JsonDocument.Parse(trimmed);
            string? Get(string key) => json.RootElement.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
            return (Get("url"), Get("sha256"));
        }
        catch (JsonException)
        {
            return (null, null);
        }
    }

    private sealed record Told(string Text, bool Retained, int Connection, Func<CancellationToken, Task> AcknowledgeAsync);
}
