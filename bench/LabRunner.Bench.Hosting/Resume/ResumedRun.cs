using System.Globalization;
using LabRunner.Bench.Hosting.Processes;
using LabRunner.Bench.Session;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Hosting.Resume;

/// <summary>
/// The run of a dead runner, taken over: its folder is held, its guard has ended, its journal reads, and its files are those it was begun
/// with. Nothing of the bench is touched yet.
/// </summary>
internal sealed class ResumedRun
{
    // The guard tries for a minute where a relay does not answer.
    private static readonly TimeSpan GuardLimit = TimeSpan.FromSeconds(75);

    private ResumedRun(RunFolder folder, BenchOwnerOptions options, BenchFiles files, RunTime time, ResumePoint point, string? virtualDirectory)
    {
        (Folder, Options, Files, Clock, Point, VirtualDirectory) = (folder, options, files, time.Clock, point, virtualDirectory);
    }

    /// <summary>Its folder, held.</summary>
    public RunFolder Folder { get; }

    /// <summary>What it was opened with.</summary>
    public BenchOwnerOptions Options { get; }

    /// <summary>Inventory and plan it was begun with.</summary>
    public BenchFiles Files { get; }

    /// <summary>Its clock.</summary>
    public LabClock Clock { get; }

    /// <summary>Where it goes on.</summary>
    public ResumePoint Point { get; }

    /// <summary>Folder of its virtual plugs; null on a real bench.</summary>
    public string? VirtualDirectory { get; }

    /// <summary>Takes a run over.</summary>
    /// <param name="folder">Run folder.</param>
    /// <param name="say">Told what is being done.</param>
    /// <param name="cancellationToken">Ends the wait for a guard that is still at work.</param>
    /// <exception cref="UsageException">It is no run folder, or the run is over.</exception>
    /// <exception cref="BenchFaultException">The run still goes on, its journal is damaged, or its files have changed.</exception>
    public static async Task<ResumedRun> OpenAsync(string folder, Action<string> say, CancellationToken cancellationToken)
    {
        string path = Path.GetFullPath(folder);
        if (!File.Exists(Path.Combine(path, JournalSchema.FileName)))
        {
            throw new UsageException($"--resume: {path} is no run folder, it has no {JournalSchema.FileName}. Name a folder below runs/.");
        }

        RunFolder held = RunFolder.Reopen(path);
        try
        {
            await GuardHold.WaitAsync(path, say, GuardLimit, cancellationToken).ConfigureAwait(false);
            return Open(held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private static ResumedRun Open(RunFolder folder)
    {
        RunRecord run = RunReader.Read(folder.Path);
        if (run.Outcome == "completed")
        {
            throw new UsageException($"--resume: the run {folder.Path} was completed; there is nothing to go on with. ./lab report {folder.Path} draws its report.");
        }

        RunOrigin origin = run.Meta.GetValueOrDefault(MetaKeys.Resume) is { } json && RunOrigin.Parse(json) is { } known
            ? known
            : throw new BenchFaultException(FaultKind.Storage, folder.Path, "the journal does not say how the run was begun (it ended too early, or is no run of ./lab night)", "Begin a new night");
        BenchFiles files = BenchFiles.Of(
            origin.InventoryFile, Text(run, MetaKeys.InventoryText, origin.InventoryFile, origin.InventorySha256, "inventory"),
            origin.PlanFile, Text(run, MetaKeys.PlanText, origin.PlanFile, origin.PlanSha256, "plan"), run.TimeScale, origin.Night);
        if (RunOrigin.HashBoards(files.Inventory) != origin.BoardsSha256)
        {
            throw Changed(files.Folders.Boards, "a board file of the bench");
        }

        TimeSpan seen = TimeSpan.FromSeconds(run.End);
        LabClock begun = LabClock.Parse(origin.Clock);
        RunTime time = RunTime.After(begun, origin.BootId.Length > 0 && origin.BootId == RunOrigin.ThisBoot(), seen, TimeProvider.System.GetUtcNow());
        BenchOwnerOptions options = new()
        {
            Bench = origin.InventoryFile, Plan = origin.PlanFile, Slots = origin.Slots, TimeScale = run.TimeScale, RunFolder = folder.Path,
            Seed = long.Parse(run.Meta[MetaKeys.Seed], CultureInfo.InvariantCulture),
        };
        ResumePoint point = new() { Run = run, LastSeen = seen, Why = time.Why, GuardLog = Guarded(folder.Path, seen) };
        return new ResumedRun(folder, options, files, time, point, origin.VirtualDirectory);
    }

    // The journal's copy, unless a secret was taken out of it: then the file itself, if it is still the same.
    private static string Text(RunRecord run, string key, string file, string hash, string what)
    {
        string stored = run.Meta.GetValueOrDefault(key, "");
        if (RunOrigin.Hash(stored) == hash)
        {
            return stored;
        }

        string? now = File.Exists(file) ? File.ReadAllText(file) : null;
        return now is not null && RunOrigin.Hash(now) == hash ? now : throw Changed(file, $"the {what}");
    }

    private static BenchFaultException Changed(string place, string what) => new(
        FaultKind.Configuration, place, $"{what} is not what the run was begun with (changed, moved or gone), and a run is one experiment from its start to its end",
        "Put the old one back and resume again, or begin a new night");

    private static List<(TimeSpan At, string Text)> Guarded(string folder, TimeSpan since)
    {
        string log = Path.Combine(folder, GuardOrder.LogFile);
        if (!File.Exists(log))
        {
            return [];
        }

        List<(TimeSpan At, string Text)> told = [];
        foreach (string line in File.ReadLines(log))
        {
            // 2026-01-01T00:00:00.0000000+00:00 +123.456 sentence
            string[] parts = line.Split(' ', 3);
            if (parts.Length == 3 && double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double at) && at >= since.TotalSeconds)
            {
                told.Add((TimeSpan.FromSeconds(at), parts[2]));
            }
        }

        return told;
    }
}
