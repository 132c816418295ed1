using System.CommandLine;
using LabRunner.Bench.Hosting;
using LabRunner.Cli.Terminal;
using LabRunner.Reports.Formats;

namespace LabRunner.Cli.Commands;

/// <summary><c>report RUN</c>: draws the report of a run folder again.</summary>
internal sealed class ReportVerb : IVerb
{
    private readonly Argument<string> _run = new("run") { Description = "Run folder." };
    private readonly Option<string?> _reference = new("--reference") { Description = "Run folder of the version to hold it against, beside the night before." };
    private readonly Option<bool> _allure = new("--allure") { Description = $"Call the Allure generator too (npm's allure 3 or allure-commandline 2 in PATH, or named by {AllureGenerator.Variable})." };
    private readonly Option<string[]> _series = new("--series") { Description = "Write every sample as csv or parquet too.", AllowMultipleArgumentsPerToken = true };
    private readonly Option<bool> _json = new("--json") { Description = "Print the scorecard as JSON." };

    public Command Build()
    {
        Command command = new("report", "Draw the report of a run again, from its folder alone. Example: ./lab report runs/20260101T200000Z-my-lab --allure") { _run, _reference, _allure, _series, _json };
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string folder = Folder(parsed.GetValue(_run)!);
        string? reference = parsed.GetValue(_reference) is { } named ? Folder(named) : null;
        string[] series = parsed.GetValue(_series) ?? [];
        if (series.FirstOrDefault(s => s is not ("csv" or "parquet")) is { } wrong)
        {
            throw new UsageException($"--series: '{wrong}' is no format. Write csv or parquet.");
        }

        Scorecard card = ReportRenderer.Render(folder, reference);
        bool json = parsed.GetValue(_json);
        ScorecardView.Print(card, json);
        foreach (string format in series.Distinct())
        {
            Say(json, $"Series: {await ReportRenderer.ExportSeriesAsync(folder, format, cancellationToken).ConfigureAwait(false)}");
        }

        if (parsed.GetValue(_allure))
        {
            Say(json, $"Allure: {await AllureGenerator.GenerateAsync(folder, cancellationToken).ConfigureAwait(false)}");
        }

        return (int)ScorecardView.ToExitCode(card);
    }

    private static void Say(bool json, string line) => (json ? Console.Error : Console.Out).WriteLine(line);

    private static string Folder(string run)
    {
        string folder = Path.GetFullPath(run);
        return File.Exists(Path.Combine(folder, "journal.db"))
            ? folder
            : throw new UsageException($"report: {folder} is no run folder, it has no journal.db. Name a folder below runs/.");
    }
}
