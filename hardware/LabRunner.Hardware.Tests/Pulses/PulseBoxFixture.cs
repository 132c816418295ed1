using LabRunner.Hardware.Drivers.Pulses;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Tests.Drivers.Support;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Tests.Pulses;

/// <summary>The driver and the real firmware in the emulator: what comes out of the pins, in cycles of 8 ns.</summary>
[Category("pulse-box")]
public abstract class PulseBoxFixture
{
    protected const int CfPin = 2;
    protected const long Width = 4750;
    protected const long CfPeriod = 937_187;
    protected const long VoltagePeriod = 86_028;
    protected const double Clock = 125e6;

    private PulseBoxEmulator? _box;
    private SerialPulseBox? _port;

    /// <summary>The box.</summary>
    private protected PulseBoxEmulator Box => _box!;

    /// <summary>The driver's end of its serial line.</summary>
    private protected SerialPulseBox Port => _port!;

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
            await _port!.DisposeAsync();
            _box.Dispose();
        }
    }

    private protected static void AssertTrain(OutputEdge[] edges, long period, int atLeast)
    {
        OutputEdge[] train = [.. edges.SkipWhile(edge => !edge.High)];
        Assert.That(Periods(train), Has.Length.GreaterThanOrEqualTo(atLeast).And.All.EqualTo(period), "periods in cycles");
        Assert.That(
            train.Zip(train.Skip(1)).Where(pair => pair.First.High).Select(pair => pair.Second.Cycle - pair.First.Cycle), Is.All.EqualTo(Width), "38.000 µs in cycles");
    }

    private protected static long[] Periods(OutputEdge[] edges)
    {
        long[] rises = [.. edges.Where(edge => edge.High).Select(edge => edge.Cycle)];
        return [.. rises.Zip(rises.Skip(1)).Select(pair => pair.Second - pair.First)];
    }

    protected static Task SetAsync(PulseBox pulses, PulseChannel channel, long period, CancellationToken token) =>
        pulses.SetAsync(channel, new Hertz(Clock / period), Bl0937Model.PulseWidth, token);

    protected PulseBox Source(PulseBoxOptions? options = null) =>
        new(options ?? new PulseBoxOptions { Box = "box", Plug = 0 }, new FakeContext().With("box", Port));
}
