using LabRunner.Reports.Records;

namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S17Rows : ISuiteRows
{
    public string Suite => "S17";

    public string Parameters => "recoverLimit: 30s";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy),

        // A bench that hears another plug: it must say that it cannot see, and not that the plug is bad. No suite listens to the sentinel.
        new("deaf-console")
        {
            InEveryRun = true,
            Console = "${virtual.sentinel.tty}",
            Expected = [Outcome.Of("ProvokedWatchdogReset_IsSeenFromEverySide", Verdict.Invalid, "No boot banner")],
        },
    ];
}
