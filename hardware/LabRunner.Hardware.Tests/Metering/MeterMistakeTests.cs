using LabRunner.Hardware.Drivers.Metering;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Metering;
using LabRunner.Hardware.Tests.Drivers.Support;
using LabRunner.Hardware.Tests.Plug;
using LabRunner.Hardware.Virtual;

namespace LabRunner.Hardware.Tests.Metering;

/// <summary>What an inventory can get wrong about a meter, and what its devices can say instead of figures.</summary>
[CancelAfter(60_000)]
public sealed class MeterMistakeTests
{
    [TestCase("volts,amperes", "lacks 'watts'")]
    [TestCase("volts,amperes,watts,volts", "'volts' twice")]
    [TestCase("volts,amperes,watts,kWh", "'kWh'")]
    public void Scpi_FieldsThatCannotBe_NamedWithTheRemedy(string fields, string problem) =>
        Assert.That(
            () => new ScpiMeter(new ScpiMeterOptions { Bus = "a", Fields = fields.Split(','), AccuracyPercent = 1 }, new FakeContext()),
            Throws.TypeOf<BenchFaultException>().With.Message.Contains(problem).And.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Configuration));

    [Test]
    public void Scpi_AnOrderAmongTheQuestions_Refused() => Assert.That(
        () => new ScpiMeter(new ScpiMeterOptions { Bus = "a", Ask = ["OUTP ON"], AccuracyPercent = 1 }, new FakeContext()),
        Throws.TypeOf<BenchFaultException>().With.Message.Contains("OUTP ON"));

    [Test]
    public void Command_PatternWithoutAGroup_NamesTheGroup() => Assert.That(
        () => new CommandMeter(new CommandMeterOptions { Read = "true", Matches = "(?<volts>.)(?<amperes>.)", AccuracyPercent = 1 }, new FakeContext()),
        Throws.TypeOf<BenchFaultException>().With.Message.Contains("no group watts"));

    [TestCase("echo nothing", "no figures")]
    [TestCase("echo 230 1 1e9", "watts")]
    [TestCase("echo 230 1..2 5", "amperes")]
    public async Task Command_OtherThanFigures_Fault(string read, string said, CancellationToken token)
    {
        await using CommandMeter meter = new(new CommandMeterOptions { Read = read, AccuracyPercent = 1 }, new FakeContext());
        await Assert.ThatAsync(() => meter.ReadAsync(token), Throws.TypeOf<BenchFaultException>().With.Message.Contains(said));
    }

    // A power strip with Tasmota tells lists, and a plug without a meter tells nothing.
    [TestCase("""{"StatusSNS":{"ENERGY":{"Voltage":230,"Current":[0,1],"Power":[0,230],"Total":1}}}""", "amperes")]
    [TestCase("""{"StatusSNS":{"Time":"2026-01-05T20:00:00"}}""", "no energy")]
    [TestCase("[]", "no energy")]
    [TestCase("<html>", "no energy")]
    public async Task Http_AnswerWithoutOneMeter_Fault(string body, string said, CancellationToken token)
    {
        await using QuirkyServer server = QuirkyServer.Answering(QuirkyServer.Page(body));
        await using HttpPlugMeter meter = new(new HttpPlugMeterOptions { Address = server.Address, AccuracyPercent = 1 }, new FakeContext());
        await Assert.ThatAsync(() => meter.ReadAsync(token), Throws.TypeOf<BenchFaultException>().With.Message.Contains(said));
    }

    /// <summary>The virtual plug's load, its meter chip and the reference meter before it tell one story.</summary>
    [Test]
    public void VirtualPlug_LoadThroughAChipThatReadsHigh_MeterTellsTheTruthAndPulsesDoNot()
    {
        PlugBench bench = new(c => c with { LoadWatts = 920, LineVolts = 230, LoadPowerFactor = 0.8, Gain = new VirtualChipGain(1, 1, 1.03) });
        bench.Boot();
        ReferenceReading off = bench.Plug.Mains;
        bench.Get("/cm?cmnd=Power%20ON");
        bench.Run(1);
        long before = bench.Plug.EmittedPulses(LabRunner.Hardware.Pulses.PulseChannel.Cf);
        double energy = bench.Plug.Mains.Energy!.Value.Value;
        bench.Run(360);
        long pulses = bench.Plug.EmittedPulses(LabRunner.Hardware.Pulses.PulseChannel.Cf) - before;
        ReferenceReading on = bench.Plug.Mains;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((off.Power.Value, off.Current.Value, off.Voltage.Value), Is.EqualTo((0.0, 0.0, 230.0)), "an open contact takes nothing");
            Assert.That((on.Power.Value, on.Current.Value), Is.EqualTo((920.0, 5.0)));
            Assert.That(on.Energy!.Value.Value - energy, Is.EqualTo(92).Within(1e-6), "920 W for a tenth of an hour");
            Assert.That(pulses * 1.5 / 360, Is.EqualTo(920 * 1.03).Within(0.01), "what the chip made of it");
        }
    }
}
