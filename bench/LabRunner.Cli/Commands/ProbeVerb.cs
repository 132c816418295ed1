using System.CommandLine;
using System.Text.Json;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Bench.Probing;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;
using LabRunner.Station.Client;
using Spectre.Console;

namespace LabRunner.Cli.Commands;

/// <summary><c>probe</c>: finds out which pin of an unknown board does what.</summary>
internal sealed class ProbeVerb : IVerb
{
    private readonly HandArguments _hand = new();
    private readonly Option<string?> _out = new("--out") { Description = "Run folder. Default: runs/<utc-stamp>-<bench>." };
    private readonly Option<string> _name = new("--name") { Description = "Name of the proposed board file: letters, digits, dots and dashes.", DefaultValueFactory = _ => "new-board" };
    private readonly Option<string> _title = new("--title") { Description = "Title of the board, for people.", DefaultValueFactory = _ => "New board" };
    private readonly Option<double?> _toggles = HandArguments.Number("--toggles", 1, 200, "Toggles of the relay that confirm its pin. Default 20.");
    private readonly Option<double?> _presses = HandArguments.Number("--presses", 1, 100, "Presses of the button that confirm its pin. Default 10.");
    private readonly Option<double?> _boots = HandArguments.Number("--boots", 0, 20, "Power cycles for the boot times. Default 3.");
    private readonly Option<int[]> _skip = new("--skip") { Description = "GPIOs that must not be touched.", AllowMultipleArgumentsPerToken = true };

    public Command Build()
    {
        _name.Validators.Add(result =>
        {
            if (result.Errors.Any())
            {
                return;
            }

            string name = result.GetValueOrDefault<string>();
            if (name.Length is 0 or > 60 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.') || name.StartsWith('.'))
            {
                result.AddError($"--name: '{name}' is no name of a board file. Use letters, digits, dots and dashes, at most 60.");
            }
        });
        Command command = _hand.On(new Command("probe", "Find out which GPIO drives the relay, reads the button, lights the LED and counts CF and CF1, what SEL's polarity is, and whether UART, strap and supply are sane; proposes a board file and an OpenBeken template. The plug runs OpenBeken and has its pins back afterwards. Refused on mains where pins are driven. Example: ./lab probe p1 --bench my-lab --name sm-028-v1.4 --title \"SM-028_V1.4 plug\"")
        {
            _out, _name, _title, _toggles, _presses, _boots, _skip,
        });
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        Action<string> say = _hand.Say(parsed);
        ProbeOptions options = new()
        {
            Toggles = (int)(parsed.GetValue(_toggles) ?? 20), Presses = (int)(parsed.GetValue(_presses) ?? 10), Boots = (int)(parsed.GetValue(_boots) ?? 3), Skip = parsed.GetValue(_skip) ?? [],
        };
        using (StationClient? station = await _hand.StationAsync(parsed, cancellationToken).ConfigureAwait(false))
        {
            if (station is not null)
            {
                say($"A station has this bench ({station.Where}), and a probe is not offered through it: a virtual bench gets plugs of its own now, and of a real one the station must let go first (end it).");
            }
        }

        say("A probe takes one to five minutes: it tries every pin, then power cycles. Fewer --toggles, --presses and --boots make it shorter.");
        HandBench bench = await HandBench.OpenAsync(_hand.Options(parsed, "probe") with { Folder = parsed.GetValue(_out) }, say, cancellationToken).ConfigureAwait(false);
        ProbeOutcome? outcome = null;
        await using (bench.ConfigureAwait(false))
        {
            await bench.RunAsync(async token => outcome = await ProbeHand.RunAsync(bench, options, parsed.GetValue(_name)!, parsed.GetValue(_title)!, say, token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }

        ReportRenderer.Render(outcome!.Folder);
        if (_hand.Json(parsed))
        {
            Console.WriteLine(JsonSerializer.Serialize(
                new
                {
                    functions = outcome.Result.Findings.Select(f => new { function = f.Function, verdict = f.Verdict.ToText(), gpio = f.Gpio, role = f.Role, said = f.Said, good = f.Good, of = f.Of }),
                    boards = outcome.Matches.Take(3).Select(m => new { board = m.Board.Name, same = m.Same, differences = m.Differences }),
                    board = outcome.Board, template = JsonDocument.Parse(outcome.Template).RootElement, folder = outcome.Folder,
                },
                JsonSerializerOptions.Web));
        }
        else
        {
            Print(outcome, parsed.GetValue(_name)!);
        }

        return (int)(outcome.Result.Findings.Any(f => f.Verdict == Verdict.Fail) ? ExitCode.Fail
            : outcome.Result.Findings.Any(f => f.Verdict == Verdict.NotRun) ? ExitCode.Inconclusive : ExitCode.Pass);
    }

    private static void Print(ProbeOutcome outcome, string name)
    {
        Table table = new Table().Border(TableBorder.Rounded).AddColumns("function", "GPIO", "role", "verdict", "evidence");
        foreach (ProbeFinding finding in outcome.Result.Findings)
        {
            table.AddRow(((string[])[finding.Function, finding.Gpio?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "–", finding.Role ?? "–", finding.Verdict.ToText(), finding.Said]).Select(t => new Text(t)).ToArray());
        }

        AnsiConsole.Write(table);
        foreach (BoardMatch match in outcome.Matches.Take(3))
        {
            Console.WriteLine($"{match.Board.Name}: {(match.Differences.Count == 0 ? "the same" : string.Join("; ", match.Differences))}");
        }

        if (outcome.Matches.Count == 0)
        {
            Console.WriteLine("No board is known with this chip.");
        }

        Console.WriteLine($"\nhardware/boards/{name}.yaml would be:\n\n{outcome.Board}\nOpenBeken template:\n\n{outcome.Template}");
        Console.WriteLine($"Kept in {outcome.Folder}; for signing: ./lab report {outcome.Folder} --variant");
    }
}
