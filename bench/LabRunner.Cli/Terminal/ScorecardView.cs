using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;
using Spectre.Console;

namespace LabRunner.Cli.Terminal;

/// <summary>The night in the terminal: sentences first, then where the report is.</summary>
internal static class ScorecardView
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new VerdictConverter() },
    };

    public static void Print(Scorecard card, bool json)
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { @event = "scorecard", card }, Json));
            return;
        }

        Table table = new Table().Border(TableBorder.Rounded).Title(Clean($"{card.Bench}, plan {card.Plan}"));
        foreach (string column in new[] { "Slot", "Verdict", "Hours", "Reboots", "Incidents" })
        {
            table.AddColumn(column);
        }

        foreach (SlotScore slot in card.Slots)
        {
            string[] named = [.. slot.Incidents.Where(i => !i.Expected).GroupBy(i => $"{i.Class} {i.Mode}".Trim()).Select(g => g.Count() == 1 ? g.Key : $"{g.Count()} × {g.Key}")];
            table.AddRow(
                Clean(slot.Slot),
                Coloured(slot.Verdict),
                slot.DeviceHours.ToString("0.00", CultureInfo.InvariantCulture),
                string.Create(CultureInfo.InvariantCulture, $"{slot.UnexpectedReboots} unexpected"),
                Clean(named.Length == 0 ? "none" : string.Join(", ", named)));
        }

        AnsiConsole.Write(table);
        foreach (SlotScore slot in card.Slots)
        {
            // Written without wrapping, so that a sentence can be searched for in a log.
            Console.WriteLine(SafeText.OneLine($"{slot.Slot}: {slot.Sentence}"));
        }

        AnsiConsole.WriteLine();
        AnsiConsole.MarkupLine($"{Coloured(card.Verdict)} {Clean(card.Text)}");
        if (card.Paths is { } paths)
        {
            Console.WriteLine($"Report: {paths.Html}");
        }
    }

    public static ExitCode ToExitCode(Scorecard card) => ToExitCode(card.Verdict);

    public static ExitCode ToExitCode(Verdict verdict) => verdict switch
    {
        Verdict.Pass or Verdict.Warn => ExitCode.Pass,
        Verdict.Fail => ExitCode.Fail,
        Verdict.Inconclusive => ExitCode.Inconclusive,
        _ => ExitCode.BenchFault,
    };

    // Names and sentences hold what devices said: none of it may move the cursor, ring, or turn the line round.
    private static string Clean(string text) => Markup.Escape(SafeText.OneLine(text));

    private static string Coloured(Verdict verdict) => verdict switch
    {
        Verdict.Pass => "[green]PASS[/]",
        Verdict.Fail => "[red]FAIL[/]",
        _ => $"[yellow]{verdict.ToText()}[/]",
    };

    /// <summary>Verdicts as people and the report write them: INVALID, NOT RUN.</summary>
    private sealed class VerdictConverter : JsonConverter<Verdict>
    {
        public override Verdict Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException("A scorecard is only written.");

        public override void Write(Utf8JsonWriter writer, Verdict value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToText());
    }
}
