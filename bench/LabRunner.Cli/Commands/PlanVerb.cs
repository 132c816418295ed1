using System.CommandLine;
using System.CommandLine.Help;
using System.Text.Json;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Nights;
using LabRunner.Bench.Inventory;
using LabRunner.Reports.Drawing;
using Spectre.Console;

namespace LabRunner.Cli.Commands;

/// <summary><c>plan check|show</c>: whether a plan holds, and what it asks of each slot on which night.</summary>
internal sealed class PlanVerb : IVerb
{
    private readonly Argument<string> _plan = new("plan") { Description = "A name of bench/plans or a file.", DefaultValueFactory = _ => "smoke" };
    private readonly Option<string> _bench = new("--bench") { Description = "Inventory it is for: a name of bench/inventory or a file.", DefaultValueFactory = _ => "virtual" };
    private readonly Option<long?> _night = new("--night") { Description = "Number of the night, for a plan that rotates roles over the slots. Default: today's." };
    private readonly Option<bool> _json = new("--json") { Description = "Print JSON." };

    public Command Build()
    {
        Command check = new("check", "Check a plan, its suites and parameters, and the quarantine list; problems are named with file, line and column. Example: ./lab plan check nightly --bench my-lab") { _plan, _bench, _json };
        check.SetAction(CheckAsync);
        Command show = new("show", "Show what a plan asks of each slot on a night. Example: ./lab plan show nightly --night 3") { _plan, _bench, _night, _json };
        show.SetAction(Show);
        Command plan = new("plan", "Plans: check, show. Example: ./lab plan show nightly") { check, show };
        plan.SetAction(parsed => new HelpAction().Invoke(parsed));
        return plan;
    }

    private BenchOwnerOptions Options(ParseResult parsed, long? night) => new() { Bench = parsed.GetValue(_bench)!, Plan = parsed.GetValue(_plan)!, Night = night, TimeScale = 1 };

    private async Task<int> CheckAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        bool json = parsed.GetValue(_json);
        try
        {
            var (files, tests) = await PlanCheck.WholeAsync(Options(parsed, null), cancellationToken).ConfigureAwait(false);
            (string File, string Text)[] warnings =
            [
                .. PlanCheck.Unproved(files).Select(text => (files.Plan.File, text)),
                .. PlanCheck.Idle(files, tests, DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime)).Select(text => (files.Folders.QuarantineFile, text)),
            ];
            foreach ((string file, string text) in json ? [] : warnings)
            {
                Console.WriteLine($"{file}: warning: {text}");
            }

            Console.WriteLine(json
                ? JsonSerializer.Serialize(new { Problems = Array.Empty<string>(), Warnings = warnings.Select(w => w.Text) }, JsonSerializerOptions.Web)
                : $"{files.Plan.File}: fine. Plan '{files.Plan.Name}', {Words.Count(files.Plan.Suites.Count, "suite")}{(files.Rotation is { } rotation ? $", {rotation}" : "")}; {Words.Count(files.Quarantine.Entries.Count, "failure")} in quarantine.");
            return (int)ExitCode.Pass;
        }
        catch (FileProblemsException wrong) when (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { wrong.Problems }, JsonSerializerOptions.Web));
            return (int)ExitCode.BadFile;
        }
    }

    private int Show(ParseResult parsed)
    {
        BenchFiles files = BenchFiles.Load(Options(parsed, parsed.GetValue(_night) is not < 0 ? parsed.GetValue(_night) : throw new UsageException("--night: nights are counted from 0.")));
        var slots = PlanCheck.BySlot(files);
        if (parsed.GetValue(_json))
        {
            Console.WriteLine(JsonSerializer.Serialize(
                new { files.Plan.Name, files.Night, Slots = slots.Select(s => new { s.Slot, Suites = s.Suites.Select(suite => new { suite.Suite, suite.Role, suite.Together, suite.Parameters }) }) }, JsonSerializerOptions.Web));
            return (int)ExitCode.Pass;
        }

        Table table = new Table().Border(TableBorder.Rounded).Title(Markup.Escape($"{files.Plan.Name}{(files.Rotation is null ? "" : $", night {files.Night}")}"));
        table.AddColumns("Slot", "Role", "Suites");
        foreach ((string slot, IReadOnlyList<LabRunner.Bench.Api.PlannedSuite> suites) in slots)
        {
            table.AddRow(Markup.Escape(slot), Markup.Escape(string.Join(' ', suites.Select(s => s.Role).OfType<string>().Distinct())), Markup.Escape(string.Join(' ', suites.Select(s => s.Together ? s.Suite + " (together)" : s.Suite))));
        }

        AnsiConsole.Write(table);
        return (int)ExitCode.Pass;
    }
}
