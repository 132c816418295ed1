using LabRunner.Reports.Records;

namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S02Rows : ISuiteRows
{
    public string Suite => "S02";

    public string Parameters => "cycles: 2, offMin: 3s, offMax: 5s, on: 10s";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy),
        new("build-without-reset-reason")
        {
            PlugKeys = "tellsResetReason: false", Parameters = "cycles: 1, offMin: 3s, offMax: 5s, on: 10s",
            Expected = [Outcome.Of("EveryCycle_BootsInTimeAndKeepsItsState", Verdict.Pass), Outcome.Figure("not-made@reset-reason", Verdict.NotRun)],
        },
        new("relay-budget-spent")
        {
            Alone = true, PlanKeys = "relayBudget: 2", Parameters = "cycles: 5, offMin: 3s, offMax: 5s, on: 10s",
            Expected = [Outcome.Of("EveryCycle_BootsInTimeAndKeepsItsState", Verdict.Inconclusive, "relayBudget"), Outcome.Holds("it stops before the third closing", AtTheBudget)],
        },
        new("f41-start-value") { InEveryRun = true, Faults = "{ id: F41 }", Expected = [Outcome.Fails("EveryCycle_BootsInTimeAndKeepsItsState", "start value is -1")] },
    ];

    private static string? AtTheBudget(RunRecord run, string slot)
    {
        int cycles = run.Trials.Count(t => t.Slot == slot && t.Step == "cycle");
        return cycles == 1 ? null : $"{cycles} cycles were made";
    }
}
