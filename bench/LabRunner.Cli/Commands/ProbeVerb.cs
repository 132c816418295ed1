using System.CommandLine;
using System.Text.Json;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Bench.Probing;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;
using LabRunner.Station.Api;
using LabRunner.Station.Client;
using Spectre.Console;

namespace LabRunner.Cli.Commands;

/// <summary><c>probe</c>: finds out which pin of an unknown board does what.</summary>
internal sealed class ProbeVerb : IVerb
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

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

            if (ProbeHand.NameProblem(result.GetValueOrDefault<string>()) is { } problem)
            {
                result.AddError($"--name: {problem}");
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
        say("A probe takes one to five minutes: it tries every pin, then power cycles. Fewer --toggles, --presses and --boots make it shorter.");
        using StationClient? station = await _hand.StationAsync(parsed, cancellationToken).ConfigureAwait(false);
        ProbeSight sight = station is not null
            ? await AtStationAsync(parsed, station, options, say, cancellationToken).ConfigureAwait(false)
            : await HereAsync(parsed, options, say, cancellationToken).ConfigureAwait(false);
        if (_hand.Json(parsed))
        {
            Console.WriteLine(JsonSerializer.Serialize(sight, JsonSerializerOptions.Web));
        }
        else
        {
            Print(sight, parsed.GetValue(_name)!);
        }

        return (int)(sight.Functions.Any(f => f.Verdict == Verdict.Fail.ToText()) ? ExitCode.Fail
            : sight.Functions.Any(f => f.Verdict == Verdict.NotRun.ToText()) ? ExitCode.Inconclusive : ExitCode.Pass);
    }

    private async Task<ProbeSight> HereAsync(ParseResult parsed, ProbeOptions options, Action<string> say, CancellationToken cancellationToken)
    {
        HandBench bench = await HandBench.OpenAsync(_hand.Options(parsed, "probe") with { Folder = parsed.GetValue(_out) }, say, cancellationToken).ConfigureAwait(false);
        ProbeSight? sight = null;
        await using (bench.ConfigureAwait(false))
        {
            await bench.RunAsync(async token => sight = await ProbeHand.RunAsync(bench, options, parsed.GetValue(_name)!, parsed.GetValue(_title)!, say, token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }

        ReportRenderer.Render(sight!.Folder);
        return sight;
    }

    /// <summary>The station probes, into its own folder of runs; its sentences are those of a bench of one's own.</summary>
    private async Task<ProbeSight> AtStationAsync(ParseResult parsed, StationClient station, ProbeOptions options, Action<string> say, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(_out) is not null)
        {
            throw new UsageException($"--out: station {station.Where} probes, into its own folder of runs. Leave the option out.");
        }

        ProbeRequest request = new(parsed.GetValue(_name)!, parsed.GetValue(_title), options.Toggles, options.Presses, options.Boots, options.Skip);
        OperationView done = await station.OperateAsync($"slots/{Uri.EscapeDataString(_hand.Slot(parsed))}/probe", request, say, null, cancellationToken).ConfigureAwait(false);
        return done.Outcome!.Value.Deserialize<ProbeSight>(JsonSerializerOptions.Web)!;
    }

    private static void Print(ProbeSight sight, string name)
    {
        Table table = new Table().Border(TableBorder.Rounded).AddColumns("function", "GPIO", "role", "verdict", "evidence");
        foreach (FunctionSight found in sight.Functions)
        {
            table.AddRow(((string[])[found.Function, found.Gpio?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "–", found.Role ?? "–", found.Verdict, found.Said]).Select(t => new Text(t)).ToArray());
        }

        AnsiConsole.Write(table);
        foreach (BoardSight match in sight.Boards)
        {
            Console.WriteLine($"{match.Board}: {(match.Differences.Count == 0 ? "the same" : string.Join("; ", match.Differences))}");
        }

        if (sight.Boards.Count == 0)
        {
            Console.WriteLine("No board is known with this chip.");
        }

        Console.WriteLine($"\nhardware/boards/{name}.yaml would be:\n\n{sight.Board}\nOpenBeken template:\n\n{sight.Template.ToJsonString(Indented)}");
        Console.WriteLine($"Kept in {sight.Folder}; for signing: ./lab report {sight.Folder} --variant");
    }
}
