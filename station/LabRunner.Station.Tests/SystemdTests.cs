using LabRunner.Station.Benches;
using LabRunner.Station.Service;
using LabRunner.Station.Tests.Support;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Time.Testing;

namespace LabRunner.Station.Tests;

/// <summary>When systemd's watchdog is fed.</summary>
public sealed class SystemdTests
{
    private readonly object _watch = new();
    private FakeTimeProvider _clock;
    private KeeperPulse _pulse;

    [SetUp]
    public void SetUp()
    {
        _clock = new FakeTimeProvider();
        _pulse = new KeeperPulse(_clock);
    }

    [Test]
    public void Keeper_ThatTakesTooLong_IsDead_UntilItGoesOn()
    {
        _pulse.Begin("opening the bench", TimeSpan.FromMinutes(10));
        _clock.Advance(TimeSpan.FromMinutes(10));
        string? within = _pulse.WhyDead(null, null);
        _clock.Advance(TimeSpan.FromSeconds(1));
        string? late = _pulse.WhyDead(null, null);
        _pulse.Begin("watching", TimeSpan.FromSeconds(30));

        Assert.That((within, late, _pulse.WhyDead(null, null)), Is.EqualTo(((string?)null, "'opening the bench' has taken more than 600 s", (string?)null)));
    }

    [Test]
    public void Run_MayTakeAllNight_AsLongAsItsWatchBeats()
    {
        _pulse.Begin("running", null);
        for (int minute = 0; minute < 600; minute++)
        {
            _clock.Advance(TimeSpan.FromMinutes(1));
            Assert.That(_pulse.WhyDead(_watch, TimeSpan.FromMinutes(minute)), Is.Null);
        }

        _clock.Advance(KeeperPulse.BeatLimit + TimeSpan.FromSeconds(1));
        Assert.That(_pulse.WhyDead(_watch, TimeSpan.FromMinutes(599)), Does.Contain("has not moved for 60 s"));
    }

    [Test]
    public void Watch_ThatIsOver_MayTakeLonger_ForTheReport()
    {
        _pulse.Begin("running", null);
        _ = _pulse.WhyDead(_watch, TimeSpan.FromMinutes(1));
        _ = _pulse.WhyDead(_watch, null);
        _clock.Advance(KeeperPulse.BeatLimit * 2);
        string? meanwhile = _pulse.WhyDead(_watch, null);
        _clock.Advance(KeeperPulse.EndLimit);

        Assert.That((meanwhile, _pulse.WhyDead(_watch, null)), Is.EqualTo(((string?)null, "the watch of the bench has not moved for 1800 s")));
    }

    [Test]
    public void AnotherBench_BeginsAnew()
    {
        _pulse.Begin("running", null);
        _ = _pulse.WhyDead(_watch, TimeSpan.FromMinutes(1));
        _clock.Advance(KeeperPulse.BeatLimit * 2);

        Assert.That(_pulse.WhyDead(new object(), TimeSpan.FromMinutes(1)), Is.Null);
    }

    [Test]
    public void KeeperThatHangs_FeedsTheWatchdogNoMore_AndTheLogSaysWhy()
    {
        Notifier notifier = new();
        Keeper keeper = new();
        CapturingLogger<SystemdLink> log = new();
        using ApplicationLifetime life = new();
        using SystemdLink link = new(notifier, new SystemdWatchdog(TimeSpan.FromSeconds(2)), keeper, life, _clock, log);
        link.Tell();
        link.Tell();
        keeper.Dead = "'opening the bench' has taken more than 600 s";
        link.Tell();
        link.Tell();
        int fed = notifier.Told.Count(t => t == "WATCHDOG=1");
        keeper.Dead = null;
        link.Tell();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(fed, Is.EqualTo(2));
            Assert.That(notifier.Told, Is.EqualTo(new[] { "STATUS=Watching.", "WATCHDOG=1", "WATCHDOG=1", "WATCHDOG=1" }), "what has not changed is told once");
            Assert.That(log.Texts, Is.EqualTo(new[] { "The bench's keeper hangs: 'opening the bench' has taken more than 600 s. systemd is told no more that this station is alive." }));
        }
    }

    [TestCase("30000000", null, 10.0)]
    [TestCase("30000000", "77", 10.0)]
    [TestCase("30000000", "78", null)]
    [TestCase("0", null, null)]
    [TestCase("soon", null, null)]
    [TestCase(null, null, null)]
    public void Watchdog_IsFedThriceInItsTime_WhereThisProcessIsMeant(string? microseconds, string? process, double? seconds) =>
        Assert.That(SystemdWatchdog.From(microseconds, process, 77).FeedEvery?.TotalSeconds, Is.EqualTo(seconds));

    private sealed class Notifier : ISystemdNotifier
    {
        public bool IsEnabled => true;

        public List<string> Told { get; } = [];

        public void Notify(ServiceState state) => Told.Add(state.ToString());
    }

    private sealed class Keeper : IKeeperSight
    {
        public string? Dead { get; set; }

        public string Status => "Watching.";

        public string? WhyDead() => Dead;
    }

    private sealed class ApplicationLifetime : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource _none = new();

        public CancellationToken ApplicationStarted => _none.Token;

        public CancellationToken ApplicationStopping => _none.Token;

        public CancellationToken ApplicationStopped => _none.Token;

        public void StopApplication() => _none.Cancel();

        public void Dispose() => _none.Dispose();
    }
}
