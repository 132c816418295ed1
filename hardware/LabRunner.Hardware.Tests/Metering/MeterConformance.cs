using System.Reflection;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Metering;
using LabRunner.Hardware.Units;
using LabRunner.Hardware.Virtual;

namespace LabRunner.Hardware.Tests.Metering;

/// <summary>What every reference meter must do.</summary>
[TestFixtureSource(nameof(Rigs))]
[CancelAfter(60_000)]
internal sealed class MeterConformance(string name, Func<MeterRig> make)
{
    private MeterRig _rig = null!;

    public static IEnumerable<TestFixtureData> Rigs() =>
    [
        Rig("harness", () => new HarnessMeterRig()), Rig("command", () => new CommandMeterRig()), Rig("scpi over TCP", () => new ScpiTcpMeterRig()),
        Rig("scpi over serial", () => new ScpiSerialMeterRig()), Rig("http Tasmota", () => new TasmotaMeterRig()), Rig("http OpenBeken", () => new OpenBekenMeterRig()),
    ];

    [SetUp]
    public Task Start()
    {
        _rig = make();
        return _rig.StartAsync();
    }

    [TearDown]
    public async Task Stop() => await _rig.DisposeAsync();

    [Test]
    public async Task Read_TwoLoads_EachFigureInItsUnit(CancellationToken token)
    {
        await using IReferenceMeter meter = _rig.Build();
        ReferenceReading first = await meter.ReadAsync(token);
        (double volts, double amperes, double watts, double wattHours) = _rig.Load;
        Expect(first);
        _rig.Load = (volts - 3.5, amperes * 40, watts * 39, wattHours + 17.25);
        (_rig as CommandMeterRig)?.Write();
        Expect(await meter.ReadAsync(token));

        void Expect(ReferenceReading reading)
        {
            using (Assert.EnterMultipleScope())
            {
                Assert.That(reading.Voltage.Value, Is.EqualTo(_rig.Load.Volts).Within(1e-9), name);
                Assert.That(reading.Current.Value, Is.EqualTo(_rig.Load.Amperes).Within(1e-9));
                Assert.That(reading.Power.Value, Is.EqualTo(_rig.Load.Watts).Within(1e-9));
                Assert.That(reading.Energy?.Value, _rig.CountsEnergy ? Is.EqualTo(_rig.Load.WattHours).Within(1e-6) : Is.Null);
                Assert.That(reading.PowerFactor, Is.EqualTo(_rig.Load.Watts / _rig.Load.Volts / _rig.Load.Amperes).Within(1e-9));
            }
        }
    }

    [Test]
    public async Task Accuracy_ShareAndFixedPart_AddUp(CancellationToken token)
    {
        await using IReferenceMeter meter = _rig.Build();
        ReferenceReading reading = await meter.ReadAsync(token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(meter.Accuracy.Of(reading.Power), Is.EqualTo((_rig.Load.Watts * 0.001) + 0.05).Within(1e-9), name);
            Assert.That(meter.Accuracy.Of(new Volts(-230)), Is.EqualTo(0.23).Within(1e-9));
            Assert.That(meter.Accuracy.Of(new Amperes(10)), Is.EqualTo(0.01).Within(1e-9));
        }
    }

    [Test]
    public async Task Read_DeviceGone_FaultThatNamesTheSlot(CancellationToken token)
    {
        await using IReferenceMeter meter = _rig.Build();
        await meter.ReadAsync(token);
        await _rig.VanishAsync();
        await Assert.ThatAsync(
            () => meter.ReadAsync(token), Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Place)).Contains("p1"), name);
    }

    [Test]
    public async Task Read_Overload_FaultAndNoFigure(CancellationToken token)
    {
        if (!_rig.Overloads)
        {
            Assert.Ignore("The virtual meter has no range that could overload.");
        }

        _rig.Load = _rig.Load with { Watts = double.PositiveInfinity };
        await using IReferenceMeter meter = _rig.Build();
        await Assert.ThatAsync(() => meter.ReadAsync(token), Throws.TypeOf<BenchFaultException>().With.Message.Contains("watts"), name);
    }

    [Test]
    public async Task Read_Cancelled_Ends()
    {
        await using IReferenceMeter meter = _rig.Build();
        await Assert.ThatAsync(() => meter.ReadAsync(new CancellationToken(true)), Throws.InstanceOf<OperationCanceledException>(), name);
    }

    /// <summary>A driver without a rig would be one that nobody tried.</summary>
    internal static IEnumerable<string> WordsWithoutRig()
    {
        string[] rigs = [.. Rigs().Select(rig => ((string)rig.Arguments[0]!).Split(' ')[0])];
        return from type in typeof(LabRunner.Hardware.Drivers.Metering.ScpiMeter).Assembly.GetTypes().Concat(typeof(VirtualBenchConfig).Assembly.GetTypes())
               from driver in type.GetCustomAttributes<DriverAttribute>()
               where driver.Contract == Contracts.Meter && !rigs.Contains(driver.Word)
               select driver.Word;
    }

    private static TestFixtureData Rig(string name, Func<MeterRig> make) => new TestFixtureData(name, make).SetArgDisplayNames(name);
}

public sealed class MeterConformanceCoverage
{
    [Test]
    public void Rigs_EveryMeterDriver_HasOne() => Assert.That(MeterConformance.WordsWithoutRig(), Is.Empty);
}
