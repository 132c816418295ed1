using LabRunner.Reports.Records;

namespace LabRunner.Bench.Session;

/// <summary>What a session that goes on with the run of a dead runner is opened with. Immutable.</summary>
public sealed record ResumePoint
{
    /// <summary>The run as its journal holds it.</summary>
    public required RunRecord Run { get; init; }

    /// <summary>Run time of the last record: from here on nothing was observed.</summary>
    public required TimeSpan LastSeen { get; init; }

    /// <summary>What lies between, a clause: "the runner was gone", "the machine was started anew".</summary>
    public required string Why { get; init; }

    /// <summary>What the guard did meanwhile, with its run time.</summary>
    public IReadOnlyList<(TimeSpan At, string Text)> GuardLog { get; init; } = [];
}

/// <summary>How tests that a death cut short are told from finished ones, in the journal's own words.</summary>
public static class CutShort
{
    /// <summary>Message of a test that was running when the night was ended before its time.</summary>
    public const string ByTheEnd = "The night ended while this test was running.";

    private const string ByADeath = "Interrupted: ";

    /// <summary>Message of a test whose runner died under it.</summary>
    public static string Message(string sentence) => ByADeath + sentence;

    /// <summary>True: the test did not come to its end and is to be run again.</summary>
    public static bool Is(TestRecord test) =>
        test.Ended is null
        || (test.Verdict == Verdict.Invalid && test.Message == ByTheEnd)
        || (test.Verdict == Verdict.NotRun && test.Message?.StartsWith(ByADeath, StringComparison.Ordinal) == true);
}
