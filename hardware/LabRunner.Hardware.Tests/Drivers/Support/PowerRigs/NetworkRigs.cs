using System.Net;
using System.Net.Sockets;
using LabRunner.Hardware.Drivers.Power;
using LabRunner.Hardware.Power;
using MQTTnet;
using MQTTnet.Server;

namespace LabRunner.Hardware.Tests.Drivers.Support.PowerRigs;

/// <summary>A device with a web server.</summary>
internal abstract class HttpRig : PowerRig
{
    private QuirkyServer? _server;

    public override bool Output { get; set; }

    public override bool Stuck { get; set; }

    protected string Address { get; private set; } = "";

    public override Task StartAsync()
    {
        _server = QuirkyServer.Doing((request, socket, token) => QuirkyServer.SendAsync(socket, Answer(request), token));
        Address = _server.Address;
        return Task.CompletedTask;
    }

    public override async Task VanishAsync()
    {
        if (_server is { } server)
        {
            _server = null;
            await server.DisposeAsync();
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await VanishAsync();
        await base.DisposeAsync();
    }

    /// <summary>The whole reply to a request.</summary>
    protected abstract string Answer(string request);

    protected void Order(bool on) => Output = Stuck ? Output : on;
}

/// <summary>Tasmota with a web password and two relays.</summary>
internal sealed class TasmotaHttpRig : HttpRig
{
    public override IPowerSwitch Build() => new HttpPlugPower(
        new HttpPlugPowerOptions { Address = Address, Relay = 2, User = "admin", Password = "a&b", Limit = Limit }, Context);

    protected override string Answer(string request)
    {
        if (!request.StartsWith("GET /cm?user=admin&password=a%26b&cmnd=Power2", StringComparison.Ordinal))
        {
            return Json("""{"WARNING":"Need user=<username>&password=<password>"}""");
        }

        if (request.Contains("Power2%20", StringComparison.Ordinal))
        {
            Order(request.Contains("%20On ", StringComparison.Ordinal));
        }

        return Json($$"""{"POWER2":"{{(Output ? "ON" : "OFF")}}"}""");
    }

    private static string Json(string body) => $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}";
}

/// <summary>OpenBeken, with the manners of its server.</summary>
internal sealed class OpenBekenHttpRig : HttpRig
{
    public override IPowerSwitch Build() => new HttpPlugPower(new HttpPlugPowerOptions { Address = Address, Limit = Limit }, Context);

    protected override string Answer(string request)
    {
        if (request.Contains("cmnd=Power%20", StringComparison.Ordinal))
        {
            Order(request.Contains("%20On ", StringComparison.Ordinal));
        }

        return QuirkyServer.Page($$"""{"POWER":"{{(Output ? "ON" : "OFF")}}"}""");
    }
}

internal sealed class HttpPduRig : HttpRig
{
    public override IPowerSwitch Build() => new HttpPduPower(
        new HttpPduPowerOptions
        {
            On = $"http://{Address}/outlet/3", Off = $"http://{Address}/outlet/3", State = $"http://{Address}/outlet/3", Method = "POST", Body = "set={state}",
            OnMatches = "outlet 3 is on", User = "lab", Password = "secret", Limit = Limit,
        },
        Context);

    protected override string Answer(string request)
    {
        string login = Convert.ToBase64String("lab:secret"u8);
        if (!request.Contains($"Authorization: Basic {login}", StringComparison.Ordinal))
        {
            return "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        }

        if (request.StartsWith("POST", StringComparison.Ordinal))
        {
            Order(request.EndsWith("set=on", StringComparison.Ordinal));
        }

        string body = $"outlet 3 is {(Output ? "on" : "off")}";
        return $"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}";
    }
}

/// <summary>A plug at a broker of its own. A retained message of yesterday says the opposite of what is so.</summary>
internal sealed class MqttRig(PlugFirmware firmware) : PowerRig
{
    private const string Topic = "switch7";
    private MqttServer? _broker;
    private IMqttClient? _plug;
    private int _port;

    public override bool Output { get; set; }

    public override bool Stuck { get; set; }

    private string AnswerTopic => firmware == PlugFirmware.Tasmota ? $"stat/{Topic}/POWER" : $"{Topic}/1/get";

    public override async Task StartAsync()
    {
        using (Socket free = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp))
        {
            free.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _port = ((IPEndPoint)free.LocalEndPoint!).Port;
        }

        _broker = new MqttServerFactory().CreateMqttServer(
            new MqttServerOptionsBuilder().WithDefaultEndpoint().WithDefaultEndpointBoundIPAddress(IPAddress.Loopback)
                .WithDefaultEndpointBoundIPV6Address(IPAddress.None).WithDefaultEndpointPort(_port).Build());
        await _broker.StartAsync();
        _plug = new MqttClientFactory().CreateMqttClient();
        _plug.ApplicationMessageReceivedAsync += HeardAsync;
        await _plug.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", _port).Build());
        await _plug.PublishStringAsync(AnswerTopic, Word(true), retain: true);
        await _plug.SubscribeAsync(firmware == PlugFirmware.Tasmota ? $"cmnd/{Topic}/POWER" : $"{Topic}/1/#");
    }

    public override IPowerSwitch Build() => new MqttPlugPower(
        new MqttPlugPowerOptions { Broker = $"127.0.0.1:{_port}", Firmware = firmware, Topic = Topic, Limit = Limit }, Context);

    public override Task VanishAsync() => _plug!.DisconnectAsync();

    public override async ValueTask DisposeAsync()
    {
        _plug?.Dispose();
        if (_broker is not null)
        {
            await _broker.StopAsync();
            _broker.Dispose();
        }

        await base.DisposeAsync();
    }

    private string Word(bool on) => firmware == PlugFirmware.Tasmota ? on ? "ON" : "OFF" : on ? "1" : "0";

    private async Task HeardAsync(MqttApplicationMessageReceivedEventArgs heard)
    {
        string payload = heard.ApplicationMessage.ConvertPayloadToString() ?? "";
        bool question = payload.Length == 0 && (firmware == PlugFirmware.Tasmota || heard.ApplicationMessage.Topic == AnswerTopic);
        bool order = payload.Length > 0 && heard.ApplicationMessage.Topic != AnswerTopic;
        if (order)
        {
            Output = Stuck ? Output : payload == Word(true);
        }

        if (question || order)
        {
            await _plug!.PublishStringAsync(AnswerTopic, Word(Output));
        }
    }
}
