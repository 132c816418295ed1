using System.Device.Gpio;
using System.Threading.Channels;
using LabRunner.Hardware.Drivers.Gpio;
using LabRunner.Hardware.Drivers.Sensing;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Lines;
using LabRunner.Hardware.Sensing;
using LabRunner.Hardware.Tests.Drivers.Support;

namespace LabRunner.Hardware.Tests.Drivers;

[CancelAfter(60_000)]
public sealed class RelaySenseTests
{
    [Test]
    public async Task Edge_ChipStamps_TimeIsTheKernels(CancellationToken token)
    {
        using FakeStampingChip chip = new();
        FakeContext context = new FakeContext(scale: 20).With("pi", new GpioController(chip)).With("pi", chip);
        List<ContactEdge> edges = [];
        GpioRelaySense sense = new(new GpioRelaySenseOptions { Chip = "pi", Line = 7, ActiveLow = true, Bias = LineBias.Up }, context);
        sense.Edge += edges.Add;
        TimeSpan at = TimeSpan.FromSeconds(30);
        chip.Edge(new LineEdge(7, Rising: false, context.Clock.ToMonotonicNanoseconds(at), 1));
        chip.Edge(new LineEdge(8, Rising: true, context.Clock.ToMonotonicNanoseconds(at), 1));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(edges.Single().Closed, Is.True, "active low");
            Assert.That(edges.Single().At, Is.EqualTo(at).Within(TimeSpan.FromMicroseconds(1)));
            Assert.That(chip.ModeOf(7), Is.EqualTo(PinMode.InputPullUp));
            Assert.That(await sense.ReadAsync(token), Is.True, "low is closed");
        }

        await sense.DisposeAsync();
        Assert.That(chip.Watchers, Is.Zero);
    }

    [Test]
    public async Task Edge_ChipStampsNothing_CallbacksWithTheRunsTime(CancellationToken token)
    {
        using FakeChip chip = new();
        FakeContext context = new FakeContext(scale: 20).With("pi", new GpioController(chip));
        List<ContactEdge> edges = [];
        await using GpioRelaySense sense = new(new GpioRelaySenseOptions { Chip = "pi", Line = 7 }, context);
        sense.Edge += edges.Add;
        TimeSpan before = context.Clock.Elapsed;
        chip.Drive(7, true);
        chip.Drive(7, false);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(edges.Select(edge => edge.Closed), Is.EqualTo(new[] { true, false }));
            Assert.That(edges.Select(edge => edge.At), Is.All.InRange(before, context.Clock.Elapsed));
            Assert.That(await sense.ReadAsync(token), Is.False);
        }
    }

    [Test]
    public void Constructor_NoSuchChip_Fault() =>
        Assert.That(
            () => new GpioRelaySense(new GpioRelaySenseOptions { Chip = "none", Line = 7 }, new FakeContext()),
            Throws.TypeOf<BenchFaultException>().With.Message.Contains("none"));

    [Test]
    public async Task Command_OutputChanges_EdgesAtThePollingCadence(CancellationToken token)
    {
        // The device toggles at every question, so each answer after the first is an edge.
        string file = Path.GetTempFileName();
        try
        {
            FakeContext context = new FakeContext(scale: 20).Fact("run", file);
            await using CommandRelaySense sense = new(
                new CommandRelaySenseOptions { Read = "echo x >>'{run}'; [ $(( $(wc -l <'{run}') % 2 )) = 0 ] && echo contact on || echo contact off" }, context);
            Channel<ContactEdge> edges = Channel.CreateUnbounded<ContactEdge>();
            sense.Edge += edge => edges.Writer.TryWrite(edge);
            ContactEdge first = await edges.Reader.ReadAsync(token);
            ContactEdge second = await edges.Reader.ReadAsync(token);
            using (Assert.EnterMultipleScope())
            {
                Assert.That((first.Closed, second.Closed), Is.EqualTo((true, false)));
                Assert.That(second.At, Is.GreaterThan(first.At));
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Test]
    public async Task Command_Fails_ReadTellsIt(CancellationToken token)
    {
        await using CommandRelaySense sense = new(new CommandRelaySenseOptions { Read = "echo no meter; exit 3" }, new FakeContext());
        await Assert.ThatAsync(
            () => sense.ReadAsync(token),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Command).And.Message.Contains("no meter"));
    }
}
