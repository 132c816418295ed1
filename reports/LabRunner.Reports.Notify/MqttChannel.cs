using System.Text.Json;
using LabRunner.Reports.Records;
using MQTTnet;
using MQTTnet.Protocol;

namespace LabRunner.Reports.Notify;

/// <summary>
/// An MQTT topic, QoS 1, retained: {verdict, bench, plan, run, text, report} on the topic itself, the picture's bytes on topic/picture.
/// </summary>
internal sealed class MqttChannel(ChannelText text, string? password) : IChannel
{
    /// <inheritdoc/>
    public async Task TellAsync(NightNews news, CancellationToken cancellationToken)
    {
        using IMqttClient client = new MqttClientFactory().CreateMqttClient();
        MqttClientOptionsBuilder options = new MqttClientOptionsBuilder().WithTcpServer(text.Server, text.Port ?? 1883);
        if (text.User is { Length: > 0 } user)
        {
            options = options.WithCredentials(user, password ?? "");
        }

        if (text.Tls == "required")
        {
            options = options.WithTlsOptions(o => o.UseTls());
        }

        await client.ConnectAsync(options.Build(), cancellationToken).ConfigureAwait(false);
        byte[] payload = JsonSerializer.SerializeToUtf8Bytes(new
        {
            verdict = news.Card.Verdict.ToText(), bench = news.Card.Bench, plan = news.Card.Plan, run = news.Run, text = news.Text, report = news.Report,
        });
        await client.PublishAsync(Message(text.Topic!, payload, "application/json"), cancellationToken).ConfigureAwait(false);

        // Without a picture the retained one of the night before goes: an empty retained message removes it (MQTT 3.1.1, 3.3.1.3).
        await client.PublishAsync(Message(text.Topic + "/picture", news.Picture ?? [], "image/png"), cancellationToken).ConfigureAwait(false);
        await client.DisconnectAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    private static MqttApplicationMessage Message(string topic, byte[] payload, string type) => new MqttApplicationMessageBuilder()
        .WithTopic(topic).WithPayload(payload).WithContentType(type).WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce).WithRetainFlag().Build();
}
