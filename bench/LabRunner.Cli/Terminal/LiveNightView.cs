using System.Globalization;
using LabRunner.Bench.Hosting.Nights;
using LabRunner.Bench.Session;
using Spectre.Console;

namespace LabRunner.Cli.Terminal;

/// <summary>A table that is drawn over itself, for a terminal: one line a slot.</summary>
internal sealed class LiveNightView : INightView
{
    private const int MostDoing = 28;

    private readonly LiveDisplayContext _context;
    private readonly Queue<string> _said = new();
    private NightSnapshot? _last;

    private LiveNightView(LiveDisplayContext context) => _context = context;

    public static async Task<NightResult> RunAsync(Func<INightView, Task<NightResult>> night)
    {
        NightResult? result = null;
        await AnsiConsole.Live(new Text("Starting.")).AutoClear(false).StartAsync(
            async context => result = await night(new LiveNightView(context)).ConfigureAwait(false)).ConfigureAwait(false);
        return result!;
    }

    public void Say(string sentence)
    {
        _said.Enqueue(sentence);
        if (_said.Count > 3)
        {
            _said.Dequeue();
        }

        Draw();
    }

    public void Show(NightSnapshot snapshot)
    {
        _last = snapshot;
        Draw();
    }

    // A line a slot, also on a narrow terminal.
    private static string Shorten(string text) => text.Length <= MostDoing ? text : text[..(MostDoing - 1)] + "…";

    private void Draw()
    {
        Table table = new Table().Border(TableBorder.Minimal).Expand();
        table.Title = new TableTitle(_last is null
            ? "LabRunner night"
            : string.Create(CultureInfo.InvariantCulture, $"LabRunner night, {_last.Elapsed:hh\\:mm\\:ss} of run time"));
        foreach (string column in new[] { "Slot", "State", "Doing", "Verdicts so far", "Uptime", "Heap" })
        {
            table.AddColumn(new TableColumn(column).NoWrap());
        }

        foreach (LiveSlot live in _last?.Slots ?? [])
        {
            NightRow row = NightRow.From(live);
            string colour = row.State switch { "up" => "green", "not ready" => "grey", _ => "red" };
            table.AddRow(
                Markup.Escape(row.Slot), $"[{colour}]{Markup.Escape(row.State)}[/]", Markup.Escape(Shorten(row.Doing)), Markup.Escape(row.VerdictsSoFar),
                Markup.Escape(row.Uptime), Markup.Escape(row.Heap));
        }

        _context.UpdateTarget(new Rows([table, .. _said.Select(s => new Text(s, Style.Parse("grey")))]));
        _context.Refresh();
    }
}
