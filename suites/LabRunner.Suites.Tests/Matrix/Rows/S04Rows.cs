using System.Globalization;
using LabRunner.Reports.Records;

namespace LabRunner.Suites.Tests.Matrix.Rows;

internal sealed class S04Rows : ISuiteRows
{
    public string Suite => "S04";

    public string Parameters => "cycles: 1";

    public IReadOnlyList<SuiteRow> Rows { get; } =
    [
        new(SuiteRow.Healthy),
        new("f38-settings-lost") { Faults = "{ id: F38 }", Expected = [Outcome.Fails("EveryUpdate_ChangesTheVersionAndNothingElse", "no meter"), Outcome.Holds("the firmware it came with runs again", RunsItsOwn)] },
        new("flag-38")
        {
            // 1024 and flag 38: what the meter reads says something with a closed relay alone.
            PlugKeys = "flags: 274877907968",
            Expected = [Outcome.Of("EveryUpdate_ChangesTheVersionAndNothingElse", Verdict.Pass), Outcome.Holds("the checkups read the load", ReadsTheLoad), Outcome.Holds("the suite closes the relay for its readings", ClosesTheRelay)],
        },
        new("runs-neither") { Version = "1.18.200", Expected = [Outcome.Of("EveryUpdate_ChangesTheVersionAndNothingElse", Verdict.NotRun, "neither firmware a nor b")] },
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

        // The image was taken and its firmware runs: an update as good as any, at its first attempt.
        new("f30-answer-lost")
        {
            Faults = AnswerLost,
            Expected = [Outcome.Of("EveryUpdate_ChangesTheVersionAndNothingElse", Verdict.Pass), Outcome.Trial("update"), Outcome.Holds("both updates succeed, and say that the answer was lost", BothAnswersLost)],
        },
        new("f38-settings-lost-with-the-answer")
        {
            Faults = $"{AnswerLost}, {{ id: F38 }}",
            Expected = [Outcome.Fails("EveryUpdate_ChangesTheVersionAndNothingElse", "no meter")],
        },
    ];

    private const string AnswerLost = "{ id: F30, probability: 0, answer: lost }";

    private static Outcome Attempts(int most, string updates) => Outcome.Holds(
        $"an update took {most} attempts ({updates}), and that fails",
        (run, slot) => run.Measurements.LastOrDefault(m => m.Slot == slot && m.Name == "ota-attempts-to-success") is not { } figure ? "no such figure is on record"
            : figure.Value == most && figure.Verdict == Verdict.Fail && figure.Detail.GetValueOrDefault("updates") == updates
                && run.Trials.Count(t => t.Slot == slot && t.Step == "update" && !t.Ok) == (updates.EndsWith('-') ? most : most - 1) ? null
            : $"the figure is {figure.Value} ({figure.Detail.GetValueOrDefault("updates")}), {figure.Verdict.ToText()}");

    private static string? BothAnswersLost(RunRecord run, string slot)
    {
        TrialRecord[] updates = [.. run.Trials.Where(t => t.Slot == slot && t.Step == "update")];
        return updates.Length == 2 && updates.All(t => t.Ok && t.Detail.GetValueOrDefault("answer")?.StartsWith("lost: ", StringComparison.Ordinal) == true) ? null
            : string.Join("; ", updates.Select(t => $"{(t.Ok ? "succeeded" : "failed")}, answer {t.Detail.GetValueOrDefault("answer")}"));
    }

    private static string? RunsItsOwn(RunRecord run, string slot)
    {
        string build = run.Identities.LastOrDefault(i => i.Slot == slot && i.Phase == "after")?.Facts.GetValueOrDefault("build") ?? "nothing";
        return build.EndsWith("1.18.158", StringComparison.Ordinal) ? null : $"it runs '{build}'";
    }

    private static string? ReadsTheLoad(RunRecord run, string slot)
    {
        string[] read = [.. run.Identities.Where(i => i.Slot == slot).Select(i => $"{i.Phase} {i.Facts.GetValueOrDefault("calibration power") ?? "nothing"}")];
        return read.Length >= 2 && read.All(r => double.TryParse(r.Split(' ')[1], CultureInfo.InvariantCulture, out double watts) && watts > 450) ? null : string.Join(", ", read);
    }

    // By the checkup before the night, for the first reading, and after each of the two updates, whose reset opens it; S04 leaves it closed.
    private static string? ClosesTheRelay(RunRecord run, string slot)
    {
        double closings = run.Verdicts.FirstOrDefault(v => v.Scope == $"slot:{slot}" && v.Rule == "relay-operations")?.Value ?? 0;
        return closings == 4 ? null : $"it closed {closings} times";
    }
}
