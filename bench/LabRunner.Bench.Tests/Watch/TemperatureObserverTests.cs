using LabRunner.Bench.Watch;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Sensing;
using LabRunner.Hardware.Units;

namespace LabRunner.Bench.Tests.Watch;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TemperatureObserverTests
{
    private readonly List<(double At, string Reason)> _trips = [];
    private readonly ScriptedSlot _slot = new();

    [Test]
    public void Readings_AreObservationsWithTheirUnit()
    {
        TemperatureObserver observer = Observer(null);
        observer.Take(S(10), S(10.75), 41.26, null);
        observer.Take(S(20), S(20.75), 43, null);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(_slot.Observations.Select(o => (o.At, o.Observer, o.Alive, o.Detail)), Is.EqualTo(new[] { (10.0, "Te", true, "41.3 °C"), (20.0, "Te", true, "43 °C") }));
            Assert.That(_slot.Observations[0].LatencyMs, Is.EqualTo(750).Within(0.001));
            Assert.That(observer.Summary(), Is.EqualTo("41.3 °C to 43 °C, mean 42.1 °C of 2 readings"));
            Assert.That(_trips, Is.Empty, "no limit, no trip");
        }
    }

    [Test]
    public void OneReadingAboveTheLimit_TakesNoPower()
    {
        TemperatureObserver observer = Observer(70);
        observer.Take(S(10), S(10), 80, null);
        observer.Take(S(11), S(11), 60, null);
        observer.Take(S(21), S(21), 80, null);

        Assert.That(_trips, Is.Empty);
    }

    [Test]
    public void TwoReadingsAboveTheLimit_TakePowerOnceAndFromTheFirstOn()
    {
        TemperatureObserver observer = Observer(70);
        observer.Take(S(10), S(10), 70.0, null);
        observer.Take(S(20), S(20), 70.5, null);
        observer.Take(S(21), S(21), 71, null);
        observer.Take(S(22), S(22), 72, null);

        Assert.That(_trips.Single(), Is.EqualTo((20.0, "the slot has 71 °C, its limit is 70 °C: its power is off")));
    }

    [Test]
    public void ASilentSensor_WithALimit_TakesPowerAfterAMinute()
    {
        TemperatureObserver observer = Observer(70);
        observer.Take(S(10), S(10), null, "the thermistor is open.");
        observer.Take(S(20), S(20), null, "the thermistor is open.");
        observer.Take(S(69), S(69.9), null, "the thermistor is open.");
        int before = _trips.Count;
        observer.Take(S(70), S(70), null, "the thermistor is open.");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(before, Is.Zero);
            Assert.That(_trips.Single(), Is.EqualTo((10.0, "the slot has a limit of 70 °C, and its sensor says nothing (the thermistor is open): its power is off")));
            Assert.That(_slot.Notes.Count(n => n.Kind == "bench-fault"), Is.EqualTo(1), "a silence is told once");
        }
    }

    [Test]
    public void ASilentSensor_WithoutALimit_IsOnlyNoted()
    {
        TemperatureObserver observer = Observer(null);
        observer.Take(S(10), S(10), null, "no answer");
        observer.Take(S(500), S(500), null, "no answer");

        Assert.That((_trips.Count, _slot.Notes.Count, observer.Summary()), Is.EqualTo((0, 1, (string?)null)));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Run_AsksASensorThatFailsAgain(CancellationToken token)
    {
        Sensor sensor = new();
        TemperatureObserver observer = new(_slot, sensor, TimeSpan.FromMilliseconds(10), null, (_, _) => { });
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(token);
        Task running = observer.RunAsync(stop.Token);
        await sensor.Third.Task.WaitAsync(token);
        await stop.CancelAsync();
        await running;

        Assert.That(_slot.Observations.Take(2).Select(o => (o.Alive, o.Detail)), Is.EqualTo(new[] { (true, (string?)"21 °C"), (false, "p1: no answer. Look.") }));
    }

    private TemperatureObserver Observer(double? limit) => new(
        _slot, new Sensor(), S(10), limit is { } l ? new DegreesCelsius(l) : null, (at, reason) => _trips.Add((at.TotalSeconds, reason)));

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);

    private sealed class Sensor : ITemperatureSensor
    {
        private int _asked;

        public TaskCompletionSource Third { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<DegreesCelsius> ReadAsync(CancellationToken cancellationToken)
        {
            switch (++_asked)
            {
                case 1:
                    return Task.FromResult(new DegreesCelsius(21));
                case 2:
                    throw new BenchFaultException(FaultKind.Machine, "p1", "no answer", "Look");
                default:
                    Third.TrySetResult();
                    return Task.FromResult(new DegreesCelsius(22));
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
