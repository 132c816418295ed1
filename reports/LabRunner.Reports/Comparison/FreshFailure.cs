using LabRunner.Reports.Records;

namespace LabRunner.Reports.Comparison;

/// <summary>Something that failed on the newer side alone and that no rate speaks of: a suite, a check, a finding, a brick.</summary>
/// <param name="Board">Board.</param>
/// <param name="What">Suite, check, or class and mode.</param>
/// <param name="IsGrave">One is too many, whatever was before (<see cref="Severity"/>).</param>
/// <param name="WasAsked">
/// False where it is not known whether it failed before: the suite, or a suite that failed beside a finding and may have made it, was not played by the
/// older side, or nothing of that side counts.
/// </param>
public sealed record FreshFailure(string Board, string What, bool IsGrave, bool WasAsked)
{
    /// <summary>What it says of the change.</summary>
    public Change Change => IsGrave || WasAsked ? Change.Worse : Change.CannotTell;

    /// <summary>In words, without final full stop.</summary>
    public string Sentence => $"{Board}: {What} failed after{(IsGrave ? ", which no rate excuses" : WasAsked ? " and not before" : "; it was not asked before")}";

    /// <summary>Those of a board.</summary>
    /// <param name="board">Its name.</param>
    /// <param name="before">Older side, with cells.</param>
    /// <param name="after">Newer side.</param>
    internal static IEnumerable<FreshFailure> Of(string board, Pool before, Pool after)
    {
        HashSet<string> known = [.. Failures(before)];
        return Failures(after).Distinct().Where(f => !known.Contains(f)).Order(StringComparer.Ordinal)
            .Select(f => new FreshFailure(board, f, Severity.IsGravest(f), WasAskedFor(f, before, after)));
    }

    private static bool WasAskedFor(string what, Pool before, Pool after)
    {
        HashSet<string> played = [.. before.Suites];
        return IsSuite(what) ? played.Contains(what)
            : before.Cells.Any(c => c.Invalid is null) && after.Cells.Where(c => c.Failed.Contains(what)).SelectMany(c => c.Failed).Where(IsSuite).All(played.Contains);
    }

    private static IEnumerable<string> Failures(Pool side) => side.Cells.SelectMany(c => c.Failed).Concat(side.Modes.Keys.Where(Severity.IsGravest));

    private static bool IsSuite(string what) => what is ['S', >= '0' and <= '9', >= '0' and <= '9'];
}
