using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Tests.Pulses;

/// <summary>Ramps and steps as a source gets them.</summary>
[CancelAfter(60_000)]
public sealed class PulseProfilesTests
{
    // The machine's timers may end a tick, up to 20 ms, before their time; on a clock 50 times as fast that is a second.
    private static readonly TimeSpan TimerTick = TimeSpan.FromSeconds(1);

    [Test]
    public async Task RampAsync_FourSteps_EachFrequencyInOrderWithTheChipsWidth(CancellationToken token)
    {
        LabClock clock = LabClock.Start(50);
        Recorder source = new(clock);
        await source.RampAsync(PulseChannel.Cf, new Hertz(10), new Hertz(40), 4, TimeSpan.FromSeconds(5), clock, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(source.Told.Select(step => step.Hertz), Is.EqualTo(new[] { 10.0, 20, 30, 40 }));
            Assert.That(source.Told.Select(step => step.Width), Is.All.EqualTo(TimeSpan.FromMicroseconds(38)));
            Assert.That(clock.Elapsed, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(20) - TimerTick), "the last step is held too");
            for (int i = 1; i < source.Told.Count; i++)
            {
                Assert.That(source.Told[i].At, Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(5 * i) - TimerTick), $"step {i} is not early");
            }
        }
    }

    [Test]
    public async Task PlayAsync_Steps_UpAndDownAndTheLastStays(CancellationToken token)
    {
        LabClock clock = LabClock.Start(1000);
        Recorder source = new(clock);
        await source.PlayAsync(
            PulseChannel.Cf, [(new Hertz(23.21), TimeSpan.FromSeconds(2)), (new Hertz(1333.8), TimeSpan.FromSeconds(1)), (new Hertz(0), TimeSpan.Zero)], clock, token);
        Assert.That(source.Told.Select(step => step.Hertz), Is.EqualTo(new[] { 23.21, 1333.8, 0 }));
    }

    [Test]
    public Task PlayAsync_TimeBelowZero_Refused(CancellationToken token) =>
        Assert.ThatAsync(
            () => new Recorder(LabClock.Start()).PlayAsync(PulseChannel.Cf, [(new Hertz(1), TimeSpan.FromSeconds(-1))], TimeProvider.System, token),
            Throws.InstanceOf<ArgumentOutOfRangeException>());

    private sealed class Recorder(LabClock clock) : IPulseSource
    {
        public List<(double Hertz, TimeSpan Width, TimeSpan At)> Told { get; } = [];

        public PulseCapabilities Capabilities { get; } = new(0.01, 10_000, 0, 0, false);

        public Task SetAsync(PulseChannel channel, Hertz frequency, TimeSpan width, CancellationToken cancellationToken)
        {
            Told.Add((frequency.Value, width, clock.Elapsed));
            return Task.CompletedTask;
        }

        public Task<PulseReadback> ReadBackAsync(PulseChannel channel, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
