using LabRunner.Reports.Records;

namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S17Rows : ISuiteRows
{
    public string Suite => "S17";

    public string Parameters => "recoverLimit: 30s";

    // The silence before a watchdog's banner is timed by console stamps: at a larger scale a busy machine is late by as much as it lasts.
    private const double SilenceScale = 8;

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy) { TimeScale = SilenceScale },
        new("test-build")
        {
            TimeScale = SilenceScale, PlugKeys = "testCommands: true",
            Expected = [Outcome.Of("ProvokedFailures_AreSeenFromEverySide", Verdict.Pass), Outcome.Trial("watchdog-recovery"), Outcome.Trial("crash-recovery"), Outcome.Trial("stack-recovery"), Outcome.Trial("freeze-recovery")],
        },

        // A build without any means: nothing was proved, which is no failure of the plug.
        new("build-without-means")
        {
            PlugKeys = "logDelay: false",
            Expected = [Outcome.Of("ProvokedFailures_AreSeenFromEverySide", Verdict.Invalid, "is in this build, so nothing was proved")],
        },

        // One whose page tells no reason is seen by its console, its boots and the watch all the same.
        new("build-without-reset-reason")
        {
            TimeScale = SilenceScale, PlugKeys = "tellsResetReason: false",
            Expected = [Outcome.Of("ProvokedFailures_AreSeenFromEverySide", Verdict.Pass), Outcome.Figure("not-made@reset-reason", Verdict.NotRun)],
        },

        // The bench sees all of it, and that the relay does not come back is the plug's.
        new("f41-relay-not-restored")
        {
            TimeScale = SilenceScale, Faults = "{ id: F41 }",
            Expected = [Outcome.Of("ProvokedFailures_AreSeenFromEverySide", Verdict.Pass), Outcome.Figure("relay-restored@watchdog", Verdict.Fail)],
        },

        // A bench that hears another plug: it must say that it cannot see, and not that the plug is bad. No suite listens to the sentinel.
        new("deaf-console")
        {
            InEveryRun = true,
            Console = "${virtual.sentinel.tty}",
            Expected = [Outcome.Of("ProvokedFailures_AreSeenFromEverySide", Verdict.Invalid, "No boot banner")],
        },
    ];
}
