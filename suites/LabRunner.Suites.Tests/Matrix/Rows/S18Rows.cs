using LabRunner.Reports.Records;

namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S18Rows : ISuiteRows
{
    public string Suite => "S18";

    public string Parameters => "";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy),

        // The watch sees it too, and one failure counts once: its incident carries the FAIL.
        new("f63-stale-page")
        {
            InEveryRun = true,
            Faults = "{ id: F63, uptime: 5s }",
            Expected = [Outcome.Incident("STATE_LIE"), Outcome.Of("Index_TogglesAndRefreshes", Verdict.Invalid, "Page index")],
        },
    ];
}
