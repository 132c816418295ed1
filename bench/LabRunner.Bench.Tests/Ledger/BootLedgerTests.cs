using LabRunner.Bench.Ledger;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Ledger;

public sealed class BootLedgerTests : ILedgerSink
{
    private readonly List<string> _notes = [];
    private IntentRecord? _intent;
    private BootLedger _ledger;
    private BootSurroundings _around;
    private long _id;
    private bool _sees;

    [SetUp]
    public void SetUp()
    {
        (_ledger, _intent, _around, _sees) = (new BootLedger("p4", this), null, default, true);
        _notes.Clear();
    }

    [TestCase(1e17)]
    [TestCase(-5)]
    [TestCase(double.NaN)]
    public void OnUptime_OfAFigureNoPlugCanHave_IsNoBootAndNoFailure(double uptimeSeconds)
    {
        _ledger.OnUptime(TimeSpan.FromSeconds(100), uptimeSeconds, "uptime");

        Assert.That(_ledger.LastBoot, Is.Null);
    }

    [Test]
    public void OnBanner_SeveralBannerLines_AreOneBootWithUptimeBefore()
    {
        _ledger.OnUptime(S(100), 90, "uptime");
        _ledger.OnBanner(S(103), S(100));
        _ledger.OnBanner(S(103.2), S(103));
        _ledger.OnUptime(S(105), 1, "uptime");
        bool told = _ledger.OnPage(S(110), "BL_RST_SOFTWARE_WATCHDOG");

        BootRecord boot = _ledger.Boots.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(told, Is.True);
            Assert.That((boot.Reason, boot.Expected, boot.UptimeBeforeS, boot.ResetReason), Is.EqualTo(("watchdog", false, (double?)90, "BL_RST_SOFTWARE_WATCHDOG")));
            Assert.That(boot.Sources, Is.EqualTo(new[] { "banner", "uptime", "page" }));
        }
    }

    [Test]
    public void OnUptime_Backwards_IsABootWithoutBanner()
    {
        _ledger.OnUptime(S(100), 90, "info");
        _ledger.OnUptime(S(130), 5, "info");

        Assert.That((_ledger.Boots.Single().At, _ledger.Boots[0].Sources[0]), Is.EqualTo((125.0, "info")));
    }

    [Test]
    public void OnUptime_Forwards_IsNoBoot()
    {
        _ledger.OnUptime(S(100), 90, "uptime");
        _ledger.OnUptime(S(110), 99, "info");
        _ledger.OnUptime(S(111), 101, "uptime");

        Assert.That(_ledger.Boots, Is.Empty);
    }

    [TestCase(IntentKinds.Reboot, "commanded")]
    [TestCase(IntentKinds.Ota, "ota")]
    [TestCase(IntentKinds.PowerCut, "power-cut")]
    [TestCase(IntentKinds.Recovery, "recovery")]
    [TestCase(IntentKinds.SelfTest, "self-test")]
    public void OnBanner_OpenIntent_ExplainsTheBoot(string kind, string reason)
    {
        _intent = new IntentRecord(7, "p4", kind, "", 0, null, null, new Dictionary<string, string>());
        _ledger.OnBanner(S(50), null);

        Assert.That((_ledger.Boots[0].Reason, _ledger.Boots[0].Expected, _ledger.Boots[0].Intent), Is.EqualTo((reason, true, (long?)7)));
    }

    [Test]
    public void OnPage_WatchdogAfterCommandedReboot_IsNotedAsDisagreement()
    {
        _intent = new IntentRecord(7, "p4", IntentKinds.Reboot, "", 0, null, null, new Dictionary<string, string>());
        _ledger.OnBanner(S(50), null);
        _ledger.OnPage(S(60), "BL_RST_SOFTWARE_WATCHDOG");

        Assert.That(_notes, Has.Some.StartsWith("disagreement"));
    }

    [Test]
    public void OnBanner_AfterDump_IsACrashAlsoDuringAnUpdate()
    {
        _intent = new IntentRecord(7, "p4", IntentKinds.Ota, "", 0, null, null, new Dictionary<string, string>());
        _ledger.OnDump();
        _ledger.OnBanner(S(50), null);

        Assert.That((_ledger.Boots[0].Reason, _ledger.Boots[0].Expected), Is.EqualTo(("crash", false)));
    }

    [TestCase("BL_RST_SOFTWARE_WATCHDOG", false, false, false, "watchdog")]
    [TestCase("BL_RST_SOFTWARE_WATCHDOG", true, false, false, "brown-out")]
    [TestCase("BL_RST_POWER_OFF", false, false, false, "power-loss")]
    [TestCase("BL_RST_POWER_OFF", true, false, false, "brown-out")]
    [TestCase("BL_RST_SOFTWARE", false, true, true, "button")]
    [TestCase("BL_RST_SOFTWARE", false, false, true, "policy")]
    [TestCase("BL_RST_SOFTWARE", false, false, false, "unknown")]
    public void OnPage_OfABootNobodyAskedFor_IsExplainedByReasonAndSurroundings(string page, bool dip, bool button, bool noLink, string expected)
    {
        _around = new BootSurroundings(dip, button, noLink);
        _ledger.OnBanner(S(50), S(47));
        _ledger.OnPage(S(60), page);

        Assert.That((_ledger.Boots[0].Reason, _ledger.Boots[0].Expected), Is.EqualTo((expected, false)));
    }

    [Test]
    public void Finish_BootThatOnlyTheUptimeSaw_IsADisagreement()
    {
        _ledger.OnUptime(S(100), 90, "info");
        _ledger.OnUptime(S(130), 5, "info");
        _ledger.Finish(S(400));

        Assert.That(_notes.Single(n => n.StartsWith("disagreement", StringComparison.Ordinal)), Does.Contain("seen by info").And.Contains("not by banner, page"));
    }

    [Test]
    public void OnPage_ItsOwnUptimeWentBackwards_IsABootThatThePageSaw()
    {
        _ledger.OnPage(S(100), null, 90);
        _ledger.OnPage(S(160), null, 20);

        Assert.That((_ledger.Boots.Single().At, _ledger.Boots[0].Sources), Is.EqualTo((140.0, new[] { "page" })));
    }

    [Test]
    public void Boot_SeenByAllThreeSources_IsNoDisagreement()
    {
        _ledger.OnUptime(S(100), 90, "info");
        _ledger.OnPage(S(101), null, 91);
        _ledger.OnBanner(S(120), S(117));
        _ledger.OnUptime(S(130), 8, "info");
        _ledger.OnPage(S(140), "BL_RST_SOFTWARE_WATCHDOG", 18);
        _ledger.Finish(S(400));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(_ledger.Boots.Single().Sources, Is.EqualTo(new[] { "banner", "info", "page" }));
            Assert.That(_notes, Has.None.StartsWith("disagreement"));
        }
    }

    [Test]
    public void OnUptime_ThatGoesOnButCameLate_IsNoBoot()
    {
        _ledger.OnUptime(S(100), 90, "uptime");

        // A busy machine read the console 20 s late: the lines are old, not the boot new.
        _ledger.OnUptime(S(120), 91, "uptime");
        _ledger.OnUptime(S(120), 92, "uptime");

        Assert.That(_ledger.Boots, Is.Empty);
    }

    [Test]
    public void OnUptime_NextBeatOfAConsoleThatWasHeldUpForMinutes_IsNoBoot()
    {
        _ledger.OnUptime(S(100), 90, "uptime");
        _ledger.OnUptime(S(260), 91, "uptime");
        _ledger.OnUptime(S(260.1), 92, "uptime");
        _ledger.OnUptime(S(261), 251, "info");

        Assert.That(_ledger.Boots, Is.Empty);
    }

    [Test]
    public void OnUptime_NextBeatOfAConsoleThatWasGone_IsABoot()
    {
        _sees = false;
        _ledger.OnUptime(S(100), 90, "uptime");
        _ledger.OnUptime(S(260), 91, "uptime");

        Assert.That(_ledger.Boots.Single().At, Is.EqualTo(169));
    }

    long ILedgerSink.NextBootId() => ++_id;

    void ILedgerSink.Save(BootRecord boot)
    {
    }

    void ILedgerSink.Note(TimeSpan at, string kind, string text) => _notes.Add($"{kind}: {text}");

    IntentRecord? ILedgerSink.Explains(TimeSpan at) => _intent;

    bool ILedgerSink.SwitchedByBench(TimeSpan at) => false;

    TimeSpan ILedgerSink.StalledSince(TimeSpan since) => TimeSpan.Zero;

    BootSurroundings ILedgerSink.SurroundingsOf(TimeSpan at) => _around;

    bool ILedgerSink.CouldSee(string source, TimeSpan from, TimeSpan until) => _sees;

    void ILedgerSink.OnBoot(BootRecord boot, TimeSpan? silentSince, IntentRecord? commanded)
    {
    }

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);
}
