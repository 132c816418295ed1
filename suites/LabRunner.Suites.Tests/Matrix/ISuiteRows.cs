using LabRunner.Reports.Records;

namespace LabRunner.Suites.Tests.Matrix;

/// <summary>The rows of one suite, in a file of its own; found by reflection.</summary>
public interface ISuiteRows
{
    /// <summary>Id: S01 … S18.</summary>
    string Suite { get; }

    /// <summary>Parameters as a plan writes them, without braces; as short as the suite's proof allows.</summary>
    string Parameters { get; }

    /// <summary>One healthy plug at least, and one with a planted fault at least.</summary>
    IReadOnlyList<SuiteRow> Rows { get; }
}

/// <summary>A plug in one condition, and what the suite says of it.</summary>
/// <param name="Name">Condition: <c>healthy</c>, or a word for what is wrong. Letters, digits and dashes; names the slot.</param>
public sealed record SuiteRow(string Name)
{
    /// <summary>Faults of the virtual plug, as the list items of an inventory; empty: none.</summary>
    public string Faults { get; init; } = "";

    /// <summary>Board that is soldered.</summary>
    public string Board { get; init; } = "sm-028-v1.3-b17";

    /// <summary>Board file that the slot claims, where it differs from <see cref="Board"/>: a wrong template.</summary>
    public string? Claimed { get; init; }

    /// <summary>Path of the slot's console; null: its own terminal; empty: it has none.</summary>
    public string? Console { get; init; }

    /// <summary>More keys of the slot, a line each, as an inventory writes them; {plug} is the number of its plug.</summary>
    public IReadOnlyList<string> SlotKeys { get; init; } = [];

    /// <summary>Parts that every slot of the table has and this one has not, by their key.</summary>
    public IReadOnlyList<string> Without { get; init; } = [];

    /// <summary>Version of the firmware that it runs; the bench's firmwares are 1.18.158 and 1.18.159.</summary>
    public string Version { get; init; } = "1.18.158";

    /// <summary>More keys of the plan, as a plan writes them on a line of its own; empty: none. Only of rows that have a bench of their own.</summary>
    public string PlanKeys { get; init; } = "";

    /// <summary>More keys of the virtual plug, as an inventory writes them on one line; empty: none.</summary>
    public string PlugKeys { get; init; } = "";

    /// <summary>Parameters that replace those of the suite, without braces.</summary>
    public string? Parameters { get; init; }

    /// <summary>Weather of the air; rows with the same weather share a night.</summary>
    public string Weather { get; init; } = "";

    /// <summary>Run seconds a second: lower where a suite makes gestures that a busy machine could not time any more. Rows of one scale share a night.</summary>
    public double TimeScale { get; init; } = 20;

    /// <summary>True: it changes what its neighbours stand on (the air, the broker), so that it gets a bench of its own.</summary>
    public bool Alone { get; init; }

    /// <summary>
    /// True: the slot does the suite together with the other such rows of the suite and the sentinel, in one night: <c>together: true</c> in the plan. Their
    /// parameters are the same.
    /// </summary>
    public bool Together { get; init; }

    /// <summary>True: it is played in every <c>./lab test</c>. A handful of short rows; the others cost too much for that.</summary>
    public bool InEveryRun { get; init; }

    /// <summary>
    /// What must come out. Of a healthy plug every test not named here must PASS; of a plug with a fault the others may say what they like.
    /// </summary>
    public IReadOnlyList<Outcome> Expected { get; init; } = [];

    /// <summary>True: nothing is wrong with the plug nor with its bench.</summary>
    public bool IsHealthy => Name == Healthy || Name == HealthyTogether;

    /// <summary>Name of the row of a plug without a fault.</summary>
    public const string Healthy = "healthy";

    /// <summary>Name of the row of a plug without a fault among those that do the suite together.</summary>
    public const string HealthyTogether = "healthy-together";
}

/// <summary>What must come out of one test, or of the watch while the suite ran.</summary>
public abstract record Outcome
{
    /// <summary>True: the product or the bench is told to be faulty.</summary>
    public abstract bool IsAccusation { get; }

    /// <summary>A test of the suite ends so.</summary>
    /// <param name="test">Method name.</param>
    /// <param name="verdict">Verdict.</param>
    /// <param name="message">A part of its message, so that it is this verdict for the right reason; null: any.</param>
    public static Outcome Of(string test, Verdict verdict, string? message = null) => new TestOutcome(test, verdict, message);

    /// <summary>A test of the suite fails, or is INVALID because an incident of the watch carries the FAIL.</summary>
    /// <param name="test">Method name.</param>
    /// <param name="message">A part of its message, so that it fails for the right reason.</param>
    public static Outcome Fails(string test, string message) => new TestOutcome(test, Verdict.Fail, message);

    /// <summary>A trial of this step was recorded and succeeded.</summary>
    /// <param name="step">Its step.</param>
    public static Outcome Trial(string step) => new TrialOutcome(step);

    /// <summary>The last figure of this name has this verdict.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="verdict">Verdict.</param>
    public static Outcome Figure(string name, Verdict verdict) => new FigureOutcome(name, verdict);

    /// <summary>Something holds of the whole record of the night.</summary>
    /// <param name="what">What, a clause.</param>
    /// <param name="problem">What is wrong, by the record and the row's slot; null: it holds.</param>
    public static Outcome Holds(string what, Func<RunRecord, string, string?> problem) => new RecordOutcome(what, problem);

    /// <summary>The watch names an unexpected incident while the suite runs, which carries the FAIL.</summary>
    /// <param name="incidentClass">Class of the truth table.</param>
    /// <param name="mode">Failure mode; null: any.</param>
    public static Outcome Incident(string incidentClass, string? mode = null) => new IncidentOutcome(incidentClass, mode);
}

/// <summary>See <see cref="Outcome.Of"/>.</summary>
public sealed record TestOutcome(string Test, Verdict Verdict, string? Message) : Outcome
{
    /// <inheritdoc/>
    public override bool IsAccusation => Verdict is Verdict.Fail or Verdict.Invalid;

    /// <inheritdoc/>
    public override string ToString() => $"{Test} {Verdict.ToText()}";
}

/// <summary>See <see cref="Outcome.Incident"/>.</summary>
public sealed record IncidentOutcome(string Class, string? Mode) : Outcome
{
    /// <inheritdoc/>
    public override bool IsAccusation => true;

    /// <inheritdoc/>
    public override string ToString() => $"incident {Class}{(Mode is null ? "" : " " + Mode)}";
}

/// <summary>See <see cref="Outcome.Trial"/>.</summary>
public sealed record TrialOutcome(string Step) : Outcome
{
    /// <inheritdoc/>
    public override bool IsAccusation => false;

    /// <inheritdoc/>
    public override string ToString() => $"trial {Step}";
}

/// <summary>See <see cref="Outcome.Figure"/>.</summary>
public sealed record FigureOutcome(string Name, Verdict Verdict) : Outcome
{
    /// <inheritdoc/>
    public override bool IsAccusation => Verdict is Verdict.Fail or Verdict.Invalid;

    /// <inheritdoc/>
    public override string ToString() => $"figure {Name} {Verdict.ToText()}";
}

/// <summary>See <see cref="Outcome.Holds"/>.</summary>
public sealed record RecordOutcome(string What, Func<RunRecord, string, string?> Problem) : Outcome
{
    /// <inheritdoc/>
    public override bool IsAccusation => false;

    /// <inheritdoc/>
    public override string ToString() => What;
}
