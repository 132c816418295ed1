using System.CommandLine;
using LabRunner.Bench.Hosting;
using LabRunner.Cli.Terminal;
using LabRunner.Reports.Comparison;
using LabRunner.Reports.Formats;

namespace LabRunner.Cli.Commands;

/// <summary><c>trend RUNS…</c>: many nights over firmware and board, with a gate for build servers.</summary>
internal sealed class TrendVerb : IVerb
{
    private readonly Argument<string[]> _runs = new("runs") { Description = "Run folders, or a folder that holds run folders.", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string?> _reference = new("--reference") { Description = "Run folder to hold the newest build of each board against, or several with commas between them; without it that is the build before." };

    private readonly Option<double> _stopRatio = new("--stop-ratio")
    {
        Description = "Ratio of the failure rates, 1 or more, from which a build that is significantly worse stops.", DefaultValueFactory = _ => new ComparisonRules().StopRatio,
    };

    private readonly ComparisonOptions _options = new();

    public Command Build()
    {
        Command command = new(
            "trend",
            "Many nights over firmware and board: rates with bounds, change points, drift, failure modes, resets at a time of day, and the sequential test over all nights. Exit code 0 when every newest build is accepted and fails under stress no more than before, 1 when one is worse, rejected, leaks beside the build before it, or failed a suite, 2 when it cannot be told or a run cannot be read. Example: ./lab trend runs --reference runs/<release> --html trend.html")
        { _runs, _reference, _stopRatio };
        _options.AddTo(command);
        command.SetAction(parsed =>
        {
            ComparisonRules rules = _options.Rules(parsed) with { StopRatio = parsed.GetValue(_stopRatio) };
            if (rules.StopRatio is not (>= 1 and <= 1000))
            {
                throw new UsageException($"--stop-ratio {rules.StopRatio} is not between 1 and 1000. The default is {new ComparisonRules().StopRatio}.");
            }

            (IReadOnlyList<NightSummary> nights, IReadOnlyList<UnreadNight> unread) = ComparisonOptions.ReadWhatCanBe(parsed.GetValue(_runs)!.SelectMany(ComparisonOptions.Expand));
            NightTrend trend = NightTrend.Of(
                nights, rules, parsed.GetValue(_reference) is { } named ? ComparisonOptions.Read(named.Split(',', StringSplitOptions.TrimEntries)) : null, unread);
            _options.Print(parsed, ComparisonJson.Write(trend), TrendPage.Write(trend), Lines(trend));
            return (int)ComparisonOptions.ToExitCode(trend.Gate);
        });
        return command;
    }

    private static IEnumerable<string> Lines(NightTrend trend)
    {
        if (trend.Reference.Count > 0)
        {
            yield return $"Reference: {string.Join(", ", NightComparison.Builds(trend.Reference))} ({string.Join(", ", trend.Reference.Select(n => n.Name))}).";
        }

        foreach (VersionRow row in trend.Versions)
        {
            yield return $"{TrendPage.Sentence(row, trend)}.";
            if (row.Newest && row.Rated.Stress.Any())
            {
                yield return $"  Other suites: {TrendPage.SuiteRates(row)}.";
            }
        }

        foreach (VersionRow row in trend.Newest.Where(v => TrendFigures.Line(v).Length > 0))
        {
            yield return $"{row.Board}, {row.Firmware}: {TrendFigures.Line(row)}.";
        }

        foreach (Series series in trend.Series)
        {
            foreach (SeriesChange change in series.Changes)
            {
                yield return FormattableString.Invariant(
                    $"Change: {series.Board}, {series.Figure}: from {change.Point.Before:0.##} to {change.Point.After:0.##} with {change.Night.Name}, {(change.WithVersion ? "the first night of" : "in the middle of")} {change.Firmware}.");
            }
        }

        foreach (Bisection found in trend.Bisect)
        {
            yield return $"{found.Sentence}.";
        }

        foreach (string told in trend.Drifts.Where(d => d.Signal is not null).Select(d => d.Sentence).Concat(trend.TimesOfDay.Where(t => t.IsTold).Select(t => t.Sentence)))
        {
            yield return $"{told}.";
        }

        foreach (string warning in trend.Warnings)
        {
            yield return "Note: " + warning;
        }

        yield return TrendPage.GateWord(trend);
    }
}
