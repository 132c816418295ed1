using LabRunner.Bench.Watch;
using LabRunner.Hardware.Sensing;
using LabRunner.Hardware.Time;
using LabRunner.Hardware.Units;

namespace LabRunner.Bench.Tests.Watch;

/// <summary>The rail's band, on a fast clock and a rail in memory.</summary>
[CancelAfter(60_000)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RailObserverTests
{
    private readonly ScriptedSlot _slot = new() { Clock = LabClock.Start(100) };
    private readonly Rail _rail;
    private readonly List<string> _trips = [];

    public RailObserverTests() => _rail = new Rail(_slot.Clock);

    [Test]
    public async Task InsideItsBand_IsAlive(CancellationToken token) =>
        Assert.That(await UntilAsync([3.3, 3.3, 3.3], token), Is.EqualTo((ObserverState.Alive, false)));

    [TestCase(2.0)]
    [TestCase(4.1)]
    public async Task TwoReadingsOutOfItsBand_AreDeadAndTellWhen(double volts, CancellationToken token) =>
        Assert.That(await UntilAsync([3.3, volts, volts], token), Is.EqualTo((ObserverState.Dead, true)));

    [Test]
    public async Task ReadingsThatTheBenchTookLate_CountAllTheSame(CancellationToken token)
    {
        _rail.Takes = TimeSpan.FromSeconds(20);
        Assert.That(await UntilAsync([3.3, 2.0, 2.0], token), Is.EqualTo((ObserverState.Dead, true)));
    }

    [TestCase("3.3 2.0 2.0", 1)]
    [TestCase("3.3 4.1 2.0 2.0 2.0", 1)]
    [TestCase("2.0 3.3 2.0 3.3", 0)]
    public async Task TwoReadingsInARowOutOfItsBand_AskForThePowerOnce(string volts, int trips, CancellationToken token)
    {
        await UntilAsync([.. volts.Split(' ').Select(v => double.Parse(v, System.Globalization.CultureInfo.InvariantCulture))], token);
        Assert.That(_trips, Has.Count.EqualTo(trips));
        Assert.That(_trips, Has.All.Contains("its band is 3 V to 3.6 V"));
    }

    [Test]
    public async Task ReadingsOutOfItsBand_WhileTheBenchDipsIt_AskForNothing(CancellationToken token)
    {
        _slot.IsSuspended = true;
        await UntilAsync([2.0, 2.0, 2.0], token);
        Assert.That(_trips, Is.Empty);
    }

    [Test]
    public async Task OneReadingOutOfItsBand_IsADipAndNotDead(CancellationToken token) =>
        Assert.That(await UntilAsync([3.3, 2.0, 3.3], token), Is.EqualTo((ObserverState.Alive, true)));

    private async Task<(ObserverState State, bool Out)> UntilAsync(double[] volts, CancellationToken token)
    {
        _rail.Volts = volts;
        RailObserver observer = new(_slot, _rail, TimeSpan.FromSeconds(1), 3.0, 3.6, (_, reason) => _trips.Add(reason));
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(token);
        Task running = observer.RunAsync(ending.Token);
        await _rail.AllRead.Task.WaitAsync(token);
        await ending.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return (observer.State, observer.OutAt is not null);
    }

    private sealed class Rail(TimeProvider clock) : IRailMonitor
    {
        private int _next;

        public double[] Volts { get; set; } = [];

        /// <summary>How long a reading takes, run time.</summary>
        public TimeSpan Takes { get; set; }

        /// <summary>All of them were asked for and judged: the one after the last is being asked for.</summary>
        public TaskCompletionSource AllRead { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task<RailReading> ReadAsync(CancellationToken cancellationToken)
        {
            if (_next == Volts.Length)
            {
                AllRead.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
            }

            await Task.Delay(Takes, clock, cancellationToken);
            return new RailReading(new Volts(Volts[_next++]), new Amperes(0.05));
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
