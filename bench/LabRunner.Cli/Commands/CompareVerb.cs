using System.CommandLine;
using LabRunner.Bench.Hosting;
using LabRunner.Cli.Terminal;
using LabRunner.Reports.Comparison;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Formats;

namespace LabRunner.Cli.Commands;

/// <summary><c>compare BEFORE AFTER</c>: is one night worse than another?</summary>
internal sealed class CompareVerb : IVerb
{
    private readonly Argument<string> _before = new("before") { Description = "Run folder, or several with commas between them." };
    private readonly Argument<string> _after = new("after") { Description = "Run folder, or several with commas between them." };
    private readonly ComparisonOptions _options = new();

    public Command Build()
    {
        Command command = new(
            "compare",
            "Hold two nights, or groups of nights, against each other: worse, better, same, or cannot tell and how many hours are missing. Exit code 1 when worse, 2 when it cannot be told. Example: ./lab compare runs/monday runs/tuesday")
        { _before, _after };
        _options.AddTo(command);
        command.SetAction(parsed =>
        {
            NightComparison comparison = NightComparison.Of(
                ComparisonOptions.Read(parsed.GetValue(_before)!.Split(',', StringSplitOptions.TrimEntries)),
                ComparisonOptions.Read(parsed.GetValue(_after)!.Split(',', StringSplitOptions.TrimEntries)),
                _options.Rules(parsed));
            _options.Print(parsed, ComparisonJson.Write(comparison), ComparisonPage.Write(comparison), Lines(comparison));
            return (int)ComparisonOptions.ToExitCode(comparison.Overall);
        });
        return command;
    }

    private static IEnumerable<string> Lines(NightComparison comparison)
    {
        yield return $"Before: {string.Join(", ", NightComparison.Builds(comparison.Before))}. After: {string.Join(", ", NightComparison.Builds(comparison.After))}.";
        foreach (RateChange row in comparison.Told)
        {
            yield return FormattableString.Invariant($"{row.Scope}: {Words.Count(row.Before.Failures, "failure")} in {row.Before.Hours:0.##} h before, {row.After.Failures} in {row.After.Hours:0.##} h after; {row.Sentence}.");
        }

        foreach (FreshFailure failure in comparison.Fresh)
        {
            yield return failure.Sentence + ".";
        }

        foreach (HeapChange heap in comparison.Heaps.Where(h => h.Change is Change.Worse or Change.Better))
        {
            yield return $"{heap.Scope}, free heap: {HeapChange.Told(heap.Before)} before, {HeapChange.Told(heap.After)} after; {heap.Sentence}.";
        }

        foreach (SurvivalChange survival in comparison.Survival.Where(s => s.FailedBefore + s.FailedAfter > 0))
        {
            yield return $"{survival.Scope}, time to failure: {survival.Sentence}.";
        }

        foreach (TrialChange step in comparison.Trials.Where(t => t.Change != Change.CannotTell))
        {
            yield return FormattableString.Invariant($"{step.Scope}: {step.Before.Ok} of {step.Before.Tried} before, {step.After.Ok} of {step.After.Tried} after; {step.Change.ToString().ToLowerInvariant()} (p = {step.P:0.####}).");
        }

        foreach (ModeChange mode in comparison.Modes.Where(m => m.State != ModeState.Seen))
        {
            yield return $"{mode.Mode}: {mode.State} ({mode.Before} before, {mode.After} after).";
        }

        foreach (string warning in comparison.Warnings)
        {
            yield return "Note: " + warning;
        }

        yield return ComparisonPage.Word(comparison.Overall);
    }
}
