using System.Device.Gpio;
using System.Threading.Channels;
using LabRunner.Hardware.Drivers.Gpio;
using LabRunner.Hardware.Drivers.Sensing;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Lines;
using LabRunner.Hardware.Tests.Drivers.Support;

namespace LabRunner.Hardware.Tests.Gpio;

/// <summary>What the driver of the kernel's character device promises beyond <see cref="GpioController"/>: on a simulated kernel and on a real one.</summary>
internal abstract class CdevConformance : GpioConformance
{
    protected ICdevRig Rig { get; private set; } = null!;

    private CdevGpioDriver Driver => (CdevGpioDriver)Rig.Driver;

    [TestCase(false)]
    [TestCase(true)]
    public void Output_Opened_NoClick(bool activeLow)
    {
        Rig.PullOutput(activeLow);
        BenchLine? line = null;
        IReadOnlyList<bool> opening = Rig.OutputLevels(() => line = BenchLine.Output(Context(), Options(activeLow)));
        IReadOnlyList<bool> working = Rig.OutputLevels(() =>
        {
            line!.Set(true);
            line.Set(false);
        });
        line!.Dispose();
        Assert.That(opening, Is.EqualTo(new[] { activeLow }), "opening an inactive line changes nothing");
        Assert.That(working, Is.EqualTo(new[] { activeLow, !activeLow, activeLow }));
    }

    [Test]
    public void Line_ByName_IsFoundAndUnknownOnesAreTold()
    {
        using BenchLine line = BenchLine.Input(Context(), Input(Rig.InputName));
        Rig.Drive(true);
        Assert.That(line.Read(), Is.True);
        Assert.That(
            () => BenchLine.Input(Context(), Input("NO_SUCH_LINE")),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Configuration)
                .And.Message.Contains("chip 'pi' has no line 'NO_SUCH_LINE'"));
    }

    [Test]
    public void Line_HeldByAnother_FaultNamesTheConsumer() =>
        Assert.That(
            () => BenchLine.Output(Context(), new OutputOptions { Chip = "pi", Line = Rig.HeldLine }),
            Throws.TypeOf<BenchFaultException>().With.Message.Contains("in use by 'somebody else'"));

    [Test]
    public void Line_Open_ShowsItsSlotAsConsumer()
    {
        using BenchLine line = BenchLine.Input(Context(), Input(Rig.InputName));
        Assert.That(Rig.InputConsumer, Is.EqualTo("labrunner slot p1"));
    }

    [TestCase("Up", true)]
    [TestCase("Down", false)]
    public void Input_Bias_PullsTheLine(string bias, bool level)
    {
        Rig.Drive(!level);
        using BenchLine line = BenchLine.Input(Context(), Input(Rig.InputName) with { Bias = Enum.Parse<LineBias>(bias) });
        Assert.That((line.Read(), Rig.InputLevel), Is.EqualTo((level, level)));
    }

    [Test]
    public void OpenDrain_HeldLowByAnother_IsNotBelieved()
    {
        // Nothing pulls the line up: let go, it stays low.
        using BenchLine line = BenchLine.Output(Context(), Options(activeLow: false) with { Drive = LineDrive.OpenDrain });
        Assert.That(Rig.OutputLevel, Is.False);
        Assert.That(
            () => line.Set(true),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Gpio).And.Message.Contains("did not go high"));
    }

    [Test]
    public async Task Edges_Paced_StampedNumberedNoneLost(CancellationToken token)
    {
        Rig.Drive(false);
        Controller.OpenPin(Rig.Input, PinMode.Input);
        Channel<LineEdge> edges = Channel.CreateUnbounded<LineEdge>();
        using IDisposable watch = Driver.Watch(Rig.Input, edge => edges.Writer.TryWrite(edge));
        for (uint i = 1; i <= 200; i++)
        {
            long before = TimeProvider.System.GetTimestamp();
            Rig.Drive(i % 2 == 1);
            LineEdge edge = await edges.Reader.ReadAsync(token);
            Assert.That(edge with { MonotonicNanoseconds = 0 }, Is.EqualTo(new LineEdge(Rig.Input, i % 2 == 1, 0, i)));
            Assert.That(edge.MonotonicNanoseconds, Is.InRange(before, TimeProvider.System.GetTimestamp()), "the kernel's clock is the run's");
        }
    }

    [Test]
    public async Task Edges_OfTwoLines_ComeOnOneThreadEachWithItsOwnNumbers(CancellationToken token)
    {
        Rig.Drive(false);
        Rig.PullOutput(false);
        Channel<(LineEdge Edge, int Thread)> edges = Channel.CreateUnbounded<(LineEdge, int)>();
        Action<bool>[] drive = [Rig.Drive, Rig.PullOutput];
        int[] lines = [Rig.Input, Rig.Output];
        IDisposable[] watches = [.. lines.Select(line =>
        {
            Controller.OpenPin(line, PinMode.Input);
            return Driver.Watch(line, edge => edges.Writer.TryWrite((edge, Environment.CurrentManagedThreadId)));
        })];
        HashSet<int> threads = [];
        for (uint i = 1; i <= 20; i++)
        {
            for (int line = 0; line < lines.Length; line++)
            {
                drive[line](i % 2 == 1);
                (LineEdge edge, int thread) = await edges.Reader.ReadAsync(token);
                threads.Add(thread);
                Assert.That(edge with { MonotonicNanoseconds = 0 }, Is.EqualTo(new LineEdge(lines[line], i % 2 == 1, 0, i)));
            }
        }

        Array.ForEach(watches, watch => watch.Dispose());
        Assert.That(threads, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Edges_OfTimeWithoutAWatcher_AreNotTold(CancellationToken token)
    {
        Rig.Drive(false);
        Controller.OpenPin(Rig.Input, PinMode.Input);
        Channel<LineEdge> edges = Channel.CreateUnbounded<LineEdge>();
        Driver.Watch(Rig.Input, edge => edges.Writer.TryWrite(edge)).Dispose();
        Rig.Drive(true);
        using IDisposable second = Driver.Watch(Rig.Input, edge => edges.Writer.TryWrite(edge));
        Rig.Drive(false);
        Assert.That((await edges.Reader.ReadAsync(token)).Rising, Is.False);
    }

    [Test]
    public async Task Edges_BurstPastTheBuffer_LossIsCounted(CancellationToken token)
    {
        Rig.Drive(false);
        Controller.OpenPin(Rig.Input, PinMode.Input);
        Channel<LineEdge> edges = Channel.CreateUnbounded<LineEdge>();
        using ManualResetEventSlim release = new();
        using ManualResetEventSlim held = new();
        using IDisposable watch = Driver.Watch(Rig.Input, edge =>
        {
            edges.Writer.TryWrite(edge);
            held.Set();
            release.Wait(token);
        });
        bool level = false;
        void Toggle() => Rig.Drive(level = !level);
        Toggle();
        held.Wait(token);
        for (int i = 0; i < 3000; i++)
        {
            Toggle();
        }

        release.Set();

        // What is in the buffer is told first; the edges after it show that nothing else was lost.
        List<LineEdge> told = [await edges.Reader.ReadAsync(token)];
        while (told.Sum(edge => edge.Lost) == 0)
        {
            told.Add(await edges.Reader.ReadAsync(token));
        }

        uint lost = told[^1].Lost;
        uint sequence = told[^1].Sequence;
        for (int i = 0; i < 1023; i++)
        {
            LineEdge edge = await edges.Reader.ReadAsync(token);
            Assert.That((edge.Lost, edge.Sequence), Is.EqualTo((0u, ++sequence)));
        }

        await TestContext.Out.WriteLineAsync($"{sequence} edges, {lost} lost and counted");
        Assert.That(lost, Is.GreaterThan(0u));
        Assert.That(told.Count + 1023 + lost, Is.EqualTo(sequence), "told and lost are all there were");
    }

    [Test]
    public void Mode_OutputWithoutLevel_KeepsTheLine()
    {
        Controller.OpenPin(Rig.Output, PinMode.Output, PinValue.High);
        IReadOnlyList<bool> levels = Rig.OutputLevels(() => Controller.SetPinMode(Rig.Output, PinMode.Output));
        Assert.That(levels, Is.EqualTo(new[] { true }));
    }

    [Test]
    public void Close_FromItsOwnCallback_DoesNotHang()
    {
        Rig.Drive(false);
        Controller.OpenPin(Rig.Input, PinMode.Input);
        using ManualResetEventSlim closed = new();
        Controller.RegisterCallbackForPinValueChangedEvent(Rig.Input, PinEventTypes.Rising, (_, _) =>
        {
            Controller.ClosePin(Rig.Input);
            closed.Set();
        });
        Rig.Drive(true);
        Assert.That(closed.Wait(TimeSpan.FromSeconds(10)), "closed");
    }

    protected override async Task<IGpioRig> MakeAsync() => Rig = await MakeCdevAsync();

    protected abstract Task<ICdevRig> MakeCdevAsync();

    protected FakeContext Context() => new FakeContext().With("pi", Controller).With("pi", Driver);

    protected static GpioRelaySenseOptions Input(string name) => new() { Chip = "pi", Line = LineId.TryParse(name, out LineId line) ? line : throw new FormatException(name) };

    private OutputOptions Options(bool activeLow) => new() { Chip = "pi", Line = Rig.Output, ActiveLow = activeLow };
}
