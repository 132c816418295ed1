using System.Reflection;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Power;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Tests.Drivers.Support.PowerRigs;

namespace LabRunner.Hardware.Tests.Conformance;

/// <summary>What every power driver must do, alone and under the guard that the bench puts around it.</summary>
[TestFixtureSource(nameof(Rigs))]
[CancelAfter(60_000)]
internal sealed class PowerConformance(string name, Func<PowerRig> make)
{
    private PowerRig _rig = null!;

    public static IEnumerable<TestFixtureData> Rigs() =>
        from rig in new (string Name, Func<PowerRig> Make)[]
        {
            ("gpio", () => new GpioRig()), ("command", () => new CommandRig()), ("uhubctl", () => new UhubctlRig()), ("snmp", () => new SnmpRig()),
            ("http tasmota", () => new TasmotaHttpRig()), ("http openBeken", () => new OpenBekenHttpRig()), ("http-pdu", () => new HttpPduRig()),
            ("mqtt tasmota", () => new MqttRig(PlugFirmware.Tasmota)), ("mqtt openBeken", () => new MqttRig(PlugFirmware.OpenBeken)), ("scpi", () => new ScpiTcpRig()),
            ("scpi serial", () => new ScpiSerialRig()), ("snmp snmpd", () => new SnmpdRig()),
        }
        select new TestFixtureData(rig.Name, rig.Make).SetArgDisplayNames(rig.Name);

    [SetUp]
    public Task Start()
    {
        _rig = make();
        return _rig.StartAsync();
    }

    [TearDown]
    public async Task Stop() => await _rig.DisposeAsync();

    [Test]
    public async Task Build_DeviceIsOff_StaysOff(CancellationToken token)
    {
        await using IPowerSwitch power = _rig.Build();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await power.ReadStateAsync(token), Is.EqualTo(PowerState.Off), name);
            Assert.That(_rig.Output, Is.False);
        }
    }

    [Test]
    public async Task Switch_OnOffOn_DeviceFollowsAndIsReadBack(CancellationToken token)
    {
        await using IPowerSwitch power = _rig.Build();
        foreach (PowerState state in (PowerState[])[PowerState.On, PowerState.On, PowerState.Off, PowerState.Off, PowerState.On])
        {
            await power.SwitchAsync(state, token);
            Assert.That((_rig.Output, await power.ReadStateAsync(token)), Is.EqualTo((state == PowerState.On, state)), name);
        }
    }

    [Test]
    public async Task Read_SomebodyElseSwitched_TheDevicesStateNotTheMemorys(CancellationToken token)
    {
        await using IPowerSwitch power = _rig.Build();
        await power.SwitchAsync(PowerState.Off, token);
        _rig.Output = true;
        Assert.That(await power.ReadStateAsync(token), Is.EqualTo(PowerState.On), name);
    }

    [TestCase(PowerState.On)]
    [TestCase(PowerState.Off)]
    public async Task Switch_DeviceTakesTheOrderAndDoesNothing_Fault(PowerState state, CancellationToken token)
    {
        await using IPowerSwitch power = _rig.Build();
        await power.SwitchAsync(state == PowerState.On ? PowerState.Off : PowerState.On, token);
        _rig.Stuck = true;
        await Assert.ThatAsync(
            () => power.SwitchAsync(state, token),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).AnyOf(FaultKind.Power, FaultKind.Gpio).And.Property(nameof(BenchFaultException.Place)).EqualTo("slot p1"));
    }

    [Test]
    public async Task Switch_DeviceGone_FaultInTimeForEachCall(CancellationToken token)
    {
        await using IPowerSwitch power = _rig.Build();
        await power.SwitchAsync(PowerState.On, token);
        await _rig.VanishAsync();
        await Assert.ThatAsync(() => power.SwitchAsync(PowerState.Off, token), Throws.TypeOf<BenchFaultException>());
        await Assert.ThatAsync(() => power.ReadStateAsync(token), Throws.TypeOf<BenchFaultException>());
    }

    [Test]
    public async Task Switch_Unknown_Refused(CancellationToken token)
    {
        await using IPowerSwitch power = _rig.Build();
        await Assert.ThatAsync(() => power.SwitchAsync(PowerState.Unknown, token), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public async Task Switch_Cancelled_NothingWasSwitched(CancellationToken token)
    {
        await using IPowerSwitch power = _rig.Build();
        await Assert.ThatAsync(() => power.SwitchAsync(PowerState.On, new CancellationToken(true)), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(_rig.Output, Is.False, name);
    }

    [Test]
    public async Task Guarded_ManyAtOnce_EndsOffAndConfirmed(CancellationToken token)
    {
        await using GuardedPower power = new(_rig.Build(), new Plain(), "slot p1", _rig.Context.Clock);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(i => power.SwitchAsync(i % 2 == 0 ? PowerState.On : PowerState.Off, token)));
        await power.CutAsync(null, token);
        Assert.That((_rig.Output, await power.ReadStateAsync(token)), Is.EqualTo((false, PowerState.Off)), name);
    }

    [Test]
    public async Task Opened_DeviceWasOn_OffOnlyWhereALineMustBeDriven(CancellationToken token)
    {
        if (_rig.OffAtOpening)
        {
            await using IPowerSwitch line = _rig.Build();
            Assert.That(_rig.Output, Is.False, name);
            return;
        }

        _rig.Output = true;
        await using IPowerSwitch power = _rig.Build();
        Assert.That((_rig.Output, await power.ReadStateAsync(token)), Is.EqualTo((true, PowerState.On)), name);
    }

    /// <summary>A driver without a rig would be one that nobody tried.</summary>
    internal static IEnumerable<string> WordsWithoutRig()
    {
        string[] rigs = [.. Rigs().Select(rig => ((string)rig.Arguments[0]!).Split(' ')[0])];
        return typeof(GpioPower).Assembly.GetTypes().SelectMany(type => type.GetCustomAttributes<DriverAttribute>())
            .Where(driver => driver.Contract == Contracts.Power && !rigs.Contains(driver.Word)).Select(driver => driver.Word);
    }

    private sealed record Plain : PowerLimits;
}

public sealed class PowerConformanceCoverage
{
    [Test]
    public void Rigs_EveryPowerDriver_HasOne() => Assert.That(PowerConformance.WordsWithoutRig(), Is.Empty);
}
