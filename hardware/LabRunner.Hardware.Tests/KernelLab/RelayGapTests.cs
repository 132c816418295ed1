using System.Device.Gpio;
using System.Globalization;
using System.Threading.Channels;
using LabRunner.Hardware.Drivers.Gpio;
using LabRunner.Hardware.Drivers.Sensing;
using LabRunner.Hardware.Sensing;
using LabRunner.Hardware.Tests.Drivers.Support;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Tests.KernelLab;

/// <summary>
/// A relay gap as the sense driver measures it, against what made it: the kernel stamps each edge inside the write that pulls the line, and
/// CLOCK_MONOTONIC is read around that write. The true gap so lies between two bounds, and the measured one must too.
/// </summary>
[TestFixture]
[Category("kernel-lab")]
[CancelAfter(180_000)]
internal sealed class RelayGapTests
{
    private const int Line = 5;
    private const int Gaps = 200;

    [Test]
    public async Task RelayGap_MeasuredByStamps_LiesWithinWhatTheWritesAllow(CancellationToken token)
    {
        using GpioSimChip chip = new(8, new Dictionary<int, string>(), new Dictionary<int, string>());
        using CdevGpioDriver driver = new(chip.DevicePath, "labrunner");
        using GpioController controller = new(driver);
        FakeContext context = new FakeContext().With("pi", controller).With("pi", driver);
        chip.Pull(Line, true);
        await using GpioRelaySense sense = new(new GpioRelaySenseOptions { Chip = "pi", Line = Line }, context);
        Channel<ContactEdge> edges = Channel.CreateUnbounded<ContactEdge>();
        sense.Edge += edge => edges.Writer.TryWrite(edge);
        (Moment Open, Moment Close)[] made = new (Moment, Moment)[Gaps];
        OutsideWorld.Do(() => Move(chip, context.Clock, made));
        List<double> possible = [];
        List<double> likely = [];
        foreach ((Moment open, Moment close) in made)
        {
            ContactEdge first = await edges.Reader.ReadAsync(token);
            ContactEdge second = await edges.Reader.ReadAsync(token);
            TimeSpan gap = second.At - first.At;
            using (Assert.EnterMultipleScope())
            {
                Assert.That((first.Closed, second.Closed, first.Lost + second.Lost), Is.EqualTo((false, true, 0u)));
                Assert.That(first.At, Is.InRange(open.Before, open.After));
                Assert.That(second.At, Is.InRange(close.Before, close.After));
            }

            possible.Add(Math.Max((gap - (close.Before - open.After)).TotalMicroseconds, (close.After - open.Before - gap).TotalMicroseconds));
            likely.Add(Math.Abs((gap - (close.Middle - open.Middle)).TotalMicroseconds));
        }

        await TestContext.Out.WriteLineAsync(
            $"relay gap: {Gaps} gaps of 3 ms and more, each stamp within its write; error against the middles of the writes {Figures(likely)}; the error can be no more than {Figures(possible)}");
    }

    private static void Move(GpioSimChip chip, LabClock clock, (Moment Open, Moment Close)[] made)
    {
        // Not the slim one, which spins before it waits.
        using ManualResetEvent never = new(false);
        for (int i = 0; i < made.Length; i++)
        {
            Moment open = Timed(false);
            never.WaitOne(TimeSpan.FromMilliseconds(3 + (i % 5)));
            made[i] = (open, Timed(true));
            never.WaitOne(TimeSpan.FromMilliseconds(10));
        }

        Moment Timed(bool high)
        {
            TimeSpan before = clock.Elapsed;
            chip.Pull(Line, high);
            return new Moment(before, clock.Elapsed + TimeSpan.FromTicks(1));
        }
    }

    private static string Figures(List<double> values)
    {
        values.Sort();
        return string.Create(CultureInfo.InvariantCulture, $"{values[values.Count / 2]:F0} µs (median; best {values[0]:F0}, 95 % {values[values.Count * 95 / 100]:F0}, worst {values[^1]:F0})");
    }

    private readonly record struct Moment(TimeSpan Before, TimeSpan After)
    {
        public TimeSpan Middle => (Before + After) / 2;
    }
}
