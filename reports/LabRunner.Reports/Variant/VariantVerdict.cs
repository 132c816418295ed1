using LabRunner.Reports.Records;

namespace LabRunner.Reports.Variant;

/// <summary>The judgement of a board, and what was not asked of it.</summary>
/// <param name="Verdict">
/// FAIL: something that was asked failed. INVALID: nothing did, but something needed is missing and a run does not count. INCONCLUSIVE: as
/// before, with every run counting, or the runs may not be of one board. WARN: held with remarks, or with something that was not asked. PASS: all was asked, and all held.
/// </param>
/// <param name="Sentence">Why, in one sentence.</param>
/// <param name="Discounted">Runs that do not count, with the reason each gave itself, a line each.</param>
/// <param name="Failed">What failed, a line each.</param>
/// <param name="NotTested">What was not asked or has no result, and why, a line each.</param>
public sealed record VariantVerdict(Verdict Verdict, string Sentence, IReadOnlyList<string> Discounted, IReadOnlyList<string> Failed, IReadOnlyList<string> NotTested)
{
    private const string Completed = "completed";
    private static readonly string[] Needed = ["relay", "button", "cf", "cf1", "sel", "uart", "rail"];
    private static readonly string[] NeededSuites = ["S14"];

    /// <summary>Judges. A run whose own verdict of the slot is INVALID neither fails nor passes the board.</summary>
    public static VariantVerdict Of(VariantRecord variant)
    {
        ArgumentNullException.ThrowIfNull(variant);
        RunRecord[] invalid = [.. variant.Runs.Where(r => r.WhyNotCounted(variant.Slot) is not null)];
        VariantRecord counted = new([.. variant.Runs.Except(invalid)], variant.Slot, variant.Facts);
        List<string> discounted = [.. invalid.Select(r => $"{Name(r)} does not count. {r.WhyNotCounted(variant.Slot)}")];
        List<string> failed = [.. counted.Functions.Where(f => f.Verdict == Verdict.Fail).Select(f => $"{f.Name}: {f.Said}"), .. counted.Runs.SelectMany(r => Failures(r, variant.Slot))];
        List<string> missing = [.. Needed.Where(n => counted.Functions.All(f => f.Name != n)).Select(n => $"{n}: the board was not probed for it")];
        missing.AddRange(counted.Functions.Where(f => f.Verdict is Verdict.NotRun or Verdict.Inconclusive or Verdict.Invalid).Select(f => $"{f.Name}: {f.Said}"));
        missing.AddRange(counted.Runs.Where(r => r.Outcome != Completed).Select(r => $"{Name(r)}: {(r.Killed ? "its runner died" : r.Outcome ?? "no outcome was written")}, so that the rest of it was not asked"));
        List<string> notAsked = [];
        foreach ((string suite, string tells) in VariantRecord.Wanted.Concat(counted.Tests.Select(t => t.Suite).Distinct().Except(VariantRecord.Wanted.Select(w => w.Suite)).Select(s => (s, ""))))
        {
            TestRecord[] tests = [.. counted.Tests.Where(t => t.Suite == suite)];
            if (tests.All(t => t.Verdict == Verdict.NotRun))
            {
                (NeededSuites.Contains(suite) ? missing : notAsked).Add($"{(tells.Length > 0 ? tells + ": " : "")}suite {suite} did not run");
            }

            missing.AddRange(tests.Where(t => t.Verdict is Verdict.Inconclusive or Verdict.Invalid).Select(Line));
            notAsked.AddRange(tests.Where(t => t.Verdict == Verdict.NotRun).Select(Line));
        }

        bool warned = counted.Functions.Any(f => f.Verdict == Verdict.Warn) || counted.Tests.Any(t => t.Verdict == Verdict.Warn);
        Verdict verdict = failed.Count > 0 ? Verdict.Fail
            : variant.Mixed is not null ? Verdict.Inconclusive
            : missing.Count > 0 ? invalid.Length > 0 ? Verdict.Invalid : Verdict.Inconclusive
            : warned || invalid.Length > 0 || notAsked.Count > 0 ? Verdict.Warn : Verdict.Pass;
        string open = missing.Count switch { 0 => "", 1 => $"this is missing: {missing[0].TrimEnd('.')}", _ => $"{missing.Count} results are missing, the first: {missing[0].TrimEnd('.')}" };
        string sentence = verdict switch
        {
            Verdict.Fail => $"{failed.Count} of what was asked of the board failed.",
            Verdict.Invalid => $"The bench, not the board, failed, and {open}. The board is not validated yet.",
            Verdict.Inconclusive when open.Length == 0 => "Nothing that was asked failed, but it is not the answer of one board. The board is not validated yet.",
            Verdict.Inconclusive => $"Nothing that was asked failed, but {open}. The board is not validated yet.",
            Verdict.Warn when notAsked.Count > 0 => "All that was asked of the board held, with remarks; what was not asked is listed below.",
            Verdict.Warn => "All that was asked of the board held, with remarks.",
            _ => "All that was asked of the board held.",
        };
        return new VariantVerdict(verdict, variant.Mixed is { } mixed ? $"{mixed} {sentence}" : sentence, discounted, failed, [.. missing, .. notAsked]);
    }

    // An incident that fails the slot in a night need not fail a test of it.
    private static string[] Failures(RunRecord run, string slot)
    {
        string[] tests = [.. run.Tests.Where(t => t.Slot == slot && t.Verdict == Verdict.Fail).Select(t => $"{t.Suite} {t.Name}: {t.Headline()}")];
        bool probe = run.Measurements.Any(m => m.Slot == slot && m.Suite == VariantRecord.ProbeSuite);
        return tests.Length > 0 || probe || run.Own(slot) is not { Verdict: Verdict.Fail } own ? tests : [$"{Name(run)}: {own.Text}"];
    }

    private static string Name(RunRecord run) => $"Run {Path.GetFileName(run.Folder.TrimEnd('/'))}";

    private static string Line(TestRecord test) => $"{test.Suite} {test.Name}: {test.Verdict.ToText()}{(test.Message is { Length: > 0 } ? ", " + test.Headline() : "")}";
}
