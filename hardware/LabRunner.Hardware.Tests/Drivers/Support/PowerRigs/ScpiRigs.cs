using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using LabRunner.Hardware.Drivers.Power;
using LabRunner.Hardware.Drivers.Resources;
using LabRunner.Hardware.Drivers.Scpi;
using LabRunner.Hardware.Power;

namespace LabRunner.Hardware.Tests.Drivers.Support.PowerRigs;

/// <summary>A two-channel supply that speaks SCPI; the driver's channel is the second.</summary>
internal abstract class ScpiRig : PowerRig
{
    private readonly ScpiChannel[] _channels = [new(), new()];
    private int _selected;
    private string _error = "0,\"No error\"";

    public override bool Output { get => _channels[1].On; set => _channels[1].On = value; }

    public override bool Stuck { get; set; }

    /// <summary>Both channels.</summary>
    public IReadOnlyList<ScpiChannel> Channels => _channels;

    /// <summary>The bench's shared instrument.</summary>
    public IScpiInstrument Instrument { get; private set; } = null!;

    public override Task StartAsync()
    {
        Instrument = Connect();
        Context.With("psu", Instrument);
        return Task.CompletedTask;
    }

    public override IPowerSwitch Build() => new ScpiPower(
        new ScpiPowerOptions { Bus = "psu", Volts = 3.3, Amperes = 0.5, Select = "INST:NSEL 2", Limit = Limit }, Context);

    public override async ValueTask DisposeAsync()
    {
        await VanishAsync();
        await Instrument.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <summary>Starts the supply's end and makes the bench's.</summary>
    protected abstract IScpiInstrument Connect();

    /// <summary>What the supply does with one line; null where it answers nothing.</summary>
    protected string? Take(string line)
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
}

/// <summary>The supply on a socket.</summary>
internal sealed class ScpiTcpRig : ScpiRig
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private Task _serving = Task.CompletedTask;

    public override async Task VanishAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _stop.Dispose();
    }

    protected override IScpiInstrument Connect()
    {
        _listener.Start();
        _serving = ServeAsync();
        return new ScpiTcp(new ScpiTcpOptions { Address = _listener.LocalEndpoint.ToString()!, Limit = Limit }, Context);
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

/// <summary>The supply on a serial line: a pseudo terminal, slow in nothing but its bytes coming in pieces.</summary>
internal sealed class ScpiSerialRig : ScpiRig
{
    private readonly Pty _line = new();
    private readonly CancellationTokenSource _stop = new();
    private Thread? _supply;

    public override Task VanishAsync()
    {
        _stop.Cancel();
        _supply?.Join();
        _line.Dispose();
        return Task.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _stop.Dispose();
    }

    protected override IScpiInstrument Connect()
    {
        _supply = new Thread(Serve) { IsBackground = true, Name = "supply" };
        _supply.Start();
        return new ScpiSerial(new ScpiSerialOptions { Path = _line.Path, Baud = 115_200, Limit = Limit }, Context);
    }

    private void Serve()
    {
        try
        {
            StringBuilder line = new();
            while (true)
            {
                char next = (char)_line.Receive(1, _stop.Token)[0];
                if (next != '\n')
                {
                    line.Append(next);
                    continue;
                }

                if (Take(line.ToString()) is { } answer)
                {
                    // Serial supplies end with CR LF, and their UART hands over a few bytes at a time.
                    foreach (char[] piece in (answer + "\r\n").Chunk(3))
                    {
                        _line.Send(Encoding.ASCII.GetBytes(piece), _stop.Token);
                    }
                }

                line.Clear();
            }
        }
        catch (OperationCanceledException)
        {
            // The supply was taken away.
        }
    }
}

internal sealed class ScpiChannel
{
    public bool On { get; set; }

    public double Volts { get; set; }

    public double Amperes { get; set; }
}
