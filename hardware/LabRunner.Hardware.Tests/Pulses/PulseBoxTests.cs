using LabRunner.Hardware.Drivers.Pulses;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Tests.Drivers.Support;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Tests.Pulses;

/// <summary>The driver and the real firmware in the emulator: what comes out of the pins, in cycles of 8 ns.</summary>
[Category("pulse-box")]
[CancelAfter(60_000)]
public sealed class PulseBoxTests
{
    private const int CfPin = 2;
    private const int Cf1Pin = 3;
    private const int Cf1CurrentPin = 4;
    private const int SecondCfPin = 6;
    private const long Width = 4750;
    private const long CfPeriod = 937_187;
    private const long VoltagePeriod = 86_028;
    private const long CurrentPeriod = 1_608_752;
    private const double Clock = 125e6;

    // Interrupt, counting and reloading; half a pulse width, 0.03 % of a reading at 1453 Hz.
    private const long SelLatency = 500;

    private PulseBoxEmulator _box = null!;
    private SerialPulseBox _port = null!;

    [SetUp]
    public void PowerUp()
    {
        _box = new PulseBoxEmulator();
        _port = new SerialPulseBox(new SerialPulseBoxOptions { Path = _box.Port, Limit = TimeSpan.FromSeconds(20) }, new FakeContext());
    }

    [TearDown]
    public async Task PowerDown()
    {
        if (_box is not null)
        {
            await _port.DisposeAsync();
            _box.Dispose();
        }
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Set_ThreeChannels_PeriodsAndWidthsAreExact(bool everyCycle, CancellationToken token)
    {
        await using PulseBox pulses = Source();
        if (everyCycle)
        {
            _box.Slow();
        }

        await SetAsync(pulses, PulseChannel.Cf, CfPeriod, token);
        await SetAsync(pulses, PulseChannel.Cf1Current, CurrentPeriod, token);
        _box.Run(everyCycle ? 2_500_000 : 12_500_000);
        using (Assert.EnterMultipleScope())
        {
            AssertTrain(_box.Edges(CfPin), CfPeriod, everyCycle ? 2 : 12);
            AssertTrain(_box.Edges(Cf1Pin), CurrentPeriod, everyCycle ? 1 : 6);
        }
    }

    [Test]
    public async Task ReadBack_AfterSet_SaysWhatIsProgrammedAndCountsEveryPulse(CancellationToken token)
    {
        await using PulseBox pulses = Source();
        await pulses.SetAsync(PulseChannel.Cf, new Hertz(133.38), Bl0937Model.PulseWidth, token);
        _box.Run(20_000_000);
        PulseReadback back = await pulses.ReadBackAsync(PulseChannel.Cf, token);
        long emitted = _box.Edges(CfPin).Count(edge => edge.High);
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
        _box.Run(4_000_000);
        _box.Edges(Cf1Pin);
        long high = _box.Sel(0, true);
        _box.Run(1_000_000);
        OutputEdge[] voltage = _box.Edges(Cf1Pin);
        long low = _box.Sel(0, false);
        _box.Run(8_000_000);
        OutputEdge[] current = [.. _box.Edges(Cf1Pin).SkipWhile(edge => edge.Cycle < low + Width)];
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
        _box.Run(3_000_000);
        _box.Sel(0, true);
        _box.Run(6_000_000);
        using (Assert.EnterMultipleScope())
        {
            AssertTrain(_box.Edges(Cf1Pin), VoltagePeriod, 100);
            AssertTrain(_box.Edges(Cf1CurrentPin), CurrentPeriod, 5);
            Assert.That(pulses.Capabilities.FollowsSel, Is.False);
        }
    }

    [Test]
    public async Task Inverted_Outputs_IdleHighWithLowPulses(CancellationToken token)
    {
        await using PulseBox pulses = Source(new PulseBoxOptions { Box = "box", Plug = 0, Inverted = true });
        await SetAsync(pulses, PulseChannel.Cf, VoltagePeriod, token);
        _box.Edges(CfPin);
        _box.Run(1_500_000);
        OutputEdge[] mirrored = [.. _box.Edges(CfPin).Select(edge => edge with { High = !edge.High }).SkipWhile(edge => !edge.High)];
        AssertTrain(mirrored, VoltagePeriod, 10);
    }

    [Test]
    public async Task Fault_Missing_LeavesOutExactlyThosePulses(CancellationToken token)
    {
        await using PulseBox pulses = Source();
        await SetAsync(pulses, PulseChannel.Cf, CfPeriod, token);
        await pulses.FaultAsync(PulseChannel.Cf, PulseFault.Missing, 3, 2, token);
        _box.Run(CfPeriod * 16);
        long[] gaps = Periods(_box.Edges(CfPin));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(gaps.Distinct(), Is.EquivalentTo(new[] { CfPeriod, 2 * CfPeriod }), "the others stay where they were");
            Assert.That(gaps.Index().Where(gap => gap.Item == 2 * CfPeriod).Select(gap => gap.Index).ToArray() is [var first, var second] && second - first == 3, "two, three pulses apart");
            Assert.That(await pulses.CountFaultsAsync(PulseChannel.Cf, token), Is.EqualTo(new PulseFaultCount(2, 0)));
        }
    }

    [Test]
    public async Task Fault_Doubled_InsertsOnePulseAndKeepsTheGrid(CancellationToken token)
    {
        await using PulseBox pulses = Source();
        await SetAsync(pulses, PulseChannel.Cf, CfPeriod, token);
        await pulses.FaultAsync(PulseChannel.Cf, PulseFault.Doubled, 2, 1, token);
        _box.Run(CfPeriod * 8);
        OutputEdge[] edges = _box.Edges(CfPin);
        long[] rises = [.. edges.Where(edge => edge.High).Select(edge => edge.Cycle)];
        long[] gaps = Periods(edges);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(gaps.Count(gap => gap == 2 * Width), Is.EqualTo(1), "one width after the pulse");
            Assert.That(gaps.Count(gap => gap == CfPeriod - (2 * Width)), Is.EqualTo(1));
            Assert.That(gaps.Except([CfPeriod, 2 * Width, CfPeriod - (2 * Width)]), Is.Empty);
            Assert.That(edges.Zip(edges.Skip(1)).Where(pair => pair.First.High).Select(pair => pair.Second.Cycle - pair.First.Cycle), Is.All.EqualTo(Width));
            Assert.That(await pulses.CountFaultsAsync(PulseChannel.Cf, token), Is.EqualTo(new PulseFaultCount(0, 1)));
            Assert.That(rises, Has.Length.GreaterThan(7));
        }
    }

    [Test]
    public async Task Watchdog_SilentHost_PulsesStopAfterItsLimit(CancellationToken token)
    {
        await using PulseBox pulses = Source();
        await SetAsync(pulses, PulseChannel.Cf, CfPeriod, token);
        await _port.AskAsync("WATCH 100", token);
        long heard = _box.Run(0);
        _box.Edges(CfPin);
        _box.Run(50_000_000);
        OutputEdge[] edges = _box.Edges(CfPin);
        PulseReadback back = await pulses.ReadBackAsync(PulseChannel.Cf, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(edges[^1].Cycle - heard, Is.InRange(10_000_000, 12_750_000), "100 ms, a tick of 1 ms, less the 2 ms in which the command was answered");
            Assert.That(edges[^1].High, Is.False, "the last pulse ended");
            Assert.That(back.Frequency.Value, Is.Zero, "and the box says so");
            Assert.That((await _port.AskAsync("STATE", token)).Fields["trips"], Is.EqualTo(1));
        }
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

        _box.Edges(CfPin);
        _box.Edges(SecondCfPin);
        _box.Run(2_500_000);
        using (Assert.EnterMultipleScope())
        {
            AssertTrain(_box.Edges(CfPin), 12_500, 195);
            AssertTrain(_box.Edges(SecondCfPin), 12_500, 195);
            Assert.That((await _port.AskAsync("STATE", token)).Fields["late"], Is.Zero);
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
            _box.Run(12_500_000);
        }

        long[] gaps = Periods(_box.Edges(CfPin));
        Assert.That(gaps, Is.Not.Empty.And.All.EqualTo(125_000_000).Within(SelLatency), "to the 1 µs of the box's clock and the time a change takes");
    }

    [Test]
    public async Task Disposed_Source_ItsPulsesStop(CancellationToken token)
    {
        PulseBox pulses = Source();
        await SetAsync(pulses, PulseChannel.Cf, VoltagePeriod, token);
        await pulses.DisposeAsync();
        _box.Edges(CfPin);
        _box.Run(1_000_000);
        Assert.That(_box.Edges(CfPin), Is.Empty);
    }

    [Test]
    public async Task Replugged_SerialAdapter_OneFaultThenSettingsAndCountGoOn(CancellationToken token)
    {
        SerialPulseBox port = new(new SerialPulseBoxOptions { Path = Link(), Limit = TimeSpan.FromSeconds(20) }, new FakeContext());
        await using PulseBox pulses = new(new PulseBoxOptions { Box = "box", Plug = 0 }, new FakeContext().With("box", port));
        await SetAsync(pulses, PulseChannel.Cf, CfPeriod, token);
        _box.Run(10_000_000);
        _box.Replug();
        Link();
        await Assert.ThatAsync(
            () => pulses.ReadBackAsync(PulseChannel.Cf, token),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Serial).And.Message.Contains("Plug it in again"));
        _box.Run(10_000_000);
        PulseReadback back = await pulses.ReadBackAsync(PulseChannel.Cf, token);
        _box.Run(1);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(back.Frequency.Value, Is.EqualTo(Clock / CfPeriod).Within(1e-9));
            Assert.That(back.Emitted, Is.EqualTo(_box.Edges(CfPin).Count(edge => edge.High)).Within(1), "what came while it was unplugged is counted");
        }

        await pulses.DisposeAsync();
        await port.DisposeAsync();
    }

    // What was under way at the cut is lost, and each loss is known after the driver's 20 s. Alone: the box stops its outputs when the host says
    // nothing for 300 ms, which a host that has to share its cores does.
    [Test]
    [Category("alone")]
    [CancelAfter(240_000)]
    public async Task PowerCycled_Box_KeepAliveNoticesAndSettingsComeBack(CancellationToken token)
    {
        await using SerialPulseBox port = new(
            new SerialPulseBoxOptions { Path = _box.Port, Limit = TimeSpan.FromSeconds(20), Watchdog = TimeSpan.FromMilliseconds(300) }, new FakeContext());
        await using PulseBox pulses = new(new PulseBoxOptions { Box = "box", Plug = 0 }, new FakeContext().With("box", port));
        await SetAsync(pulses, PulseChannel.Cf, CfPeriod, token);
        TaskCompletionSource heard = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int states = 0;
        _box.Wire = bytes =>
        {
            if (System.Text.Encoding.ASCII.GetString(bytes).Contains("uptime=", StringComparison.Ordinal) && ++states == 2)
            {
                heard.TrySetResult();
            }

            return bytes;
        };
        await heard.Task.WaitAsync(token);
        _box.PowerCycle();
        PulseReadback back;
        do
        {
            back = await pulses.ReadBackAsync(PulseChannel.Cf, token);
        }
        while (back.Frequency.Value == 0);

        Assert.That(back.Frequency.Value, Is.EqualTo(Clock / CfPeriod).Within(1e-9));
    }

    [Test]
    public async Task Ask_DamagedAnswers_SecondTrySucceedsAndTwoAreAFault(CancellationToken token)
    {
        await _port.AskAsync("ID", token);
        int damage = 1;
        _box.Wire = bytes => damage-- > 0 ? [.. bytes.Select((value, at) => at == 4 ? (byte)'?' : value)] : bytes;
        await Assert.ThatAsync(() => _port.AskAsync("STATE", token), Throws.Nothing);
        damage = 2;
        await Assert.ThatAsync(
            () => _port.AskAsync("STATE", token), Throws.TypeOf<BenchFaultException>().With.Message.Contains("damaged (checksum), 2 times running"));
    }

    [TestCase("SET 0 CF 100 50", "period is 12500 to 2147483647 cycles")]
    [TestCase("SET 0 CF 937187 937000", "width and the rest of the period are 1250 cycles or more")]
    [TestCase("SET 2 CF 0 0", "plug is 0 or 1")]
    [TestCase("SET 0 CF2 0 0", "channel is CF, CF1V or CF1I")]
    [TestCase("SET 0 CF 99999999999 1", "SET <plug> <channel> <period> <width>")]
    [TestCase("FAULT 0 CF DOUBLE 1 1", "a second pulse does not fit")]
    [TestCase("FAULT 0 CF DROP 0 1", "every is 1 or more")]
    [TestCase("WATCH 3600001", "watchdog is 0 to 3600000 ms")]
    [TestCase("CONF 0 1 1 0 101", "phase is 0 to 100 percent")]
    [TestCase("REBOOT", "commands are ID, SET, GET, FAULT, CONF, STATE and WATCH")]
    public async Task Ask_NonsenseCommand_TheBoxNamesTheReason(string command, string reason, CancellationToken token) =>
        await Assert.ThatAsync(
            () => _port.AskAsync(command, token),
            Throws.TypeOf<BenchFaultException>().With.Message.Contains(reason).And.Message.Contains(command));

    private static void AssertTrain(OutputEdge[] edges, long period, int atLeast)
    {
        OutputEdge[] train = [.. edges.SkipWhile(edge => !edge.High)];
        Assert.That(Periods(train), Has.Length.GreaterThanOrEqualTo(atLeast).And.All.EqualTo(period), "periods in cycles");
        Assert.That(
            train.Zip(train.Skip(1)).Where(pair => pair.First.High).Select(pair => pair.Second.Cycle - pair.First.Cycle), Is.All.EqualTo(Width), "38.000 µs in cycles");
    }

    private static long[] Periods(OutputEdge[] edges)
    {
        long[] rises = [.. edges.Where(edge => edge.High).Select(edge => edge.Cycle)];
        return [.. rises.Zip(rises.Skip(1)).Select(pair => pair.Second - pair.First)];
    }

    private static Task SetAsync(PulseBox pulses, PulseChannel channel, long period, CancellationToken token) =>
        pulses.SetAsync(channel, new Hertz(Clock / period), Bl0937Model.PulseWidth, token);

    private PulseBox Source(PulseBoxOptions? options = null) =>
        new(options ?? new PulseBoxOptions { Box = "box", Plug = 0 }, new FakeContext().With("box", _port));

    /// <summary>A stable name for the port, as /dev/serial/by-id gives; made anew it points at the port of now.</summary>
    private string Link()
    {
        string link = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"pulse-box-{TestContext.CurrentContext.Test.ID}");
        File.Delete(link);
        File.CreateSymbolicLink(link, _box.Port);
        return link;
    }
}
