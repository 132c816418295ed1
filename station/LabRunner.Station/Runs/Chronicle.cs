using LabRunner.Hardware.Faults;
using LabRunner.Reports.Records;
using LabRunner.Station.Api;

namespace LabRunner.Station.Runs;

/// <summary>
/// What happened to the slots before the bench was opened as it is now: incidents, boots and acts of past watches and runs, read back from their
/// journals, so that they outlive a run and the station. Bounded: the newest watches that are kept, and of the runs the newest few. Thread safe.
/// </summary>
/// <param name="bench">Name of the bench: runs of others lie in the same folder.</param>
/// <param name="watches">Folder of the watches; need not exist.</param>
/// <param name="runs">Folder of the runs; need not exist.</param>
/// <param name="say">Told of a record that cannot be read.</param>
internal sealed class Chronicle(string bench, string watches, string runs, Action<string> say)
{
    private const int MostRuns = 10;
    private const int MostRecords = 20;
    private const int MostOfSlot = 200;

    private readonly Lock _gate = new();
    private IReadOnlyList<PastRecord> _records = [];

    /// <summary>Reads back what lies on disk, the newest first. What cannot be read is said and left out.</summary>
    public void Load()
    {
        foreach (string folder in RunFolders.Newest(watches, MostRecords).Concat(RunFolders.Newest(runs, MostRuns)))
        {
            Add(folder);
        }
    }

    /// <summary>Reads one that is over, or reads it again.</summary>
    /// <param name="folder">Folder of a watch or a run.</param>
    public void Add(string folder)
    {
        if (Read(folder) is not { } read)
        {
            return;
        }

        lock (_gate)
        {
            _records = [.. _records.Where(r => r.Name != read.Name).Append(read).OrderByDescending(r => r.Began).Take(MostRecords)];
        }
    }

    /// <summary>Incidents of a slot, the newest first.</summary>
    /// <param name="slot">Slot.</param>
    /// <param name="except">Name of the record that the open bench tells of itself; null: none.</param>
    public IReadOnlyList<IncidentView> Incidents(string slot, string? except) =>
        [.. Records(except).SelectMany(r => r.Incidents.Where(i => i.Slot == slot)).OrderByDescending(i => i.At).Take(MostOfSlot)];

    /// <summary>Incidents, boots and acts of a slot, the oldest first.</summary>
    /// <inheritdoc cref="Incidents" path="/param"/>
    public IReadOnlyList<EventView> Events(string slot, string? except) =>
        [.. Records(except).SelectMany(r => r.Events.Where(e => e.Slot == slot).Select(e => e.Event)).OrderBy(e => e.At)];

    private IEnumerable<PastRecord> Records(string? except)
    {
        lock (_gate)
        {
            return _records.Where(r => r.Name != except);
        }
    }

    private PastRecord? Read(string folder)
    {
        try
        {
            RunRecord run = RunReader.ReadOutline(folder);
            return run.Bench != bench || run.OriginUtc is null ? null : PastRecord.Of(run, IsRun(folder));
        }
        catch (Exception unread) when (unread is BenchFaultException or IOException or UnauthorizedAccessException or FormatException)
        {
            if (File.Exists(Path.Combine(folder, JournalSchema.FileName)))
            {
                say($"What happened in {folder} is not shown: {unread.Message}");
            }

            // Else the station itself has removed it meanwhile.
            return null;
        }
    }

    private bool IsRun(string folder) => Path.GetFullPath(Path.GetDirectoryName(folder)!) != Path.GetFullPath(watches);

    /// <summary>A watch or a run that is over. Immutable.</summary>
    private sealed record PastRecord(string Name, DateTimeOffset Began, IReadOnlyList<IncidentView> Incidents, IReadOnlyList<(string Slot, EventView Event)> Events)
    {
        public static PastRecord Of(RunRecord run, bool isRun)
        {
            string name = Path.GetFileName(run.Folder);
            DateTimeOffset began = run.WallAt(run.Started) ?? run.OriginUtc!.Value;
            List<IncidentView> incidents = [.. run.Incidents.Select(i => SlotSight.View(i, run.WallAt, name, isRun, goesOn: false))];
            IEnumerable<(string Slot, EventView Event)> events =
            [
                .. run.Slots.Select(s => (s.Name, new EventView(began, "bench", isRun ? $"run {name} (plan {run.Plan}) began" : "the station began to watch"))),
                .. incidents.Where(i => i.At is not null).Select(i => (i.Slot, SlotSight.Event(i))),
                .. run.Boots.Where(b => run.WallAt(b.At) is not null).Select(b => (b.Slot, SlotSight.Event(b, run.WallAt(b.At)!.Value))),
                .. run.Intents.Where(i => run.WallAt(i.Opened) is not null).Select(i => (i.Slot, new EventView(run.WallAt(i.Opened)!.Value, "act", i.Text))),
            ];
            return new PastRecord(name, began, incidents, [.. events.GroupBy(e => e.Slot).SelectMany(g => g.OrderBy(e => e.Event.At).TakeLast(MostOfSlot))]);
        }
    }
}
