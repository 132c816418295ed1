using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using LabRunner.Hardware.Drivers.Power;
using LabRunner.Hardware.Drivers.Scpi;
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

/// <summary>A two-channel supply on a SCPI socket; the driver's channel is the second.</summary>
internal sealed class ScpiRig : PowerRig
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ScpiChannel[] _channels = [new(), new()];
    private Task _serving = Task.CompletedTask;
    private int _selected;
    private string _error = "0,\"No error\"";
    private ScpiTcp? _instrument;

    public override bool Output { get => _channels[1].On; set => _channels[1].On = value; }

    public override bool Stuck { get; set; }

    /// <summary>Both channels.</summary>
    public IReadOnlyList<ScpiChannel> Channels => _channels;

    /// <summary>The bench's shared instrument.</summary>
    public ScpiTcp Instrument => _instrument!;

    public override Task StartAsync()
    {
        _listener.Start();
        _serving = ServeAsync();
        _instrument = new ScpiTcp(new ScpiTcpOptions { Address = _listener.LocalEndpoint.ToString()!, Limit = Limit }, Context);
        Context.With("psu", _instrument);
        return Task.CompletedTask;
    }

    public override IPowerSwitch Build() => new ScpiPower(
        new ScpiPowerOptions { Bus = "psu", Volts = 3.3, Amperes = 0.5, Select = "INST:NSEL 2", Limit = Limit }, Context);

    public override async Task VanishAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public override async ValueTask DisposeAsync()
    {
        await VanishAsync();
        await Instrument.DisposeAsync();
        _stop.Dispose();
        await base.DisposeAsync();
    }

    /// <summary>What the supply does with one line; null where it answers nothing.</summary>
    public string? Take(string line)
    {
        ScpiChannel channel = _channels[_selected];
        string[] words = line.Split(' ', 2);
        double number = words.Length == 2 && double.TryParse(words[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : 0;
        switch (words[0])
        {
            case "INST:NSEL":
                _selected = (int)number - 1;
                return null;
            case "VOLT":
                Set(number <= 32, () => channel.Volts = number);
                return null;
            case "CURR":
                Set(number <= 3, () => channel.Amperes = number);
                return null;
            case "OUTP":
                channel.On = Stuck ? channel.On : words[1] == "ON";
                return null;
            case "VOLT?":
                return Text(channel.Volts);
            case "CURR?":
                return Text(channel.Amperes);
            case "OUTP?":
                return channel.On ? "1" : "0";
            case "MEAS:VOLT?":
                return Text(channel.On ? channel.Volts : 0);
            case "MEAS:CURR?":
                return Text(channel.On ? 0.08 : 0);
            case "SYST:ERR?":
                string error = _error;
                _error = "0,\"No error\"";
                return "+" + error;
            default:
                _error = "-113,\"Undefined header\"";
                return null;
        }
    }

    private static string Text(double value) => value.ToString("+0.000000E+00;-0.000000E+00", CultureInfo.InvariantCulture);

    private void Set(bool fits, Action set)
    {
        if (fits)
        {
            set();
        }
        else
        {
            _error = "-222,\"Data out of range\"";
        }
    }

    private async Task ServeAsync()
    {
        List<Task> clients = [];
        try
        {
            while (true)
            {
                clients.Add(TalkAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        finally
        {
            await Task.WhenAll(clients).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task TalkAsync(TcpClient client)
    {
        using (client)
        {
            using StreamReader reader = new(client.GetStream(), Encoding.ASCII);
            while (await reader.ReadLineAsync(_stop.Token) is { } line)
            {
                if (Take(line) is { } answer)
                {
                    await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer + "\n"), _stop.Token);
                }
            }
        }
    }
}

internal sealed class ScpiChannel
{
    public bool On { get; set; }

    public double Volts { get; set; }

    public double Amperes { get; set; }
}
