using LabRunner.Hardware.Drivers.Buttons;
using LabRunner.Hardware.Drivers.Commands;
using LabRunner.Hardware.Drivers.Power;
using LabRunner.Hardware.Drivers.Pulses;
using LabRunner.Hardware.Drivers.Straps;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Tests.Drivers.Support;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Tests.Drivers;

[CancelAfter(60_000)]
public sealed class CommandDriverTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private string _file = null!;
    private FakeContext _context = null!;

    [SetUp]
    public void Make()
    {
        _file = Path.GetTempFileName();
        _context = new FakeContext().Fact("run", _file);
    }

    [TearDown]
    public void Delete() => File.Delete(_file);

    [Test]
    public async Task Run_Placeholders_FactsAndPerCallValues(CancellationToken token)
    {
        ShellCommand command = new(_context, "on", "echo {slot} {http} {state} {{literal}} ${HOME:+home} 'a b'", Limit, "state");
        string output = await command.RunAsync(new Dictionary<string, string> { ["state"] = "on" }, token);
        Assert.That(output, Is.EqualTo("p1 127.0.0.1:80 on {literal} home a b\n"));
    }

    [Test]
    public void Constructor_UnknownPlaceholder_NamesTheKnownOnes() =>
        Assert.That(
            () => new ShellCommand(_context, "on", "relay {sloot}", Limit, "state"),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Configuration)
                .And.Message.Contains("'{sloot}'").And.Message.Contains("{slot}").And.Message.Contains("{state}"));

    [Test]
    public async Task Run_ExitCode_FaultWithCodeAndLastLines(CancellationToken token)
    {
        ShellCommand command = new(_context, "on", "for i in 1 2 3 4 5 6 7; do echo line$i; done; echo broken >&2; exit 9", Limit);
        await Assert.ThatAsync(
            () => command.RunAsync(null, token),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Command)
                .And.Message.Contains("exit code 9").And.Message.Contains("line7 | broken").And.Message.Not.Contains("line3").And.Message.Contains("slot p1"));
    }

    [Test]
    public async Task Run_ReadsStandardInput_GetsItsEndAtOnce(CancellationToken token) =>
        Assert.That(await new ShellCommand(_context, "on", "cat; echo done", Limit).RunAsync(null, token), Is.EqualTo("done\n"));

    [Test]
    public async Task Run_StartsDaemon_DoesNotWaitForIt(CancellationToken token)
    {
        ShellCommand command = new(_context, "on", "sleep 300 & echo $! >'{run}'; echo started", Limit);
        string output = await command.RunAsync(null, token);
        int daemon = int.Parse(await File.ReadAllTextAsync(_file, token), System.Globalization.CultureInfo.InvariantCulture);
        try
        {
            Assert.That((output, Alive(daemon)), Is.EqualTo(("started\n", true)));
        }
        finally
        {
            System.Diagnostics.Process.GetProcessById(daemon).Kill();
        }
    }

    [Test]
    public async Task Run_TooLong_WholeTreeKilledAndFault(CancellationToken token)
    {
        ShellCommand command = new(_context, "on", "echo begun; sh -c 'echo $$ >\"{run}\"; sleep 300; true'; true", TimeSpan.FromSeconds(1));
        await Assert.ThatAsync(
            () => command.RunAsync(null, token),
            Throws.TypeOf<BenchFaultException>().With.Message.Contains("did not end within 1 s").And.Message.Contains("begun"));
        int child = int.Parse(await File.ReadAllTextAsync(_file, token), System.Globalization.CultureInfo.InvariantCulture);
        Assert.That(() => Alive(child), Is.False.After(5000, 20), "the child of the shell is gone too");
    }

    [Test]
    public async Task Run_Cancelled_CancelledNotFault(CancellationToken token)
    {
        using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(token);
        Task run = new ShellCommand(_context, "on", "sleep 300", TimeSpan.FromMinutes(5)).RunAsync(null, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThatAsync(() => run, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task Power_WithStateCommand_ConfirmedAndRead(CancellationToken token)
    {
        CommandPower power = new(new CommandPowerOptions { On = "echo {state} >'{run}'", Off = "echo {state} >'{run}'", State = "cat '{run}'" }, _context);
        await power.SwitchAsync(PowerState.On, token);
        Assert.That((await File.ReadAllTextAsync(_file, token), await power.ReadStateAsync(token)), Is.EqualTo(("on\n", PowerState.On)));
        await power.SwitchAsync(PowerState.Off, token);
        Assert.That(await power.ReadStateAsync(token), Is.EqualTo(PowerState.Off));
    }

    [Test]
    public async Task Power_StateTellsOtherwise_PowerFault(CancellationToken token)
    {
        CommandPower power = new(new CommandPowerOptions { On = "true", Off = "true", State = "echo off" }, _context);
        await Assert.ThatAsync(
            () => power.SwitchAsync(PowerState.On, token),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Power));
    }

    [Test]
    public async Task Power_WithoutStateCommand_UnknownUntilSwitched(CancellationToken token)
    {
        CommandPower power = new(new CommandPowerOptions { On = "true", Off = "false" }, _context);
        Assert.That(await power.ReadStateAsync(token), Is.EqualTo(PowerState.Unknown));
        await power.SwitchAsync(PowerState.On, token);
        Assert.That(await power.ReadStateAsync(token), Is.EqualTo(PowerState.On));
        await Assert.ThatAsync(() => power.SwitchAsync(PowerState.Off, token), Throws.TypeOf<BenchFaultException>());
        Assert.That(await power.ReadStateAsync(token), Is.EqualTo(PowerState.Unknown), "a failed switching leaves it open");
    }

    [Test]
    public void Power_WrongExpression_ConfigurationFault() =>
        Assert.That(
            () => new CommandPower(new CommandPowerOptions { On = "true", Off = "true", State = "true", OnMatches = "(" }, _context),
            Throws.TypeOf<BenchFaultException>().With.Message.Contains("'onMatches'"));

    [Test]
    public async Task StrapAndButton_Set_RunTheirCommands(CancellationToken token)
    {
        CommandStrap strap = new(new CommandStrapOptions { Assert = "echo {state} >>'{run}'", Release = "echo {state} >>'{run}'", Read = "tail -n1 '{run}'" }, _context);
        CommandButton button = new(new CommandButtonOptions { Press = "echo {state} >>'{run}'", Release = "echo {state} >>'{run}'" }, _context);
        await strap.SetAsync(true, token);
        Assert.That(await strap.ReadAsync(token), Is.True);
        await strap.SetAsync(false, token);
        Assert.That(await strap.ReadAsync(token), Is.False);
        await button.SetAsync(true, token);
        await button.SetAsync(false, token);
        Assert.That(await File.ReadAllLinesAsync(_file, token), Is.EqualTo(new[] { "asserted", "released", "pressed", "released" }));
        Assert.That(await button.ReadAsync(token), Is.Null);
    }

    [Test]
    public async Task Pulses_SetReadStop_ValuesInTheCommands(CancellationToken token)
    {
        CommandPulses pulses = new(
            new CommandPulsesOptions
            {
                Set = "echo set {channel} {hertz} {width_us} >>'{run}'", Stop = "echo stop {channel} >>'{run}'", Read = "echo '133.375 Hz, 42 pulses'", MinHertz = 0.1, MaxHertz = 5000,
            },
            _context);
        await pulses.SetAsync(PulseChannel.Cf1Current, new Hertz(133.38), TimeSpan.FromMicroseconds(38), token);
        PulseReadback back = await pulses.ReadBackAsync(PulseChannel.Cf1Current, token);
        await pulses.DisposeAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(back, Is.EqualTo(new PulseReadback(new Hertz(133.375), TimeSpan.FromMicroseconds(38), 42)));
            Assert.That(await File.ReadAllLinesAsync(_file, token), Is.EqualTo(new[] { "set cf1-current 133.38 38", "stop cf1-current" }), "stopped at disposal");
            await Assert.ThatAsync(() => pulses.SetAsync(PulseChannel.Cf, new Hertz(0.05), TimeSpan.FromMicroseconds(38), token), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    private static bool Alive(int pid) => File.Exists($"/proc/{pid}/stat") && !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ");
}
