namespace LabRunner.Suites.Tests.Matrix;

/// <summary>A row of the table with its suite.</summary>
/// <param name="Suite">Its suite.</param>
/// <param name="Row">The row.</param>
public sealed record MatrixRow(ISuiteRows Suite, SuiteRow Row)
{
    /// <summary>Name of its slot.</summary>
    public string Slot => $"{Suite.Suite.ToLowerInvariant()}-{Row.Name}";

    /// <summary>Parameters as the plan writes them.</summary>
    public string Parameters => Row.Parameters ?? Suite.Parameters;

    /// <inheritdoc/>
    public override string ToString() => $"{Suite.Suite} {Row.Name}";
}

/// <summary>The whole table.</summary>
public static class MatrixTable
{
    /// <summary>Environment variable that picks the suites of a run, for whoever works on one: <c>LABRUNNER_MATRIX=S13,S18</c>.</summary>
    public const string PickVariable = "LABRUNNER_MATRIX";

    /// <summary>Suites by id.</summary>
    public static IReadOnlyList<ISuiteRows> Suites { get; } =
    [
        .. typeof(MatrixTable).Assembly.GetTypes()
            .Where(type => !type.IsAbstract && type.IsAssignableTo(typeof(ISuiteRows)))
            .Select(type => (ISuiteRows)Activator.CreateInstance(type)!)
            .OrderBy(rows => rows.Suite, StringComparer.Ordinal),
    ];

    /// <summary>Every row.</summary>
    public static IReadOnlyList<MatrixRow> Rows { get; } = [.. Suites.SelectMany(suite => suite.Rows.Select(row => new MatrixRow(suite, row)))];

    /// <summary>Rows that were picked; all without a pick.</summary>
    public static IReadOnlyList<MatrixRow> Picked()
    {
        string[] pick = (Environment.GetEnvironmentVariable(PickVariable) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return pick.Length == 0 ? Rows : [.. Rows.Where(row => pick.Contains(row.Suite.Suite) || pick.Contains(row.Slot))];
    }

    /// <summary>Rows of every run.</summary>
    public static IReadOnlyList<MatrixRow> Share() => [.. Rows.Where(row => row.Row.InEveryRun)];
}
