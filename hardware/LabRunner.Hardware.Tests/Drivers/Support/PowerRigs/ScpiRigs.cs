using System.Globalization;
using LabRunner.Hardware.Drivers.Power;
using LabRunner.Hardware.Drivers.Resources;
using LabRunner.Hardware.Power;

namespace LabRunner.Hardware.Tests.Drivers.Support.PowerRigs;

/// <summary>A two-channel supply that speaks SCPI; the driver's channel is the second.</summary>
internal abstract class ScpiRig : PowerRig
{
    private readonly ScpiChannel[] _channels = [new(), new()];
    private ScpiPeer? _peer;
    private int _selected;
    private string _error = "0,\"No error\"";

    public override bool Output { get => _channels[1].On; set => _channels[1].On = value; }

    public override bool Stuck { get; set; }

    /// <summary>Both channels.</summary>
    public IReadOnlyList<ScpiChannel> Channels => _channels;

    /// <summary>The bench's shared instrument.</summary>
    public IScpiInstrument Instrument => _peer!.Instrument;

    public override Task StartAsync()
    {
        _peer = Peer();
        Context.With("psu", Instrument);
        return Task.CompletedTask;
    }

    public override Task VanishAsync() => _peer!.VanishAsync();

    public override IPowerSwitch Build() => new ScpiPower(
        new ScpiPowerOptions { Bus = "psu", Volts = 3.3, Amperes = 0.5, Select = "INST:NSEL 2", Limit = Limit }, Context);

    public override async ValueTask DisposeAsync()
    {
        await _peer!.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <summary>Starts the supply's end and makes the bench's.</summary>
    protected abstract ScpiPeer Peer();

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
                Set(number <= 32, () => channel.Set(number));
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
    protected override ScpiPeer Peer() => new ScpiTcpPeer(Take, Context, Limit);
}

/// <summary>The supply on a serial line.</summary>
internal sealed class ScpiSerialRig : ScpiRig
{
    protected override ScpiPeer Peer() => new ScpiSerialPeer(Take, Context, Limit);
}

internal sealed class ScpiChannel
{
    public bool On { get; set; }

    public double Volts { get; private set; }

    /// <summary>Every voltage it was set to, in order.</summary>
    public List<double> History { get; } = [];

    public double Amperes { get; set; }

    public void Set(double volts)
    {
        Volts = volts;
        History.Add(volts);
    }
}
