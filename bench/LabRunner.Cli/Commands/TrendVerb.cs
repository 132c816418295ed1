using System.CommandLine;
using LabRunner.Cli.Terminal;
using LabRunner.Reports.Comparison;
using LabRunner.Reports.Formats;

namespace LabRunner.Cli.Commands;

/// <summary><c>trend RUNS…</c>: many nights over firmware and board, with a gate for build servers.</summary>
internal sealed class TrendVerb : IVerb
{
    private readonly Argument<string[]> _runs = new("runs") { Description = "Run folders, or a folder that holds run folders.", Arity = ArgumentArity.OneOrMore };
    private readonly ComparisonOptions _options = new();

    public Command Build()
    {
        Command command = new(
            "trend",
            "Many nights over firmware and board: rates with bounds, change points, failure modes, and the sequential test over all nights. Exit code 0 when every newest build is accepted, 1 when one is worse, rejected or failed a suite, 2 when it cannot be told. Example: ./lab trend runs --html trend.html")
        { _runs };
        _options.AddTo(command);
        command.SetAction(parsed =>
        {
            NightTrend trend = NightTrend.Of(ComparisonOptions.Read(parsed.GetValue(_runs)!.SelectMany(ComparisonOptions.Expand)), _options.Rules(parsed));
            _options.Print(parsed, ComparisonJson.Write(trend), TrendPage.Write(trend), Lines(trend));
            return (int)ComparisonOptions.ToExitCode(trend.Gate);
        });
        return command;
    }

    private static IEnumerable<string> Lines(NightTrend trend)
    {
        foreach (VersionRow row in trend.Versions)
        {
            yield return $"{TrendPage.Sentence(row, trend.Rules)}.";
        }

        foreach (Series series in trend.Series)
        {
            foreach (SeriesChange change in series.Changes)
            {
                yield return FormattableString.Invariant(
                    $"Change: {series.Board}, {series.Figure}: from {change.Point.Before:0.##} to {change.Point.After:0.##} with {change.Night.Name}, {(change.WithVersion ? "the first night of" : "in the middle of")} {change.Firmware}.");
            }
        }

        foreach (string warning in trend.Warnings)
        {
            yield return "Note: " + warning;
        }

        yield return TrendPage.GateWord(trend);
    }
}
