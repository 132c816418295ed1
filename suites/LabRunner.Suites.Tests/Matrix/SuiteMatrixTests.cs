using LabRunner.Reports.Records;

namespace LabRunner.Suites.Tests.Matrix;

/// <summary>
/// For each suite: the healthy plug passes it and a planted fault makes it FAIL, on real sockets at a time scale. The whole table on demand
/// (<c>./lab test suite-matrix</c>), since it takes longer than a change may wait; the rows marked so in every <c>./lab test</c>.
/// </summary>
[TestFixtureSource(nameof(Shares))]
[NonParallelizable]
public sealed class SuiteMatrixTests(MatrixShare share)
{
    private readonly List<string> _table = [];
    private bool _failed;

    /// <summary>What is played.</summary>
    public static IEnumerable<TestFixtureData> Shares()
    {
        TestFixtureData whole = new(new MatrixShare("whole", MatrixTable.Picked()));
        whole.Properties.Add("Category", "suite-matrix");
        whole.Properties.Add("Category", "on-demand");
        yield return whole;
        yield return new TestFixtureData(new MatrixShare("share", MatrixTable.Share()));
    }

    [Test]
    public async Task Rows_OfTheTable_AreTrue()
    {
        foreach (MatrixNight night in share.Nights)
        {
            await TestContext.Progress.WriteLineAsync($"suite matrix, {share}: {string.Join(", ", night.Rows)}");
            RunRecord run = await night.PlayAsync(CancellationToken.None);
            List<string> problems = [.. night.Rows.SelectMany(row => ProblemsOf(row, run))];
            if (problems.Count == 0)
            {
                night.Clean();
                continue;
            }

            _failed = true;
            await TestContext.Progress.WriteLineAsync($"Kept for a look: {night.Folder}");
            await TestContext.Progress.WriteLineAsync(string.Join('\n', problems));
        }

        await TestContext.Progress.WriteLineAsync(string.Join('\n', _table));
        Assert.That(_failed, Is.False, string.Join('\n', _table));
    }

    private List<string> ProblemsOf(MatrixRow row, RunRecord run)
    {
        List<TestRecord> tests = [.. run.Tests.Where(test => test.Slot == row.Slot && test.Suite == row.Suite.Suite)];
        List<string> problems = [.. row.Row.Expected.Select(expected => Problem(expected, row, run, tests)).OfType<string>()];
        if (tests.Count == 0)
        {
            problems.Add("no test ran");
        }

        if (row.Row.IsHealthy)
        {
            HashSet<string> named = [.. row.Row.Expected.OfType<TestOutcome>().Select(expected => expected.Test)];
            problems.AddRange(tests.Where(test => !named.Contains(test.Name) && test.Verdict != Verdict.Pass).Select(Told));
            problems.AddRange(run.Incidents
                .Where(incident => incident.Slot == row.Slot && !incident.Expected)
                .Select(incident => $"incident {incident.Class} {incident.Mode}: {incident.Title}"));
        }

        string verdicts = string.Join(", ", tests.Select(test => $"{test.Name} {test.Verdict.ToText()}"));
        _table.Add($"{(problems.Count == 0 ? "true " : "FALSE")} {row}: {verdicts}");
        return [.. problems.Select(problem => $"  {row}: {problem}")];
    }

    private static string? Problem(Outcome expected, MatrixRow row, RunRecord run, List<TestRecord> tests)
    {
        if (expected is IncidentOutcome incident)
        {
            string[] seen = [.. run.Incidents.Where(i => i.Slot == row.Slot && !i.Expected).Select(i => $"{i.Class} {i.Mode}")];
            return run.Incidents.Any(i => i.Slot == row.Slot && !i.Expected && i.Class == incident.Class && (incident.Mode is null || i.Mode == incident.Mode))
                ? null
                : $"expected {incident}, the watch saw {(seen.Length == 0 ? "none" : string.Join(", ", seen))}";
        }

        if (expected is RecordOutcome record)
        {
            return record.Problem(run, row.Slot) is { } wrong ? $"expected {record}: {wrong}" : null;
        }

        if (expected is FigureOutcome wantedFigure)
        {
            return run.Measurements.LastOrDefault(m => m.Slot == row.Slot && m.Name == wantedFigure.Name) is not { } figure ? $"expected {wantedFigure}, which is not on record"
                : figure.Verdict != wantedFigure.Verdict ? $"expected {wantedFigure}, it is {figure.Verdict.ToText()} ({figure.Value} {figure.Unit})"
                : null;
        }

        if (expected is TrialOutcome trial)
        {
            return run.Trials.Any(t => t.Slot == row.Slot && t.Step == trial.Step && t.Ok) ? null : $"expected {trial}, which is not on record";
        }

        TestOutcome wanted = (TestOutcome)expected;
        return tests.LastOrDefault(test => test.Name == wanted.Test) is not { } test
            ? $"expected {wanted}, which did not run"
            : test.Verdict != wanted.Verdict && !(wanted.Verdict == Verdict.Fail && CarriedByAnIncident(test)) ? $"expected {wanted}, got {Told(test)}"
            : wanted.Message is { } part && test.Message?.Contains(part, StringComparison.Ordinal) != true ? $"expected {wanted} with '{part}', got {Told(test)}"
            : null;
    }

    // One failure counts once: where the watch saw it too, its incident has the FAIL and the test is INVALID.
    private static bool CarriedByAnIncident(TestRecord test) =>
        test.Verdict == Verdict.Invalid && test.Message?.Contains("interrupted by incident", StringComparison.Ordinal) == true && test.Message.Contains("the test itself said", StringComparison.Ordinal);

    private static string Told(TestRecord test) => $"{test.Name} {test.Verdict.ToText()}: {test.Message}";
}

/// <summary>A part of the table that is played together.</summary>
/// <param name="name">A word for it.</param>
/// <param name="rows">Its rows.</param>
public sealed class MatrixShare(string name, IReadOnlyList<MatrixRow> rows)
{
    private const int MostSlots = 5;

    /// <summary>Its nights.</summary>
    internal IReadOnlyList<MatrixNight> Nights { get; } = MatrixNight.Pack(rows, MostSlots);

    /// <inheritdoc/>
    public override string ToString() => name;
}
