namespace LabRunner.Station.Runs;

/// <summary>How long runs are kept. Immutable.</summary>
/// <param name="KeepFor">A run that began longer ago may go; null: age does not matter.</param>
/// <param name="KeepBytes">The oldest may go while all together are larger; null: size does not matter.</param>
/// <param name="KeepNewest">So many of the newest never go.</param>
/// <param name="Every">How often the station looks.</param>
public sealed record RetentionRule(TimeSpan? KeepFor, long? KeepBytes, int KeepNewest, TimeSpan Every);

/// <summary>What the rule says of a run.</summary>
/// <param name="Run">Its name.</param>
/// <param name="Bytes">Size of its folder.</param>
/// <param name="Began">When it began.</param>
/// <param name="Goes">It goes at the next sweep.</param>
/// <param name="Why">Why it goes, or why it stays: a clause.</param>
public sealed record SweepRow(string Run, long Bytes, DateTimeOffset Began, bool Goes, string Why);

/// <summary>What a sweep does, or would do.</summary>
/// <param name="Rows">Every run, oldest first.</param>
/// <param name="Bytes">All runs together.</param>
/// <param name="BytesAfter">What stays.</param>
/// <param name="Problem">Why more stays than the rule wants, one sentence; null: it does not.</param>
public sealed record SweepPlan(IReadOnlyList<SweepRow> Rows, long Bytes, long BytesAfter, string? Problem);
