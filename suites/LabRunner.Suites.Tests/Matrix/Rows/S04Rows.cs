using LabRunner.Reports.Records;

namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S04Rows : ISuiteRows
{
    public string Suite => "S04";

    public string Parameters => "cycles: 1";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy),
        new("f38-settings-lost") { Faults = "{ id: F38 }", Expected = [Outcome.Fails("EveryUpdate_ChangesTheVersionAndNothingElse", "no meter")] },
        new("f39-taken-and-not-run")
        {
            Faults = "{ id: F39, uploads: 1, then: drop }",
            Expected = [Outcome.Fails("EveryUpdate_ChangesTheVersionAndNothingElse", "it runs '"), Attempts(3, "1 3-")],
        },
        new("f30-stalls")
        {
            Faults = "{ id: F30 }",
            Expected = [Outcome.Fails("EveryUpdate_ChangesTheVersionAndNothingElse", "failed, attempt 3"), Outcome.Incident("OTA_STALL", "F30"), Attempts(3, "3-")],
        },

        // The third attempt is taken, and the update back at its first: all is on record, and it is a failure all the same.
        new("f30-stalls-twice")
        {
            Faults = "{ id: F30, times: 2 }",
            Expected =
            [
                Outcome.Fails("EveryUpdate_ChangesTheVersionAndNothingElse", "failed, attempt 2"), Outcome.Incident("OTA_STALL", "F30"), Outcome.Trial("update"), Attempts(3, "3 1"),
            ],
        },
    ];

    private static Outcome Attempts(int most, string updates) => Outcome.Holds(
        $"an update took {most} attempts ({updates}), and that fails",
        (run, slot) => run.Measurements.LastOrDefault(m => m.Slot == slot && m.Name == "ota-attempts-to-success") is not { } figure ? "no such figure is on record"
            : figure.Value == most && figure.Verdict == Verdict.Fail && figure.Detail.GetValueOrDefault("updates") == updates
                && run.Trials.Count(t => t.Slot == slot && t.Step == "update" && !t.Ok) == (updates.EndsWith('-') ? most : most - 1) ? null
            : $"the figure is {figure.Value} ({figure.Detail.GetValueOrDefault("updates")}), {figure.Verdict.ToText()}");
}
