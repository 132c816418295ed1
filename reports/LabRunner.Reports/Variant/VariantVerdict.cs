using LabRunner.Reports.Records;

namespace LabRunner.Reports.Variant;

/// <summary>The judgement of a board, and what was not asked of it.</summary>
/// <param name="Verdict">FAIL: something that was asked failed. INCONCLUSIVE: nothing failed, but a needed part was not asked. WARN or PASS otherwise.</param>
/// <param name="Sentence">Why, in one sentence.</param>
/// <param name="Failed">What failed, a line each.</param>
/// <param name="NotTested">What was not asked, and why, a line each.</param>
public sealed record VariantVerdict(Verdict Verdict, string Sentence, IReadOnlyList<string> Failed, IReadOnlyList<string> NotTested)
{
    private static readonly string[] Needed = ["relay", "button", "cf", "cf1", "sel", "uart", "rail"];

    /// <summary>Judges.</summary>
    public static VariantVerdict Of(VariantRecord variant)
    {
        ArgumentNullException.ThrowIfNull(variant);
        List<string> failed =
        [
            .. variant.Functions.Where(f => f.Verdict == Verdict.Fail).Select(f => $"{f.Name}: {f.Said}"),
            .. variant.Tests.Where(t => t.Verdict == Verdict.Fail).Select(t => $"{t.Suite} {t.Name}: {t.Message}"),
        ];
        List<string> missing = [.. Needed.Where(n => variant.Functions.All(f => f.Name != n)).Select(n => $"{n}: the board was not probed for it")];
        missing.AddRange(variant.Functions.Where(f => f.Verdict == Verdict.NotRun).Select(f => $"{f.Name}: {f.Said}"));
        List<string> open = [.. missing];
        foreach ((string suite, string tells) in VariantRecord.Wanted)
        {
            TestRecord[] tests = [.. variant.Tests.Where(t => t.Suite == suite)];
            if (tests.Length == 0)
            {
                open.Add($"{tells}: suite {suite} did not run");
            }

            open.AddRange(tests.Where(t => t.Verdict is Verdict.NotRun or Verdict.Inconclusive or Verdict.Invalid).Select(t => $"{suite} {t.Name}: {t.Verdict.ToText()}{(t.Message is { Length: > 0 } why ? ", " + why : "")}"));
        }

        string[] neededSuites = [.. ((string[])["S14"]).Where(s => variant.Tests.All(t => t.Suite != s))];
        bool warned = variant.Functions.Any(f => f.Verdict == Verdict.Warn) || variant.Tests.Any(t => t.Verdict == Verdict.Warn);
        Verdict verdict = failed.Count > 0 ? Verdict.Fail : missing.Count > 0 || neededSuites.Length > 0 ? Verdict.Inconclusive : warned ? Verdict.Warn : Verdict.Pass;
        string sentence = verdict switch
        {
            Verdict.Fail => $"{failed.Count} of what was asked of the board failed.",
            Verdict.Inconclusive => $"Nothing that was asked failed, but {(neededSuites.Length > 0 ? "its metering was not measured" : $"{missing.Count} of its functions were not looked for")}: the board is not validated yet.",
            Verdict.Warn => "All that was asked of the board held, with remarks.",
            _ => "All that was asked of the board held.",
        };
        return new VariantVerdict(verdict, sentence, failed, open);
    }
}
