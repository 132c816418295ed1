// Inventory:
//   power: { driver: mqtt, broker: "192.168.4.1:1883", firmware: tasmota, topic: switch7 }     # relay: 2, user, password
//   power: { driver: mqtt, broker: "192.168.4.1:1883", firmware: openBeken, topic: obl1234abcd }
// A plug with Tasmota (cmnd/…/POWER, stat/…/POWER: https://tasmota.github.io/docs/MQTT) or OpenBeken (…/1/set, …/1/get: new_mqtt.c) as the
// slot's mains switch.
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Net;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Network;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using MQTTnet;

namespace LabRunner.Hardware.Drivers.Power;

/// <summary>Whose topics a switching plug speaks.</summary>
public enum PlugFirmware
{
    /// <summary>cmnd/TOPIC/POWERn and stat/TOPIC/POWERn.</summary>
    Tasmota,

    /// <summary>TOPIC/n/set and TOPIC/n/get.</summary>
    OpenBeken,
}

/// <summary>Options of <see cref="MqttPlugPower"/>.</summary>
public sealed record MqttPlugPowerOptions : PowerLimits
{
    /// <summary>host:port of the broker.</summary>
    [Description("host:port of the broker.")]
    public required string Broker { get; init; }

    /// <summary>Whose topics the plug speaks.</summary>
    [Description("Firmware of the switching plug: tasmota or openBeken.")]
    public required PlugFirmware Firmware { get; init; }

    /// <summary>Topic of the plug, without prefix.</summary>
    [Description("Topic of the switching plug without prefix, for example tasmota_12AB34 or obl1234abcd.")]
    public required string Topic { get; init; }

    /// <summary>Relay (Tasmota) or channel (OpenBeken). Default: the only one; OpenBeken 1.</summary>
    [Description("Number of the relay or channel. Default: the only one (OpenBeken: 1).")]
    [Range(1, 64)]
    public int? Relay { get; init; }

    /// <summary>User at the broker.</summary>
    [Description("User at the broker.")]
    public string? User { get; init; }

    /// <summary>Password at the broker.</summary>
    [Description("Password at the broker; best as ${env.NAME}.")]
    public string? Password { get; init; }
}

/// <summary>
/// A supply behind a Tasmota or OpenBeken plug over MQTT. Building it switches nothing. Only what the plug says after it was asked counts: a
/// retained message may be of yesterday.
/// </summary>
[Driver(Contracts.Power, "mqtt")]
public sealed class MqttPlugPower : IPowerSwitch
{
    private readonly IDriverContext _context;
    private readonly MqttPlugPowerOptions _options;
    private readonly DnsEndPoint _broker;
    private readonly string _set;
    private readonly string _ask;
    private readonly string _answer;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();
    private volatile TaskCompletionSource<PowerState>? _wanted;

    /// <exception cref="BenchFaultException">Kind Configuration: the broker is not host:port, or the topic holds a wildcard.</exception>
    public MqttPlugPower(MqttPlugPowerOptions options, IDriverContext context)
    {
        (_options, _context) = (options, context);
        _broker = HostPort.Parse(context.Place, "broker", options.Broker);
        if (options.Topic.Length == 0 || options.Topic.IndexOfAny(['#', '+']) >= 0)
        {
            throw new BenchFaultException(FaultKind.Configuration, context.Place, $"'topic: {options.Topic}' is no topic of a plug", "Write it as the plug's own page shows it");
        }

        string number = options.Relay?.ToString(CultureInfo.InvariantCulture) ?? "";
        (_set, _ask, _answer) = options.Firmware == PlugFirmware.Tasmota
            ? ($"cmnd/{options.Topic}/POWER{number}", $"cmnd/{options.Topic}/POWER{number}", $"stat/{options.Topic}/POWER{number}")
            : ($"{options.Topic}/{options.Relay ?? 1}/set", $"{options.Topic}/{options.Relay ?? 1}/get", $"{options.Topic}/{options.Relay ?? 1}/get");
        _client.ApplicationMessageReceivedAsync += ReceivedAsync;
    }

    /// <inheritdoc/>
    public async Task SwitchAsync(PowerState state, CancellationToken cancellationToken)
    {
        bool on = PowerChecks.IsOn(state);
        string word = _options.Firmware == PlugFirmware.Tasmota ? on ? "ON" : "OFF" : on ? "1" : "0";
        PowerState said = await ExchangeAsync(_set, word, cancellationToken).ConfigureAwait(false);
        PowerChecks.Confirm(_context, on, said, $"the plug '{_options.Topic}'");
    }

    /// <inheritdoc/>
    public Task<PowerState> ReadStateAsync(CancellationToken cancellationToken) => ExchangeAsync(_ask, "", cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<PowerState> ExchangeAsync(string topic, string payload, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using CancellationTokenSource limit = new(_options.Limit, TimeProvider.System);
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            try
            {
                if (!_client.IsConnected)
                {
                    await ConnectAsync(either.Token).ConfigureAwait(false);
                }

                TaskCompletionSource<PowerState> wanted = new(TaskCreationOptions.RunContinuationsAsynchronously);
                _wanted = wanted;
                await _client.PublishStringAsync(topic, payload, MQTTnet.Protocol.MqttQualityOfServiceLevel.AtLeastOnce, cancellationToken: either.Token).ConfigureAwait(false);
                return await wanted.Task.WaitAsync(either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new BenchFaultException(
                    FaultKind.Power, _context.Place,
                    string.Create(CultureInfo.InvariantCulture, $"the plug '{_options.Topic}' said nothing under {_answer} within {_options.Limit.TotalSeconds:0.###} s"),
                    "Check that the plug is connected to this broker and that topic and firmware are right");
            }
            catch (Exception failure) when (failure is not OperationCanceledException and not BenchFaultException)
            {
                throw new BenchFaultException(
                    FaultKind.Network, _context.Place, $"the broker at {_options.Broker} does not serve ({failure.Message.TrimEnd('.')})", "Start the broker or correct broker, user and password", failure);
            }
            finally
            {
                _wanted = null;
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        MqttClientOptionsBuilder options = new MqttClientOptionsBuilder()
            .WithTcpServer(_broker.Host, _broker.Port)
            .WithClientId("labrunner-power-" + Guid.NewGuid().ToString("N")[..12])
            .WithTimeout(_options.Limit);
        if (_options.User is { } user)
        {
            options = options.WithCredentials(user, _options.Password ?? "");
        }

        await _client.ConnectAsync(options.Build(), cancellationToken).ConfigureAwait(false);
        await _client.SubscribeAsync(_answer, cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    private Task ReceivedAsync(MqttApplicationMessageReceivedEventArgs received)
    {
        // An empty payload is the bench's own question: OpenBeken answers under the topic it is asked on.
        if (received.ApplicationMessage is { Retain: false } message && message.Topic == _answer && PowerChecks.State(message.ConvertPayloadToString()) is { } state)
        {
            _wanted?.TrySetResult(state);
        }

        return Task.CompletedTask;
    }
}
