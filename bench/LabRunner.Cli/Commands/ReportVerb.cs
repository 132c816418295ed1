using System.CommandLine;
using LabRunner.Bench.Hosting;
using LabRunner.Cli.Terminal;
using LabRunner.Reports.Formats;

namespace LabRunner.Cli.Commands;

/// <summary><c>report RUN</c>: draws the report of a run folder again.</summary>
internal sealed class ReportVerb : IVerb
{
    private readonly Argument<string> _run = new("run") { Description = "Run folder." };
    private readonly Option<bool> _json = new("--json") { Description = "Print the scorecard as JSON." };

    public Command Build()
    {
        Command command = new("report", "Draw the report of a run again, from its folder alone. Example: ./lab report runs/20260101T200000Z-my-lab") { _run, _json };
        command.SetAction(parsed =>
        {
            string folder = Path.GetFullPath(parsed.GetValue(_run)!);
            if (!File.Exists(Path.Combine(folder, "journal.db")))
            {
                throw new UsageException($"report: {folder} is no run folder, it has no journal.db. Name a folder below runs/.");
            }

            Scorecard card = ReportRenderer.Render(folder);
            ScorecardView.Print(card, parsed.GetValue(_json));
            return (int)ScorecardView.ToExitCode(card);
        });
        return command;
    }
}
