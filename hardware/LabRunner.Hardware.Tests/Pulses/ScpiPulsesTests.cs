using LabRunner.Hardware.Drivers.Pulses;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Tests.Drivers.Support;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Tests.Pulses;

/// <summary>What a generator needs besides the suite of all sources: the level before the output, and the order of frequency and width.</summary>
[CancelAfter(60_000)]
public sealed class ScpiPulsesTests
{
    private static readonly TimeSpan Width = Bl0937Model.PulseWidth;

    [Test]
    public async Task SetAsync_FirstTime_LevelForAHighImpedanceBeforeTheOutputGoesOn(CancellationToken token)
    {
        await using ScpiPulseRig rig = new();
        await rig.Source.SetAsync(PulseChannel.Cf1Voltage, new Hertz(1453), Width, token);
        FakeGenerator.Output output = rig.Generator.Outputs[1];
        using (Assert.EnterMultipleScope())
        {
            Assert.That((output.HighImpedance, output.Shape, output.High), Is.EqualTo((true, "PULS", 3.3)));
            Assert.That(rig.Generator.Heard.IndexOf("OUTP2 ON"), Is.GreaterThan(rig.Generator.Heard.IndexOf("SOUR2:FUNC:PULS:WIDT?")), "read back before it goes on");
        }
    }

    [Test]
    public async Task SetAsync_UpAndDown_WidthNeverExceedsThePeriodInBetween(CancellationToken token)
    {
        await using ScpiPulseRig rig = new();
        await rig.Source.SetAsync(PulseChannel.Cf, new Hertz(0.58), TimeSpan.FromSeconds(1), token);
        await rig.Source.SetAsync(PulseChannel.Cf, new Hertz(9_000), TimeSpan.FromMicroseconds(100), token);
        await rig.Source.SetAsync(PulseChannel.Cf, new Hertz(0.58), TimeSpan.FromSeconds(1), token);
        Assert.That((await rig.Source.ReadBackAsync(PulseChannel.Cf, token)).Frequency.Value, Is.EqualTo(0.58).Within(1e-9));
    }

    [Test]
    public async Task SetAsync_ZeroAndItStaysOn_PulseFault(CancellationToken token)
    {
        ScpiPulseRig rig = new();
        await rig.Source.SetAsync(PulseChannel.Cf, new Hertz(10), Width, token);
        rig.Generator.Stuck = true;
        await Assert.ThatAsync(
            () => rig.Source.SetAsync(PulseChannel.Cf, default, Width, token),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Pulses).And.Message.Contains("output 1 of 'generator' did not go off"));
        rig.Generator.Stuck = false;
        await rig.DisposeAsync();
    }

    [Test]
    public async Task SetAsync_ChannelWithoutOutput_ConfigurationFault(CancellationToken token)
    {
        await using ScpiPulses two = new(
            new ScpiPulsesOptions { Bus = "generator", Cf = 1, Cf1Voltage = 2 }, new FakeContext().With("generator", new FakeGenerator()));
        await Assert.ThatAsync(
            () => two.SetAsync(PulseChannel.Cf1Current, new Hertz(10), Width, token),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Configuration).And.Message.Contains("feeds Cf1Current"));
    }

    [Test]
    public void Constructor_OneOutputTwice_Refused() =>
        Assert.That(
            () => new ScpiPulses(new ScpiPulsesOptions { Bus = "generator", Cf = 1, Cf1Voltage = 1 }, new FakeContext().With("generator", new FakeGenerator())),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Configuration));
}
