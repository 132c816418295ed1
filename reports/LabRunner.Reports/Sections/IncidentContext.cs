using System.Globalization;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Sections;

/// <summary>What surrounds the incidents of a run: the last figures before, the console, incidents like it, and how to see it again.</summary>
internal sealed class IncidentContext
{
    // A figure older than this says nothing of the moment.
    private const double Fresh = 120;

    private readonly RunRecord _run;
    private readonly Dictionary<string, IReadOnlyDictionary<double, IReadOnlyList<ConsoleLine>>> _consoles;
    private readonly ILookup<(string Board, string Kind), (string Night, int Count)> _earlier;
    private readonly ILookup<string, IncidentRecord> _tonight;

    internal IncidentContext(RunRecord run)
    {
        _run = run;
        HashSet<string> slots = [.. run.Incidents.Select(i => i.Slot)];
        _tonight = run.Incidents.Where(i => !i.Expected).ToLookup(run.ModeOf);
        _consoles = slots.ToDictionary(s => s, s => Consoles(run, s));
        _earlier = run.Earlier
            .SelectMany(n => n.Cells.SelectMany(c => c.Seen.Select(s => (Key: (c.Board, s.Key), s.Value))).GroupBy(s => s.Key).Select(g => (g.Key, Night: n.Name, Count: g.Sum(s => s.Value))))
            .ToLookup(e => e.Key, e => (e.Night, e.Count));
    }

    /// <summary>Free heap, sockets and signal at the last sample before the first symptom; null where none is near.</summary>
    internal string? Before(IncidentRecord incident)
    {
        TelemetryRecord[] samples = _run.TelemetryArray(incident.Slot);
        int low = 0;
        int high = samples.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = samples[middle].At <= incident.FirstSymptom ? (middle + 1, high) : (low, middle);
        }

        // A sample may hold a part of the figures only; the newest of each counts.
        TelemetryRecord[] near = [.. samples[Math.Max(0, low - 40)..low].Where(t => incident.FirstSymptom - t.At <= Fresh)];
        List<string> parts =
        [
            .. near.Select(t => t.HeapB).LastOrDefault(h => h is not null) is { } heap ? [string.Create(CultureInfo.InvariantCulture, $"{heap} B of heap free")] : (string[])[],
            .. near.Select(t => t.SocketsUsed).LastOrDefault(s => s is not null) is { } sockets ? [Words.Count(sockets, "socket") + " open"] : (string[])[],
            .. near.Select(t => t.RssiDbm).LastOrDefault(r => r is not null) is { } rssi ? [string.Create(CultureInfo.InvariantCulture, $"RSSI {rssi} dBm")] : (string[])[],
        ];
        return parts.Count == 0 ? null : $"{string.Join(", ", parts)} ({Words.Duration(incident.FirstSymptom - near[^1].At)} before)";
    }

    /// <summary>Console lines up to the first symptom and a few after it.</summary>
    internal IReadOnlyList<ConsoleLine> Console(IncidentRecord incident) =>
        _consoles.TryGetValue(incident.Slot, out IReadOnlyDictionary<double, IReadOnlyList<ConsoleLine>>? lines) && lines.TryGetValue(incident.FirstSymptom, out IReadOnlyList<ConsoleLine>? found) ? found : [];

    /// <summary>Where else the same class and mode was seen, on the same board first of all.</summary>
    internal string Similar(IncidentRecord incident)
    {
        string kind = _run.ModeOf(incident);
        List<string> tonight =
        [
            .. _tonight[kind].Where(i => i.Id != incident.Id).GroupBy(i => i.Slot).OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => $"{g.Count()} on {g.Key}"),
        ];
        List<(string Night, int Count)> before = [.. _earlier[(Board(_run, incident.Slot), kind)]];
        string past = _run.Earlier.Count == 0 ? "no earlier night beside this run"
            : before.Count == 0 ? _run.Earlier.Count == 1 ? "not in the night before" : $"in none of the {_run.Earlier.Count} nights before on this board"
            : $"in {before.Count} of the {_run.Earlier.Count} nights before on this board, last in {before[0].Night} ({before[0].Count})";
        return $"{(tonight.Count == 0 ? "no other tonight" : "tonight also " + string.Join(", ", tonight))}; {past}";
    }

    /// <summary>The command that plays the slot's night again, and what to wait for.</summary>
    internal string Reproduce(IncidentRecord incident)
    {
        TestRecord? test = _run.Tests.LastOrDefault(t => t.Slot == incident.Slot && t.Started <= incident.FirstSymptom && incident.FirstSymptom <= (t.Ended ?? _run.End));
        string when = incident.BootAgeS is { } age ? $"{Words.Duration(age)} after a boot" : $"about {Words.At(incident.FirstSymptom)} into the night";
        return $"{RepeatCommand.Of(_run, incident.Slot)}   # {(test is null ? "" : $"during {test.Suite} {test.Name}, ")}{when}";
    }

    private static IReadOnlyDictionary<double, IReadOnlyList<ConsoleLine>> Consoles(RunRecord run, string slot)
    {
        try
        {
            return ConsoleExcerpts.Around(run.Folder, slot, run.Incidents.Where(i => i.Slot == slot).Select(i => i.FirstSymptom));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A console that cannot be read costs its lines, not the report.
            return new Dictionary<double, IReadOnlyList<ConsoleLine>>();
        }
    }

    private static string Board(RunRecord run, string slot) => run.Slots.FirstOrDefault(s => s.Name == slot)?.Board ?? "";
}
