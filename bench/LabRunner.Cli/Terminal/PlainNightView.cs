using System.Globalization;
using System.Text.Json;
using LabRunner.Bench.Hosting.Nights;
using LabRunner.Bench.Session;
using LabRunner.Reports.Drawing;

namespace LabRunner.Cli.Terminal;

/// <summary>Lines for a log or a pipe: a line for a slot whenever what it does or how it is changed.</summary>
internal sealed class PlainNightView(TextWriter output) : INightView
{
    private readonly Dictionary<string, string> _last = [];

    public void Say(string sentence) => output.WriteLine(sentence);

    public void Show(NightSnapshot snapshot)
    {
        foreach (LiveSlot live in snapshot.Slots)
        {
            NightRow row = NightRow.From(live);
            string key = $"{row.State}|{row.Doing}";
            if (_last.GetValueOrDefault(live.Status.Slot) != key)
            {
                _last[live.Status.Slot] = key;
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Words.At(snapshot.Elapsed.TotalSeconds)}  {row.Slot,-6} {row.State,-13} {row.Doing,-48} {row.VerdictsSoFar}, up {row.Uptime}, heap {row.Heap}"));
            }
        }
    }
}

/// <summary>The same as JSON lines.</summary>
internal sealed class JsonNightView(TextWriter output) : INightView
{
    private readonly Dictionary<string, NightRow> _last = [];

    public void Say(string sentence) => output.WriteLine(JsonSerializer.Serialize(new { @event = "said", text = sentence }, JsonSerializerOptions.Web));

    public void Show(NightSnapshot snapshot)
    {
        foreach (LiveSlot live in snapshot.Slots)
        {
            NightRow row = NightRow.From(live);
            if (!_last.TryGetValue(live.Status.Slot, out NightRow? before) || before.State != row.State || before.Doing != row.Doing || before.VerdictsSoFar != row.VerdictsSoFar)
            {
                _last[live.Status.Slot] = row;
                output.WriteLine(JsonSerializer.Serialize(new { @event = "slot", elapsedSeconds = snapshot.Elapsed.TotalSeconds, slot = new
                {
                    row.Slot, row.State, row.Doing, row.VerdictsSoFar, live.Status.UptimeSeconds, live.Status.HeapBytes,
                } }, JsonSerializerOptions.Web));
            }
        }
    }
}
