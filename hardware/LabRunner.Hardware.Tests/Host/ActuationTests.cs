using System.Device.Gpio;
using System.Threading.Channels;
using LabRunner.Hardware.Buttons;
using LabRunner.Hardware.Drivers.Buttons;
using LabRunner.Hardware.Drivers.Power;
using LabRunner.Hardware.Drivers.Sensing;
using LabRunner.Hardware.Lines;
using LabRunner.Hardware.Sensing;
using LabRunner.Hardware.Tests.Drivers.Support;
using LabRunner.Hardware.Virtual;
using LabRunner.Hardware.Virtual.Harness;

namespace LabRunner.Hardware.Tests.Host;

/// <summary>Presses and contact edges over the harness's socket, compared with the stamps that they have inside.</summary>
[TestFixture(1.0)]
[TestFixture(20.0)]
[CancelAfter(60_000)]
internal sealed class ActuationTests(double scale)
{
    private TemporaryFolder _folder = null!;
    private RunningEngine _engine = null!;
    private FakeHarnessPlug _plug = null!;
    private HarnessBoard _board = null!;
    private HarnessServer _server = null!;
    private HarnessGpioChip _chip = null!;
    private HarnessGpioChip _inside = null!;
    private FakeContext _context = null!;

    [SetUp]
    public void Start()
    {
        _folder = new TemporaryFolder();
        _engine = new RunningEngine(scale);
        _plug = new FakeHarnessPlug("p1");
        _board = new HarnessBoard([_plug], _engine.Clock.ToMonotonicNanoseconds, () => _engine.Engine.Now);
        string socket = _folder.File("harness.sock");
        _server = new HarnessServer(socket, _board, _engine.Engine.Post);
        _chip = new HarnessGpioChip(new HarnessGpioChip.Options { Socket = socket }, new HarnessContext(_engine.Clock));
        _inside = new HarnessGpioChip(new HarnessGpioChip.Options { Socket = socket }, new HarnessContext(_engine.Clock));
        _context = new FakeContext(_engine.Clock).With("pi", new GpioController(_chip.Driver)).With("pi", (ILineEdges)_chip.Driver);
    }

    [TearDown]
    public async Task Stop()
    {
        await _chip.DisposeAsync();
        await _inside.DisposeAsync();
        await _server.DisposeAsync();
        await _engine.DisposeAsync();
        _folder.Dispose();
    }

    [TestCase(3, 120, 150)]
    [TestCase(5, 90, 90)]
    public async Task PressTimes_GapsInside_NeverEarlyAndWhereTheStampsSay(int count, int pressMs, int gapMs, CancellationToken token)
    {
        (TimeSpan press, TimeSpan gap) = (TimeSpan.FromMilliseconds(pressMs) * scale, TimeSpan.FromMilliseconds(gapMs) * scale);
        await CompareAsync(
            button => button.PressTimesAsync(count, press, gap, _engine.Clock, token),
            [.. Enumerable.Range(0, count).SelectMany(i => new[] { (press + gap) * i, ((press + gap) * i) + press })], token);
    }

    [Test]
    public async Task Bounce_EdgesInside_AreAllThereAndTheLastPressRests(CancellationToken token)
    {
        TimeSpan interval = TimeSpan.FromMilliseconds(4) * scale;
        TimeSpan press = TimeSpan.FromMilliseconds(200) * scale;
        await CompareAsync(
            button => button.BounceAsync(6, interval, press, _engine.Clock, token), [.. Enumerable.Range(0, 7).Select(i => interval * i), (interval * 6) + press], token);
    }

    [Test]
    public async Task HoldThroughPowerUp_Inside_PushedBeforePowerAndLetGoAfter(CancellationToken token)
    {
        Channel<LineEdge> edges = Watch(HarnessLines.Button, HarnessLines.Power);
        await using GpioButton button = new(new GpioButtonOptions { Chip = "pi", Line = HarnessLines.Button }, _context);
        await using GpioPower power = new(new GpioPowerOptions { Chip = "pi", Line = HarnessLines.Power }, _context);
        TimeSpan after = TimeSpan.FromMilliseconds(150) * scale;
        await button.HoldThroughPowerUpAsync(power, after, _engine.Clock, token);
        List<LineEdge> seen = [];
        while (seen.Count < 3)
        {
            seen.Add(await edges.Reader.ReadAsync(token));
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                seen.Select(e => (e.Line, e.Rising)),
                Is.EqualTo(new[] { (HarnessLines.Button, true), (HarnessLines.Power, true), (HarnessLines.Button, false) }));
            Assert.That(_engine.Clock.At(seen[2].MonotonicNanoseconds) - _engine.Clock.At(seen[1].MonotonicNanoseconds), Is.GreaterThanOrEqualTo(after));
        }
    }

    [Test]
    public async Task PressTimes_CancelledInTheMiddle_IsLetGo(CancellationToken token)
    {
        await using GpioButton button = new(new GpioButtonOptions { Chip = "pi", Line = HarnessLines.Button }, _context);
        using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(token);
        Task presses = button.PressTimesAsync(100, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1), _engine.Clock, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThatAsync(() => presses, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(_plug.Driven(HarnessLines.Button), Is.False);
    }

    /// <summary>What the report says of a contact's gap rests on this: edges cross the seam with the stamps they had inside.</summary>
    [TestCase(0.5)]
    [TestCase(23.4)]
    [TestCase(498.7)]
    public async Task ContactGap_KnownInside_SeenToATenthOfAMillisecond(double gapMs, CancellationToken token)
    {
        await using GpioRelaySense sense = new(new GpioRelaySenseOptions { Chip = "pi", Line = HarnessLines.Contact }, _context);
        Channel<ContactEdge> edges = Channel.CreateUnbounded<ContactEdge>();
        sense.Edge += edge => edges.Writer.TryWrite(edge);
        TimeSpan opens = await _engine.GetAsync(() => _engine.Engine.Now);
        TimeSpan closes = opens + TimeSpan.FromMilliseconds(gapMs);
        await _engine.DoAsync(() =>
        {
            _board.InputChanged(0, HarnessLines.Contact, opens, false);
            _board.InputChanged(0, HarnessLines.Contact, closes, true);
        });
        ContactEdge opened = await edges.Reader.ReadAsync(token);
        ContactEdge closed = await edges.Reader.ReadAsync(token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((opened.Closed, closed.Closed), Is.EqualTo((false, true)));
            Assert.That((closed.At - opened.At).TotalMilliseconds, Is.EqualTo(gapMs).Within(0.1));
            Assert.That((opened.At - opens).TotalMilliseconds, Is.Zero.Within(0.1));
        }
    }

    private async Task CompareAsync(Func<GpioButton, Task<IReadOnlyList<ButtonEdge>>> act, TimeSpan[] schedule, CancellationToken token)
    {
        Channel<LineEdge> edges = Watch(HarnessLines.Button);
        await using GpioButton button = new(new GpioButtonOptions { Chip = "pi", Line = HarnessLines.Button }, _context);
        IReadOnlyList<ButtonEdge> told = await act(button);
        Assert.That(told.Select(e => e.Pressed), Is.EqualTo(schedule.Select((_, i) => i % 2 == 0)));
        TimeSpan first = default;
        using (Assert.EnterMultipleScope())
        {
            for (int i = 0; i < told.Count; i++)
            {
                LineEdge inside = await edges.Reader.ReadAsync(token);
                TimeSpan at = _engine.Clock.At(inside.MonotonicNanoseconds);
                first = i == 0 ? at : first;
                Assert.That(inside.Rising, Is.EqualTo(told[i].Pressed), $"edge {i}");
                Assert.That(at, Is.InRange(told[i].At - told[i].Uncertainty - Grain, told[i].At + told[i].Uncertainty + Grain), $"edge {i} is where its stamp says");
                Assert.That(at - first, Is.GreaterThanOrEqualTo(schedule[i] - (told[0].Uncertainty * 2) - Grain), $"edge {i} is not early");
            }
        }
    }

    // The engine's clock ticks when it wakes; a millisecond of machine time covers its step.
    private TimeSpan Grain => TimeSpan.FromMilliseconds(1) * scale;

    private Channel<LineEdge> Watch(params int[] lines)
    {
        Channel<LineEdge> edges = Channel.CreateUnbounded<LineEdge>();
        foreach (int line in lines)
        {
            ((ILineEdges)_inside.Driver).Watch(line, edge => edges.Writer.TryWrite(edge));
        }

        return edges;
    }
}
