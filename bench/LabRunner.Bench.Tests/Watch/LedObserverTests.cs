using LabRunner.Bench.Watch;
using LabRunner.Hardware.Sensing;

namespace LabRunner.Bench.Tests.Watch;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LedObserverTests
{
    private readonly ScriptedSlot _slot = new();
    private Led _led;
    private LedObserver _observer;

    [SetUp]
    public void SetUp()
    {
        _led = new Led();
        _observer = new LedObserver(_slot, _led);
    }

    [TearDown]
    public async Task TearDown()
    {
        _observer.Dispose();
        await _led.DisposeAsync();
    }

    [Test]
    public void Edges_FarApart_AreEachNotedAtTheirOwnTime()
    {
        _led.Turn(10, true);
        _observer.Tick(S(11));
        _led.Turn(30.25, false);

        Assert.That(_slot.Notes, Is.EqualTo(new[] { (10.0, "led", "lit"), (30.25, "led", "dark") }));
    }

    [TestCase(1.0, "blinking at 1 Hz")]
    [TestCase(2.5, "blinking at 2.5 Hz")]
    [TestCase(10.0, "blinking at 10 Hz")]
    public void Edges_InARow_AreOneBlinkingWithItsRate(double hertz, string expected)
    {
        Blink(10, hertz, 8);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(_observer.Now, Is.EqualTo(expected));
            Assert.That(_slot.Notes.Count(n => n.Text.StartsWith("blinking", StringComparison.Ordinal)), Is.EqualTo(1), "a steady blinking is told once");
            Assert.That(_slot.Notes, Has.Count.LessThan(5));
        }
    }

    [Test]
    public void Blinking_ThatEnds_IsSteadyAgain()
    {
        Blink(10, 2, 5);
        _observer.Tick(S(21));

        Assert.That(_slot.Notes[^1], Is.EqualTo((21.0, "led", "dark")));
    }

    [Test]
    public void Blinking_ThatChangesItsRate_IsToldAgain()
    {
        Blink(10, 1, 6);
        Blink(16, 5, 6);

        // Told again where it differs by a quarter from what was told: the last word is within that of the truth.
        string last = _slot.Notes.Select(n => n.Text).Last(t => t.StartsWith("blinking", StringComparison.Ordinal));
        Assert.That(double.Parse(last.Split(' ')[2], System.Globalization.CultureInfo.InvariantCulture), Is.InRange(4, 5));
    }

    [Test]
    public void LostEdges_AreSaid()
    {
        _led.Turn(10, true, lost: 3);

        Assert.That(_slot.Notes[0], Is.EqualTo((10.0, "led", "3 edges lost before this moment")));
    }

    [Test]
    public void ADarkLed_IsNeverDead()
    {
        _led.Turn(10, false);
        _observer.Tick(S(5000));
        _observer.Reset("off");

        Assert.That(_observer.View.State, Is.EqualTo(ObserverState.Alive));
    }

    // Ends dark.
    private void Blink(double from, double hertz, double seconds)
    {
        for (int edge = 0; edge < 2 * hertz * seconds; edge++)
        {
            _led.Turn(from + (edge / 2.0 / hertz), edge % 2 == 0);
        }
    }

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);

    private sealed class Led : IRelaySense
    {
        public event Action<ContactEdge>? Edge;

        public TimeSpan Resolution => TimeSpan.Zero;

        public void Turn(double at, bool lit, uint lost = 0) => Edge?.Invoke(new ContactEdge(S(at), lit, lost));

        public Task<bool> ReadAsync(CancellationToken cancellationToken) => Task.FromResult(false);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
