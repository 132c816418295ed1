using System.Globalization;
using LabRunner.Hardware.Drivers.Metering;
using LabRunner.Hardware.Metering;
using LabRunner.Hardware.Tests.Drivers.Support;
using LabRunner.Hardware.Tests.Host;
using LabRunner.Hardware.Virtual.Harness;

namespace LabRunner.Hardware.Tests.Metering;

/// <summary>A reference meter driver with the fake of its device on the other side of the operating system's seam.</summary>
internal abstract class MeterRig : IAsyncDisposable
{
    protected static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    public FakeContext Context { get; } = new();

    /// <summary>What the device measures. A number that is none stands for its overload.</summary>
    public (double Volts, double Amperes, double Watts, double WattHours) Load { get; set; } = (229.8, 0.2613, 59.91, 1234.567);

    /// <summary>False: the device has no energy counter.</summary>
    public virtual bool CountsEnergy => true;

    /// <summary>False: its fake cannot overload.</summary>
    public virtual bool Overloads => true;

    public virtual Task StartAsync() => Task.CompletedTask;

    public abstract IReferenceMeter Build();

    public abstract Task VanishAsync();

    public abstract ValueTask DisposeAsync();

    protected static string Text(double value) => double.IsFinite(value) ? value.ToString("R", CultureInfo.InvariantCulture) : "9.91E+37";
}

internal sealed class HarnessMeterRig : MeterRig
{
    private readonly TemporaryFolder _folder = new();
    private RunningEngine? _engine;
    private HarnessServer? _server;

    public override bool Overloads => false;

    private string Socket => _folder.File("harness.sock");

    public override Task StartAsync()
    {
        _engine = new RunningEngine();
        _server = new HarnessServer(Socket, new HarnessBoard([new LoadedPlug(this)], _engine.Clock.ToMonotonicNanoseconds, () => _engine.Engine.Now), _engine.Engine.Post);
        return Task.CompletedTask;
    }

    public override IReferenceMeter Build() => new HarnessMeter(new HarnessMeter.Options { Socket = Socket, Plug = 0, AccuracyPercent = 0.1, AccuracyWatts = 0.05 }, Context);

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
        await _engine!.DisposeAsync();
        _folder.Dispose();
    }

    private sealed class LoadedPlug(MeterRig rig) : IHarnessPlug
    {
        public string Name => "p1";

        public Hardware.Sensing.RailReading Rail => default;

        public HarnessLoad Load => new(rig.Load.Volts, rig.Load.Amperes, rig.Load.Watts, rig.Load.WattHours);

        public void Drive(int line, bool high) => throw new NotSupportedException();

        public bool Sense(int line) => false;

        public void DipRail(double volts, TimeSpan lasts) => throw new NotSupportedException();

        public void SetPulses(Hardware.Pulses.PulseChannel channel, Hardware.Units.Hertz frequency) => throw new NotSupportedException();

        public long EmittedPulses(Hardware.Pulses.PulseChannel channel) => 0;
    }
}

internal sealed class CommandMeterRig : MeterRig
{
    private readonly TemporaryFolder _folder = new();
    private bool _gone;

    private string File => _folder.File("figures");

    public override IReferenceMeter Build() => new CommandMeter(
        new CommandMeterOptions { Read = $"cat {File}", AccuracyPercent = 0.1, AccuracyWatts = 0.05, Limit = Limit }, Before(Context));

    public override Task VanishAsync()
    {
        System.IO.File.Delete(File);
        _gone = true;
        return Task.CompletedTask;
    }

    public override ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Puts the figures where the command finds them.</summary>
    public void Write()
    {
        if (!_gone)
        {
            System.IO.File.WriteAllText(File, $"{Text(Load.Volts)} {Text(Load.Amperes)}, {Text(Load.Watts)}; {Text(Load.WattHours)}\n");
        }
    }

    private FakeContext Before(FakeContext context)
    {
        Write();
        return context;
    }
}

internal abstract class ScpiMeterRig : MeterRig
{
    private ScpiPeer? _peer;

    public override Task StartAsync()
    {
        _peer = Peer(Take);
        Context.With("analyser", _peer.Instrument);
        return Task.CompletedTask;
    }

    public override Task VanishAsync() => _peer!.VanishAsync();

    public override ValueTask DisposeAsync() => _peer!.DisposeAsync();

    protected abstract ScpiPeer Peer(Func<string, string?> take);

    protected abstract string? Answer(string line);

    private string? Take(string line) => line == "SYST:ERR?" ? "+0,\"No error\"" : Answer(line);
}

/// <summary>An analyser with a question for each figure, and no counter.</summary>
internal sealed class ScpiTcpMeterRig : ScpiMeterRig
{
    public override bool CountsEnergy => false;

    public override IReferenceMeter Build() => new ScpiMeter(new ScpiMeterOptions { Bus = "analyser", AccuracyPercent = 0.1, AccuracyWatts = 0.05 }, Context);

    protected override ScpiPeer Peer(Func<string, string?> take) => new ScpiTcpPeer(take, Context, Limit);

    protected override string? Answer(string line) => line switch
    {
        "MEAS:VOLT:AC?" => Text(Load.Volts),
        "MEAS:CURR:AC?" => Text(Load.Amperes),
        "MEAS:POW?" => Text(Load.Watts),
        _ => null,
    };
}

/// <summary>An analyser on a serial line that says everything at once, apparent power between.</summary>
internal sealed class ScpiSerialMeterRig : ScpiMeterRig
{
    public override IReferenceMeter Build() => new ScpiMeter(
        new ScpiMeterOptions { Bus = "analyser", Ask = ["NUM:NORM:VAL?"], Fields = ["volts", "amperes", "watts", "-", "wattHours"], AccuracyPercent = 0.1, AccuracyWatts = 0.05 }, Context);

    protected override ScpiPeer Peer(Func<string, string?> take) => new ScpiSerialPeer(take, Context, Limit);

    protected override string? Answer(string line) => line == "NUM:NORM:VAL?"
        ? $"{Text(Load.Volts)},{Text(Load.Amperes)}, {Text(Load.Watts)},{Text(61.2)},{Text(Load.WattHours)}"
        : null;
}

internal abstract class PlugMeterRig : MeterRig
{
    private QuirkyServer? _server;

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

    public override async ValueTask DisposeAsync() => await VanishAsync();

    protected abstract string Answer(string request);

    protected static string Figure(double value) => double.IsFinite(value) ? Text(value) : "1e300";
}

/// <summary>Tasmota behind a web password: energy in kWh.</summary>
internal sealed class TasmotaMeterRig : PlugMeterRig
{
    public override IReferenceMeter Build() => new HttpPlugMeter(
        new HttpPlugMeterOptions { Address = Address, User = "admin", Password = "a&b", AccuracyPercent = 0.1, AccuracyWatts = 0.05, Limit = Limit }, Context);

    protected override string Answer(string request)
    {
        string body = request.StartsWith("GET /cm?user=admin&password=a%26b&cmnd=Status%208 ", StringComparison.Ordinal)
            ? $$$"""{"StatusSNS":{"Time":"2026-01-05T20:00:00","ENERGY":{"TotalStartTime":"2025-01-01T00:00:00","Total":{{{Figure(Load.WattHours / 1000)}}},"Yesterday":0.1,"Today":0.05,"Power":{{{Figure(Load.Watts)}}},"ApparentPower":61,"Factor":0.98,"Voltage":{{{Figure(Load.Volts)}}},"Current":{{{Figure(Load.Amperes)}}} } } }"""
            : """{"WARNING":"Need user=<username>&password=<password>"}""";
        return $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}";
    }
}

/// <summary>OpenBeken with the manners of its server: energy in Wh.</summary>
internal sealed class OpenBekenMeterRig : PlugMeterRig
{
    public override IReferenceMeter Build() => new HttpPlugMeter(new HttpPlugMeterOptions { Address = Address, AccuracyPercent = 0.1, AccuracyWatts = 0.05, Limit = Limit }, Context);

    protected override string Answer(string request) => QuirkyServer.Page(request.Contains("cmnd=Status%208 ", StringComparison.Ordinal)
        ? $$$"""{"StatusSNS":{"ENERGY":{"Power":{{{Figure(Load.Watts)}}},"ApparentPower":61,"Factor":0.98,"Voltage":{{{Figure(Load.Volts)}}},"Current":{{{Figure(Load.Amperes)}}},"ConsumptionTotal":{{{Figure(Load.WattHours)}}},"Yesterday":0,"ConsumptionLastHour":0 } } }"""
        : "{}");
}
