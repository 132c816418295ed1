using System.CommandLine;
using System.CommandLine.Help;
using System.Text.Json;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Composition;
using LabRunner.Bench.Inventory;
using LabRunner.Reports.Drawing;
using Spectre.Console;

namespace LabRunner.Cli.Commands;

/// <summary><c>bench check|show|schema|scan</c>: what an inventory says, and whether it holds.</summary>
internal sealed class BenchVerb : IVerb
{
    private readonly Argument<string> _bench = new("bench")
    {
        Description = "A name of bench/inventory or a file.",
        DefaultValueFactory = _ => "virtual",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print JSON." };

    public Command Build()
    {
        Command check = new("check", "Check an inventory with its boards; every problem is named with file, line and column. Example: ./lab bench check my-lab") { _bench, _json };
        check.SetAction(Check);
        Command show = new("show", "Show the slots of a bench, their boards and drivers. Example: ./lab bench show virtual") { _bench, _json };
        show.SetAction(Show);
        Command schema = new("schema", "Print the JSON Schema of inventories for an editor. Example: ./lab bench schema > inventory.schema.json");
        schema.SetAction(_ => Schema());
        Command bench = new("bench", "Inventories: check, show, schema, scan. Example: ./lab bench scan") { check, show, schema, new BenchScanCommand().Build() };
        bench.SetAction(parsed => new HelpAction().Invoke(parsed));
        return bench;
    }

    private static BenchInventory Load(string nameOrPath)
    {
        BenchFolders folders = BenchFolders.Find();
        return InventoryLoader.Load(folders.InventoryFile(nameOrPath), new DriverCatalogue(), null, folders.Boards);
    }

    private int Check(ParseResult parsed)
    {
        bool json = parsed.GetValue(_json);
        try
        {
            BenchInventory inventory = Load(parsed.GetValue(_bench)!);
            Console.WriteLine(json
                ? "{\"problems\":[]}"
                : $"{inventory.File}: fine. Bench '{inventory.Name}', {Words.Count(inventory.Slots.Count, "slot")}, {Words.Count(inventory.Resources.Count, "resource")}.");
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
        BenchInventory inventory = Load(parsed.GetValue(_bench)!);
        IReadOnlyList<TextTable> tables = InventoryText.Show(inventory);
        if (parsed.GetValue(_json))
        {
            Console.WriteLine(JsonSerializer.Serialize(tables, JsonSerializerOptions.Web));
            return (int)ExitCode.Pass;
        }

        foreach (TextTable shown in tables)
        {
            Table table = new Table().Border(TableBorder.Rounded).Title(Markup.Escape(shown.Title));
            table.AddColumns([.. shown.Columns.Select(Markup.Escape)]);
            foreach (IReadOnlyList<string> row in shown.Rows)
            {
                table.AddRow([.. row.Select(Markup.Escape)]);
            }

            AnsiConsole.Write(table);
        }

        return (int)ExitCode.Pass;
    }

    private static int Schema()
    {
        Console.WriteLine(SchemaWriter.Write(new DriverCatalogue(), BoardLoader.Names(BenchFolders.Find().Boards), FlasherLoader.Names(BenchFolders.Find().Flashers)));
        return (int)ExitCode.Pass;
    }
}
