using System.Globalization;
using System.Text.RegularExpressions;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Inventory.Yaml;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Plans;

/// <summary>A failure that is known and excused until a day, on a slot or under a firmware.</summary>
/// <param name="Test"><c>S13</c> or <c>S13.Hold_ChangesNothing</c>; null: any.</param>
/// <param name="Mode">Failure mode, for example F17; null: any.</param>
/// <param name="Slot">Slot; null: any.</param>
/// <param name="Firmware">Part of the version that the slot runs; null: any.</param>
/// <param name="Until">Last day on which it holds, UTC.</param>
/// <param name="Reason">Why, and where the work on it is.</param>
public sealed record QuarantineEntry(string? Test, string? Mode, string? Slot, string? Firmware, DateOnly Until, string Reason)
{
    /// <summary>For people.</summary>
    public string What => string.Join(" ", new[] { Test, Mode, Slot is null ? null : $"on {Slot}", Firmware is null ? null : $"under {Firmware}" }.OfType<string>());

    /// <summary>Excuses a failed test.</summary>
    public bool Covers(TestRecord test, string? firmware) =>
        Mode is null && IsOf(test.Slot, firmware) && (Test == test.Suite || Test == $"{test.Suite}.{test.Name}");

    /// <summary>Excuses an incident.</summary>
    public bool Covers(IncidentRecord incident, string? firmware) => Test is null && IsOf(incident.Slot, firmware) && Mode == incident.Mode;

    private bool IsOf(string slot, string? firmware) =>
        (Slot is null || Slot == slot) && (Firmware is null || firmware?.Contains(Firmware, StringComparison.Ordinal) == true);
}

/// <summary>
/// The quarantine list, <c>bench/quarantine.yaml</c>. What it excuses is still run, still recorded as FAIL and told as quarantined (WARN), never as
/// PASS; from the day after <see cref="QuarantineEntry.Until"/> on it counts again, and the night says that the entry has ended.
/// </summary>
/// <param name="Entries">In order.</param>
public sealed partial record Quarantine(IReadOnlyList<QuarantineEntry> Entries)
{
    private const string Key = "quarantine";

    /// <summary>Excuses nothing.</summary>
    public static Quarantine None { get; } = new([]);

    /// <summary>Entries that hold on a day.</summary>
    public IEnumerable<QuarantineEntry> On(DateOnly day) => Entries.Where(e => day <= e.Until);

    /// <summary>Entries that have ended before a day.</summary>
    public IEnumerable<QuarantineEntry> EndedBefore(DateOnly day) => Entries.Where(e => day > e.Until);

    /// <summary>Reads the file; one that is not there excuses nothing.</summary>
    /// <exception cref="FileProblemsException">It is wrong, or cannot be read: all problems at once.</exception>
    public static Quarantine Load(string file)
    {
        if (!Path.Exists(file))
        {
            return None;
        }

        ProblemList problems = new();
        string? text = YamlReader.ReadText(file, Key, [], problems);
        problems.ThrowIfAny();
        return LoadText(file, text!);
    }

    /// <summary>As <see cref="Load"/>, of a text that is already read; <paramref name="path"/> names it in problems.</summary>
    /// <exception cref="FileProblemsException">As <see cref="Load"/>.</exception>
    public static Quarantine LoadText(string path, string text)
    {
        ProblemList problems = new();
        List<QuarantineEntry> entries = [];
        if (YamlReader.Read(path, text, problems) is { } root)
        {
            foreach (MapEntry other in root.Entries.Where(e => e.Key.Text != Key))
            {
                problems.Unknown(other.Key.Place, "key", other.Key.Text, [Key]);
            }

            if (root.Find(Key) is ListNode list)
            {
                entries.AddRange(list.Items.Select(item => Entry(item, problems)).OfType<QuarantineEntry>());
            }
            else
            {
                problems.Add(root.PlaceOf(Key), "there is no list 'quarantine'", "Write 'quarantine: []', or a list of entries");
            }
        }

        problems.ThrowIfAny();
        return new Quarantine(entries);
    }

    private static QuarantineEntry? Entry(Node node, ProblemList problems)
    {
        if (node is not MapNode map)
        {
            problems.Add(node.Place, $"an entry of 'quarantine' is {node.Kind}", "Write a mapping: { test: S13, slot: p5, until: 2030-01-31, reason: \"…\" }");
            return null;
        }

        EntryText entry = OptionsBinder.Bind<EntryText>(map, "an entry of 'quarantine'", problems);
        if ((entry.Test is null) == (entry.Mode is null))
        {
            problems.Add(map.Place, "an entry names either a 'test' or a 'mode'", "Write 'test: S13.Hold_ChangesNothing' or 'mode: F17'");
        }

        if (entry.Slot is null && entry.Firmware is null)
        {
            problems.Add(map.Place, "an entry names a 'slot' or a 'firmware'", "Excuse no more than what is known: write 'slot: p5' or 'firmware: \"1.18.158\"'");
        }

        foreach ((string key, string? text) in new[] { ("test", entry.Test), ("mode", entry.Mode), ("slot", entry.Slot), ("firmware", entry.Firmware) })
        {
            if (map.Find(key) is not null && string.IsNullOrWhiteSpace(text))
            {
                problems.Add(map.PlaceOf(key), $"'{key}' is empty, and would excuse everything", $"Name one, or leave '{key}' out");
            }
        }

        if (entry.Mode is { Length: > 0 } mode && !Mode().IsMatch(mode))
        {
            problems.Add(map.PlaceOf("mode"), $"'{mode}' is no failure mode", "Write one of F01 to F64");
        }

        if (entry.Test is { } test && !PlanLoader.SuiteNames.Contains(test.Split('.')[0]))
        {
            problems.Unknown(map.PlaceOf("test"), "suite", test.Split('.')[0], PlanLoader.SuiteNames);
        }

        if (string.IsNullOrWhiteSpace(entry.Reason) && map.Find("reason") is not null)
        {
            problems.Add(map.PlaceOf("reason"), "'reason' is empty", "Say why, and where the work on it is");
        }

        DateOnly until = default;
        if (entry.Until is not null && !DateOnly.TryParseExact(entry.Until, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out until))
        {
            problems.Add(map.PlaceOf("until"), $"'until' is '{entry.Until}', which is no day", "Write year-month-day: 2030-01-31");
        }

        return new QuarantineEntry(entry.Test, entry.Mode, entry.Slot, entry.Firmware, until, entry.Reason ?? "");
    }

    [GeneratedRegex("^F(0[1-9]|[1-5][0-9]|6[0-4])$")]
    private static partial Regex Mode();

    private sealed record EntryText
    {
        public string? Test { get; init; }

        public string? Mode { get; init; }

        public string? Slot { get; init; }

        public string? Firmware { get; init; }

        public required string Until { get; init; }

        public required string Reason { get; init; }
    }
}
