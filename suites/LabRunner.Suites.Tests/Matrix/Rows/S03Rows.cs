using LabRunner.Reports.Records;

namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S03Rows : ISuiteRows
{
    private const string Boundary = "BootCutAtTheBoundary_IsGoodFromItsSecondOn";

    // Cuts within a second of the device: a busy machine misses that at a larger scale.
    private const double BoundaryScale = 2;
    private const string AtTheBoundary = "rungs: 5, shortOn: 2s, longOn: 10s, off: 2s, boundary: 1";

    public string Suite => "S03";

    public string Parameters => "rungs: 6, shortOn: 2s, longOn: 10s, off: 2s";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy) { Expected = [Outcome.Of(Boundary, Verdict.NotRun, "no ladder at the boundary")] },
        new("f07-never-good") { Faults = "{ id: F07 }", Expected = [Outcome.Fails("GoodBoots_NeverEnterSafeMode", "long enough")] },
        new("boundary") { TimeScale = BoundaryScale, Parameters = AtTheBoundary, Expected = [Outcome.Of(Boundary, Verdict.Pass)] },
        new("f07-good-too-late")
        {
            TimeScale = BoundaryScale, Parameters = AtTheBoundary, Faults = "{ id: F07, late: \"2\" }", Expected = [Outcome.Fails(Boundary, "4 boots cut in second 6 of their uptime led to safe mode")],
        },
        new("f07-good-too-soon")
        {
            TimeScale = BoundaryScale, Parameters = AtTheBoundary, Faults = "{ id: F07, late: \"-1\" }", Expected = [Outcome.Fails(Boundary, "4 boots cut in second 5 of their uptime counted as good")],
        },
    ];
}
