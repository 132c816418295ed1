using LabRunner.Bench.Inventory;
using LabRunner.Station.Access;
using LabRunner.Station.Jobs;
using static System.FormattableString;

namespace LabRunner.Station.Runs;

/// <summary>
/// Removes old runs by age and size. Never one that is pinned, that runs or will be gone on with, that a process holds, that the next comparison
/// of its entry needs, or that is among the newest. Thread safe.
/// </summary>
/// <param name="shelf">The runs folder.</param>
/// <param name="jobs">Whose runs go on.</param>
/// <param name="rule">The rule; null: nothing goes.</param>
/// <param name="audit">Told of each run that goes.</param>
/// <param name="clock">Now.</param>
internal sealed class RunSweeper(RunShelf shelf, JobBook jobs, RetentionRule? rule, AuditLog audit, TimeProvider clock)
{
    private const string Leaving = ".leaving-";

    private readonly Lock _gate = new();

    /// <summary>The rule; null: runs are kept for ever.</summary>
    public RetentionRule? Rule => rule;

    /// <summary>What a sweep would do now.</summary>
    public SweepPlan Plan()
    {
        List<(DirectoryInfo Folder, long Bytes, DateTimeOffset Began)> runs =
            [.. shelf.Folders().Select(f => (f, Size(f), shelf.Find(f.Name)?.Started ?? new DateTimeOffset(f.LastWriteTimeUtc, TimeSpan.Zero))).OrderBy(r => r.Item3).ThenBy(r => r.f.Name, StringComparer.Ordinal)];
        HashSet<string> newest = [.. runs.TakeLast(rule?.KeepNewest ?? 0).Select(r => r.Folder.Name)];
        Dictionary<string, string> needed = Needed();
        long total = runs.Sum(r => r.Bytes), left = total;
        List<SweepRow> rows = [];
        foreach ((DirectoryInfo folder, long bytes, DateTimeOffset began) in runs)
        {
            string? stays = Stays(folder, needed) ?? (rule is null ? "no rule says that runs go" : newest.Contains(folder.Name) ? Invariant($"among the newest {rule.KeepNewest}") : null);
            string? goes = rule?.KeepFor is { } longest && clock.GetUtcNow() - began > longest ? $"older than {DurationText.Format(longest)}"
                : rule?.KeepBytes is { } most && left > most ? $"all runs together are larger than {Text(most)}"
                : null;
            bool gone = stays is null && goes is not null;
            left -= gone ? bytes : 0;
            rows.Add(new SweepRow(folder.Name, bytes, began, gone, gone ? goes! : stays ?? "the rule keeps it"));
        }

        return new SweepPlan(rows, total, left, rule?.KeepBytes is { } limit && left > limit ? $"{Text(left)} stay, more than {Text(limit)}: the rest is pinned or needed. Unpin runs, or give them more room." : null);
    }

    /// <summary>Removes what the rule says, and tells the audit log.</summary>
    /// <returns>What was planned; a run that could not be removed says so.</returns>
    public SweepPlan Sweep()
    {
        lock (_gate)
        {
            foreach (DirectoryInfo half in shelf.Root.Exists ? shelf.Root.EnumerateDirectories(Leaving + "*").ToList() : [])
            {
                // Left by a station that ended meanwhile; what cannot go now is tried again.
                Try(() => half.Delete(recursive: true));
            }

            SweepPlan plan = Plan();
            return plan with { Rows = [.. plan.Rows.Select(r => r.Goes ? Remove(r) : r)] };
        }
    }

    /// <summary>Bytes for people.</summary>
    public static string Text(long bytes) => bytes >= 1_000_000_000 ? Invariant($"{bytes / 1e9:0.##} GB") : Invariant($"{bytes / 1e6:0.##} MB");

    private SweepRow Remove(SweepRow row)
    {
        string path = Path.Combine(shelf.Root.FullName, row.Run);
        try
        {
            // Those before it may have taken minutes, and somebody may need it by now.
            if (Stays(new DirectoryInfo(path), Needed()) is { } stays)
            {
                return row with { Goes = false, Why = stays };
            }

            using FileStream? held = Hold(path);
            if (held is null && File.Exists(Path.Combine(path, OwnerFile)))
            {
                return row with { Goes = false, Why = "a process holds it" };
            }

            // Out of sight first: half a run is no run.
            string leaving = Path.Combine(shelf.Root.FullName, Leaving + row.Run);
            Directory.Move(path, leaving);
            Directory.Delete(leaving, recursive: true);
            audit.Add(new AuditEntry(clock.GetUtcNow(), "the station", "the station", "station", $"remove run {row.Run}", AuditEntry.Own, $"run {row.Run} of {row.Began:yyyy-MM-dd}, {Text(row.Bytes)}, removed", row.Why));
            return row;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return row with { Goes = false, Why = $"it could not be removed: {failure.Message.TrimEnd('.')}" };
        }
    }

    /// <summary>Folders that must stay for a job, with why.</summary>
    private Dictionary<string, string> Needed()
    {
        IReadOnlyList<Job> all = jobs.All();
        Dictionary<string, string> needed = all.Where(j => j.State == JobState.Done && j is { Entry: not null, Folder: not null }).GroupBy(j => j.Entry)
            .Select(g => g.MaxBy(j => j.Ended)!).ToDictionary(j => Path.GetFileName(j.Folder!), j => $"the next run of '{j.Entry}' is compared with it");
        foreach (Job job in all.Where(j => !j.IsOver && j.Folder is not null))
        {
            needed[Path.GetFileName(job.Folder!)] = $"job {job.Id} runs, or is gone on with";
        }

        return needed;
    }

    private static string? Stays(DirectoryInfo folder, Dictionary<string, string> needed)
    {
        if (RunPin.Of(folder.FullName) is { } pin)
        {
            return $"pinned{(pin.Who is null ? "" : $" by {pin.Who}")}{(pin.Why is null ? "" : $": {pin.Why}")}";
        }

        if (needed.TryGetValue(folder.Name, out string? why))
        {
            return why;
        }

        if (folder.LinkTarget is not null)
        {
            return "a link to somewhere else";
        }

        if (!File.Exists(Path.Combine(folder.FullName, OwnerFile)))
        {
            return null;
        }

        using FileStream? held = Hold(folder.FullName);
        return held is null ? "a process holds it" : null;
    }

    /// <summary>Takes the hold that a runner has; null: somebody has it, or nobody ever ran here.</summary>
    private static FileStream? Hold(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, OwnerFile), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void Try(Action act)
    {
        try
        {
            act();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Out of sight already.
        }
    }

    private static long Size(DirectoryInfo folder)
    {
        try
        {
            return folder.EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length);
        }
        catch (IOException)
        {
            // A run that goes on moves files about.
            return 0;
        }
    }

    // Locked by whoever owns a run: LabRunner.Bench.Hosting.Processes.GuardHold.
    private const string OwnerFile = ".owner";
}
