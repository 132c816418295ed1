using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;
using System.Text.Json;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Composition;
using LabRunner.Bench.Inventory;
using LabRunner.Station.Schedule;
using Spectre.Console;

namespace LabRunner.Cli.Commands;

/// <summary><c>schedule check|show|schema</c>: what a station does by itself, and whether its file holds.</summary>
internal sealed class ScheduleVerb : IVerb
{
    private readonly Argument<string?> _schedule = new("schedule") { Description = "A name of bench/schedules or a file. Default: the one with the bench's name.", DefaultValueFactory = _ => null };
    private readonly Option<string> _bench = new("--bench") { Description = "Inventory it is for: a name of bench/inventory or a file.", DefaultValueFactory = _ => "virtual" };
    private readonly Option<int> _count = new("--count") { Description = "How many due times to show, 1 to 500.", DefaultValueFactory = _ => 20 };
    private readonly Option<bool> _json = new("--json") { Description = "Print JSON." };

    public Command Build()
    {
        Command check = new("check", "Check a schedule against its bench and plans; problems are named with file, line and column. Example: ./lab schedule check my-lab --bench my-lab") { _schedule, _bench, _json };
        check.SetAction(Check);
        Command show = new("show", "Show what is due next and what quiet hours do to it. Example: ./lab schedule show --bench my-lab --count 50") { _schedule, _bench, _count, _json };
        show.SetAction(Show);
        Command schema = new("schema", "Print the JSON Schema of schedules for an editor. Example: ./lab schedule schema > schedule.schema.json");
        schema.SetAction(_ => Console.Write(ScheduleLoader.Schema()));
        Command schedule = new("schedule", "Schedules of a station: check, show, schema. Example: ./lab schedule show") { check, show, schema };
        schedule.SetAction(parsed => new HelpAction().Invoke(parsed));
        return schedule;
    }

    private StationSchedule Load(ParseResult parsed)
    {
        BenchFolders folders = BenchFolders.Find();
        string bench = parsed.GetValue(_bench)!;
        string file = folders.ScheduleFile(parsed.GetValue(_schedule), bench)
            ?? throw new UsageException($"There is no {Path.Combine(folders.Schedules, Path.GetFileNameWithoutExtension(bench) + ".yaml")}: a station of this bench does nothing by itself. bench/schedules/example.yaml is one to begin with (./lab schedule show example), station/README.md explains it.");
        return ScheduleLoader.Load(file, InventoryLoader.Load(folders.InventoryFile(bench), new DriverCatalogue(), null, folders.Boards), folders);
    }

    private int Check(ParseResult parsed)
    {
        bool json = parsed.GetValue(_json);
        try
        {
            StationSchedule schedule = Load(parsed);
            IReadOnlyList<string> warnings = schedule.Warnings(TimeProvider.System.GetUtcNow());
            Console.WriteLine(json
                ? JsonSerializer.Serialize(new { problems = Array.Empty<object>(), warnings }, JsonSerializerOptions.Web)
                : string.Join('\n', (string[])
                [
                    $"{schedule.File}: fine. {Contents(schedule)}, time zone {schedule.Zone.Id}. A station that runs reads it at its next start.",
                    .. warnings.Select(w => $"Warning: {w}"),
                ]));
            return (int)ExitCode.Pass;
        }
        catch (FileProblemsException wrong) when (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { wrong.Problems }, JsonSerializerOptions.Web));
            return (int)ExitCode.BadFile;
        }
    }

    private static string Contents(StationSchedule schedule) => string.Join(", ", (string[])
    [
        schedule.Entries.Count == 1 ? "1 entry" : $"{schedule.Entries.Count} entries", schedule.Builds.Count == 1 ? "1 build watch" : $"{schedule.Builds.Count} build watches", $"{schedule.Quiet.Count} quiet hours",
        schedule.Health is null ? "health check only when somebody asks" : "health check before runs", schedule.Retention is null ? "runs kept for ever" : "old runs removed",
    ]);

    private int Show(ParseResult parsed)
    {
        int count = parsed.GetValue(_count) is >= 1 and <= 500 and var told ? told : throw new UsageException("--count: write 1 to 500.");
        StationSchedule schedule = Load(parsed);
        IReadOnlyList<ComingUp> coming = ComingUp.Of(schedule, TimeProvider.System.GetUtcNow(), count);
        if (parsed.GetValue(_json))
        {
            Console.WriteLine(JsonSerializer.Serialize(coming.Select(c => new { c.At, Entry = c.Entry.Name, c.Entry.Plan, c.StartsAt }), JsonSerializerOptions.Web));
            return (int)ExitCode.Pass;
        }

        Table table = new Table().Border(TableBorder.Rounded).Title(Markup.Escape(Path.GetFileName(schedule.File)));
        table.AddColumn("Due", due => due.NoWrap()).AddColumns("Zone", "Entry", "Plan", "Starts");
        foreach (ComingUp due in coming)
        {
            table.AddRow(
                due.At.ToString("ddd yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture), Markup.Escape(due.Entry.Cron.Zone.Id), Markup.Escape(due.Entry.Name), Markup.Escape(due.Entry.Plan),
                due.StartsAt is null ? "left out: quiet hours" : due.StartsAt == due.At ? "then" : due.StartsAt.Value.ToString("HH:mm zzz", CultureInfo.InvariantCulture) + ", after quiet hours");
        }

        AnsiConsole.Write(table);
        return (int)ExitCode.Pass;
    }
}
