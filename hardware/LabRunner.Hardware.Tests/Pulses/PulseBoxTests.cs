using LabRunner.Hardware.Drivers.Pulses;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Tests.Pulses;

/// <summary>Trains of pulses: periods, widths, SEL, two plugs at once.</summary>
[CancelAfter(60_000)]
public sealed class PulseBoxTests : PulseBoxFixture
{
    private const int Cf1Pin = 3;
    private const int Cf1CurrentPin = 4;
    private const int SecondCfPin = 6;
    private const long CurrentPeriod = 1_608_752;

    // Interrupt, counting and reloading; half a pulse width, 0.03 % of a reading at 1453 Hz.
    private const long SelLatency = 500;

    [TestCase(false)]
    [TestCase(true)]
    public async Task Set_ThreeChannels_PeriodsAndWidthsAreExact(bool everyCycle, CancellationToken token)
    {
        await using PulseBox pulses = Source();
        if (everyCycle)
        {
            Box.Slow();
        }

        await SetAsync(pulses, PulseChannel.Cf, CfPeriod, token);
        await SetAsync(pulses, PulseChannel.Cf1Current, CurrentPeriod, token);
        Box.Run(everyCycle ? 2_500_000 : 12_500_000);
        using (Assert.EnterMultipleScope())
        {
            AssertTrain(Box.Edges(CfPin), CfPeriod, everyCycle ? 2 : 12);
            AssertTrain(Box.Edges(Cf1Pin), CurrentPeriod, everyCycle ? 1 : 6);
        }
    }

    [Test]
    public async Task ReadBack_AfterSet_SaysWhatIsProgrammedAndCountsEveryPulse(CancellationToken token)
    {
        await using PulseBox pulses = Source();
        await pulses.SetAsync(PulseChannel.Cf, new Hertz(133.38), Bl0937Model.PulseWidth, token);
        Box.Run(20_000_000);
        PulseReadback back = await pulses.ReadBackAsync(PulseChannel.Cf, token);
        long emitted = Box.Edges(CfPin).Count(edge => edge.High);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(back.Frequency.Value, Is.EqualTo(Clock / 937_172).Within(1e-9), "133.38 Hz is 937172 cycles");
            Assert.That(back.Width, Is.EqualTo(TimeSpan.FromMicroseconds(38)));
            Assert.That(back.Emitted, Is.EqualTo(emitted).Or.EqualTo(emitted - 1), "one may have come while the answer was sent");
            Assert.That(emitted, Is.GreaterThan(20));
        }
    }

    [TestCase(0)]
    [TestCase(50)]
    public async Task Sel_Changes_FirstEdgeOfTheOtherFrequencyComesAtItsPhase(int phase, CancellationToken token)
    {
        await using PulseBox pulses = Source(new PulseBoxOptions { Box = "box", Plug = 0, Phase = phase });
        await SetAsync(pulses, PulseChannel.Cf1Voltage, VoltagePeriod, token);
        await SetAsync(pulses, PulseChannel.Cf1Current, CurrentPeriod, token);
        Box.Run(4_000_000);
        Box.Edges(Cf1Pin);
        long high = Box.Sel(0, true);
        Box.Run(1_000_000);
        OutputEdge[] voltage = Box.Edges(Cf1Pin);
        long low = Box.Sel(0, false);
        Box.Run(8_000_000);
        OutputEdge[] current = [.. Box.Edges(Cf1Pin).SkipWhile(edge => edge.Cycle < low + Width)];
        long toVoltage = voltage[0].Cycle - high - (VoltagePeriod / 100 * phase);
        long toCurrent = current[0].Cycle - low - (CurrentPeriod / 100 * phase);
        TestContext.Out.WriteLine($"SEL to first edge, beyond {phase} % of the period: {toVoltage} cycles to voltage, {toCurrent} cycles to current");
        using (Assert.EnterMultipleScope())
        {
            AssertTrain(voltage, VoltagePeriod, 10);
            AssertTrain(current, CurrentPeriod, 3);
            Assert.That(toVoltage, Is.InRange(1, SelLatency));
            Assert.That(toCurrent, Is.InRange(1, SelLatency + Width), "a pulse in progress ends first");
        }
    }

    [Test]
    public async Task Split_BothFrequencies_HaveAPinEachAndIgnoreSel(CancellationToken token)
    {
        await using PulseBox pulses = Source(new PulseBoxOptions { Box = "box", Plug = 0, Split = true });
        await SetAsync(pulses, PulseChannel.Cf1Voltage, VoltagePeriod, token);
        await SetAsync(pulses, PulseChannel.Cf1Current, CurrentPeriod, token);
        Box.Run(3_000_000);
        Box.Sel(0, true);
        Box.Run(6_000_000);
        using (Assert.EnterMultipleScope())
        {
            AssertTrain(Box.Edges(Cf1Pin), VoltagePeriod, 100);
            AssertTrain(Box.Edges(Cf1CurrentPin), CurrentPeriod, 5);
            Assert.That(pulses.Capabilities.FollowsSel, Is.False);
        }
    }

    [Test]
    public async Task Inverted_Outputs_IdleHighWithLowPulses(CancellationToken token)
    {
        await using PulseBox pulses = Source(new PulseBoxOptions { Box = "box", Plug = 0, Inverted = true });
        await SetAsync(pulses, PulseChannel.Cf, VoltagePeriod, token);
        Box.Edges(CfPin);
        Box.Run(1_500_000);
        OutputEdge[] mirrored = [.. Box.Edges(CfPin).Select(edge => edge with { High = !edge.High }).SkipWhile(edge => !edge.High)];
        AssertTrain(mirrored, VoltagePeriod, 10);
    }

    [Test]
    public async Task TwoPlugs_OneBox_BothAtFullSpeedAndNoPulseIsLate(CancellationToken token)
    {
        await using PulseBox first = Source();
        await using PulseBox second = Source(new PulseBoxOptions { Box = "box", Plug = 1 });
        foreach (PulseBox pulses in (PulseBox[])[first, second])
        {
            foreach (PulseChannel channel in Enum.GetValues<PulseChannel>())
            {
                await pulses.SetAsync(channel, new Hertz(10_000), TimeSpan.FromMicroseconds(38), token);
            }
        }

        Box.Edges(CfPin);
        Box.Edges(SecondCfPin);
        Box.Run(2_500_000);
        using (Assert.EnterMultipleScope())
        {
            AssertTrain(Box.Edges(CfPin), 12_500, 195);
            AssertTrain(Box.Edges(SecondCfPin), 12_500, 195);
            Assert.That((await Port.AskAsync("STATE", token)).Fields["late"], Is.Zero);
        }
    }

    [Test]
    public async Task Set_WhileRunning_KeepsTheTimeSinceTheLastPulse(CancellationToken token)
    {
        await using PulseBox pulses = Source();
        await SetAsync(pulses, PulseChannel.Cf, 125_000_000, token);
        for (int i = 0; i < 20; i++)
        {
            // Changed ten times a period: it must still emit, or a slow ramp would be silence.
            await SetAsync(pulses, PulseChannel.Cf, 125_000_000 + i, token);
            Box.Run(12_500_000);
        }

        long[] gaps = Periods(Box.Edges(CfPin));
        Assert.That(gaps, Is.Not.Empty.And.All.EqualTo(125_000_000).Within(SelLatency), "to the 1 µs of the box's clock and the time a change takes");
    }

    [Test]
    public async Task Disposed_Source_ItsPulsesStop(CancellationToken token)
    {
        PulseBox pulses = Source();
        await SetAsync(pulses, PulseChannel.Cf, VoltagePeriod, token);
        await pulses.DisposeAsync();
        Box.Edges(CfPin);
        Box.Run(1_000_000);
        Assert.That(Box.Edges(CfPin), Is.Empty);
    }
}
