using System.Globalization;
using System.Text;
using LabRunner.Station.Runs;

namespace LabRunner.Station.Consoles;

/// <summary>
/// What a station that was killed had read of a console and not copied yet: it stands in consoles/ of its watch or run alone, for the copy follows
/// the reading. The next station takes it from there before anything else, so that no line is missing in the store that was read.
/// </summary>
internal static class LeftBehind
{
    // The copy is behind by moments; a console of 2 Mbit/s says a quarter of that in a second.
    private const int MostBytes = 1 << 20;
    private const int MostRuns = 3;
    private const string Stamp = "yyyy-MM-ddTHH:mm:ss.fffZ";

    /// <summary>The lines, oldest first; none where the station ended in order, and for a store that has never followed a bench.</summary>
    /// <param name="slot">Slot.</param>
    /// <param name="store">Its store, as the dead station left it.</param>
    /// <param name="watches">Folder of the watches; need not exist.</param>
    /// <param name="runs">Folder of the runs; need not exist. A run that the store knows nothing of was not the station's.</param>
    public static IReadOnlyList<(DateTimeOffset At, string Text)> Of(string slot, ConsoleStore store, string watches, string runs)
    {
        IReadOnlyList<StoredLine> kept = store.Read(Math.Max(store.First, store.Next - ConsoleStore.KeptInMemory), ConsoleStore.KeptInMemory);
        if (kept.Count == 0)
        {
            return [];
        }

        StoredLine? last = kept.LastOrDefault(l => !IsOwn(l.Text));
        DateTimeOffset until = last?.At ?? kept[0].At;
        IEnumerable<string> records = RunFolders.Newest(watches, 1).Concat(last is null ? [] : RunFolders.Newest(runs, MostRuns).Where(r => Lines(r, slot).Any(l => l.At == until)));
        return [.. records.SelectMany(r => Missing(Lines(r, slot), kept, until)).OrderBy(l => l.At)];
    }

    // Lines that were read at once have the same stamp: as many of them as are kept were copied.
    private static IEnumerable<(DateTimeOffset At, string Text)> Missing(IEnumerable<(DateTimeOffset At, string Text)> lines, IReadOnlyList<StoredLine> kept, DateTimeOffset until)
    {
        int copied = kept.Count(l => l.At == until && !IsOwn(l.Text));
        foreach ((DateTimeOffset at, string text) in lines.Where(l => l.At >= until))
        {
            if (IsOwn(text) ? !kept.Any(k => k.At == at && k.Text == text) : at > until || copied-- <= 0)
            {
                yield return (at, text);
            }
        }
    }

    // Of the bench: what it says of a gap, for example.
    private static bool IsOwn(string text) => text.StartsWith("--- ", StringComparison.Ordinal);

    private static List<(DateTimeOffset At, string Text)> Lines(string record, string slot)
    {
        // A log that has just begun anew may have what is looked for in the one before.
        FileInfo log = new(Path.Combine(record, "consoles", slot + ".log"));
        List<(DateTimeOffset At, string Text)> before = log is { Exists: true, Length: < MostBytes } ? LinesOf(Path.Combine(record, "consoles", slot + ".1.log")) : [];
        return [.. before, .. LinesOf(log.FullName)];
    }

    private static List<(DateTimeOffset At, string Text)> LinesOf(string path)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        file.Seek(-Math.Min(file.Length, MostBytes), SeekOrigin.End);
        using StreamReader reader = new(file, Encoding.UTF8);
        List<(DateTimeOffset At, string Text)> lines = [];
        foreach (string line in reader.ReadToEnd().Split('\n'))
        {
            // Half a line, at either end, has no stamp or no text.
            if (line.Split(' ', 3) is [string stamp, ['+', ..], string text]
                && DateTimeOffset.TryParseExact(stamp, Stamp, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at))
            {
                lines.Add((at, text));
            }
        }

        return lines;
    }
}
