using System.Device.Gpio;
using LabRunner.Hardware.Drivers.Sensing;
using LabRunner.Hardware.Lines;
using LabRunner.Hardware.Sensing;
using LabRunner.Hardware.Tests.Drivers.Support;

namespace LabRunner.Hardware.Tests.Drivers;

/// <summary>A relay contact that is seen as mains pulses.</summary>
[CancelAfter(60_000)]
public sealed class MainsPulsesTests
{
    private FakeStampingChip _chip = null!;
    private FakeContext _context = null!;
    private List<ContactEdge> _edges = null!;

    [SetUp]
    public void Make()
    {
        _chip = new FakeStampingChip();
        _context = new FakeContext(scale: 10).With("pi", new GpioController(_chip)).With("pi", _chip);
        _edges = [];
    }

    [TearDown]
    public void Free() => _chip.Dispose();

    // A contact that opens at any phase of the mains: the gap that is told is within one pulse of the real one.
    [Test]
    public async Task Gap_AnyPhaseAndLength_WithinOnePulse(
        [Values(ContactSignal.Mains50, ContactSignal.Mains60)] ContactSignal signal, [Values(1, 2)] int pulsesPerCycle, [Values(40, 55, 500)] int gapMs, [Values(0.0, 0.3, 0.77)] double phase)
    {
        await using GpioRelaySense sense = Sense(signal, pulsesPerCycle);
        TimeSpan period = sense.Resolution;
        TimeSpan opened = TimeSpan.FromSeconds(1) + (period * phase);
        TimeSpan closed = opened + TimeSpan.FromMilliseconds(gapMs);
        for (TimeSpan at = TimeSpan.Zero; at < TimeSpan.FromSeconds(2); at += period)
        {
            if (at < opened || at >= closed)
            {
                Pulse(at);
            }
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(_edges.Select(e => e.Closed), Is.EqualTo(new[] { true, false, true }));
            Assert.That((_edges[2].At - _edges[1].At).TotalMilliseconds, Is.EqualTo(gapMs).Within(period.TotalMilliseconds + 0.001));
            Assert.That((_edges[1].At - opened).TotalMilliseconds, Is.Zero.Within((period.TotalMilliseconds / 2) + 0.001));
            Assert.That((_edges[2].At - closed).TotalMilliseconds, Is.Zero.Within((period.TotalMilliseconds / 2) + 0.001));
        }
    }

    [TestCase(ContactSignal.Mains50, 2, 10)]
    [TestCase(ContactSignal.Mains50, 1, 20)]
    [TestCase(ContactSignal.Mains60, 2, 8.3333)]
    [TestCase(ContactSignal.Level, 2, 0)]
    public async Task Resolution_IsOnePulse(ContactSignal signal, int pulsesPerCycle, double milliseconds)
    {
        await using GpioRelaySense sense = Sense(signal, pulsesPerCycle);
        Assert.That(sense.Resolution.TotalMilliseconds, Is.EqualTo(milliseconds).Within(0.001));
    }

    [Test]
    public async Task Silence_NoFurtherPulse_OpenIsToldAndRead(CancellationToken token)
    {
        await using GpioRelaySense sense = Sense(ContactSignal.Mains50, 2);
        TaskCompletionSource<ContactEdge> open = new(TaskCreationOptions.RunContinuationsAsynchronously);
        sense.Edge += edge => _ = !edge.Closed && open.TrySetResult(edge);
        Assert.That(await sense.ReadAsync(token), Is.False, "no pulse yet");
        TimeSpan last = _context.Clock.Elapsed;
        Pulse(last);
        ContactEdge told = await open.Task.WaitAsync(token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((told.At - last).TotalMilliseconds, Is.EqualTo(5).Within(0.001), "half a pulse after the last, however late it is noticed");
            Assert.That(await sense.ReadAsync(token), Is.False);
        }
    }

    [Test]
    public async Task Pulses_DeliveredInOneBurst_NoGap()
    {
        await using GpioRelaySense sense = Sense(ContactSignal.Mains50, 2);
        for (int i = 0; i < 50; i++)
        {
            Pulse(TimeSpan.FromMilliseconds(10 * i));
        }

        Assert.That(_edges.Select(e => e.Closed), Is.EqualTo(new[] { true }));
    }

    private GpioRelaySense Sense(ContactSignal signal, int pulsesPerCycle)
    {
        GpioRelaySense sense = new(new GpioRelaySenseOptions { Chip = "pi", Line = 7, Signal = signal, PulsesPerCycle = pulsesPerCycle }, _context);
        sense.Edge += _edges.Add;
        return sense;
    }

    private void Pulse(TimeSpan at)
    {
        _chip.Edge(new LineEdge(7, Rising: true, _context.Clock.ToMonotonicNanoseconds(at), 0));
        _chip.Edge(new LineEdge(7, Rising: false, _context.Clock.ToMonotonicNanoseconds(at + TimeSpan.FromMilliseconds(3)), 0));
    }
}
