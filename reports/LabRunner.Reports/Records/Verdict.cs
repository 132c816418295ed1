namespace LabRunner.Reports.Records;

/// <summary>
/// The bench's judgement. The order is the order of importance when several are combined: the worst wins.
/// INCONCLUSIVE is never folded into PASS.
/// </summary>
public enum Verdict
{
    /// <summary>Not asked of this slot; the reason is told.</summary>
    NotRun,

    /// <summary>As it should be.</summary>
    Pass,

    /// <summary>Allowed, but someone should look.</summary>
    Warn,

    /// <summary>Not enough hours or trials to tell; the text says how many more.</summary>
    Inconclusive,

    /// <summary>The bench, not the product, failed; nothing is known.</summary>
    Invalid,

    /// <summary>The product failed.</summary>
    Fail,
}

/// <summary>Spelling of verdicts in files and on paper.</summary>
public static class VerdictText
{
    /// <summary>PASS, FAIL, WARN, INCONCLUSIVE, INVALID or NOT RUN.</summary>
    public static string ToText(this Verdict verdict) => verdict == Verdict.NotRun ? "NOT RUN" : verdict.ToString().ToUpperInvariant();

    /// <summary>Reads what <see cref="ToText"/> wrote.</summary>
    /// <exception cref="FormatException">The text is none of the six.</exception>
    public static Verdict Parse(string text) =>
        Enum.GetValues<Verdict>().Cast<Verdict?>().FirstOrDefault(v => v!.Value.ToText() == text)
        ?? throw new FormatException($"'{text}' is no verdict; it is one of PASS, FAIL, WARN, INCONCLUSIVE, INVALID, NOT RUN.");
}
