using LabRunner.Reports.Records;

namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S18Rows : ISuiteRows
{
    public string Suite => "S18";

    public string Parameters => "changes: 2";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy),
        new("f63-stale-page")
        {
            InEveryRun = true,
            Faults = "{ id: F63, uptime: 5s }",
            Expected = [Outcome.Incident("STATE_LIE"), Outcome.Fails("OpenPage_FollowsTheContact_WithinTwoRefreshes", "still shows")],
        },
        new("f57-deadly-page")
        {
            Faults = "{ id: F57, page: /about }",
            Expected = [Outcome.Incident("HANG_RECOVERED"), Outcome.Of("EveryPage_OpensWithoutErrors_LightAndSoon", Verdict.Invalid, "HANG_RECOVERED")],
        },
    ];
}
