using System.Globalization;
using System.Text.Json;

namespace LabRunner.Bench.Hosting.Leases;

/// <summary>Reads what stands in a lease folder and judges it. The caller has the folder's gate. Not thread safe.</summary>
internal sealed class LeaseScan(LeaseFolder folder, TimeProvider clock)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, RespectNullableAnnotations = true };

    /// <summary>A user's word that a lease is broken.</summary>
    public sealed record BreakMark(string By, string Why, DateTimeOffset At);

    public static byte[] ToText<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Json);

    /// <summary>All leases, oldest first; what is left of ended ones is removed where it may be.</summary>
    public IReadOnlyList<LeaseEntry> All()
    {
        IReadOnlyList<(uint User, string Id, string Kind, string Name)> files = folder.Files();
        ILookup<string, BreakMark?> marks = files.Where(f => f.Kind == "break").ToLookup(f => f.Id, f => Mark(f.Name));
        List<LeaseEntry> leases = [.. files.Where(f => f.Kind != "break").Select(f => Judge(f.User, f.Id, f.Kind, f.Name, marks[f.Id].OfType<BreakMark>().MinBy(m => m.At)))];
        foreach (LeaseEntry ended in leases.Where(l => !l.Keeps && l.State != LeaseState.Unreadable))
        {
            string name = Path.GetFileName(ended.File);
            folder.Remove(name, LockOf(name));
        }

        // A mark whose lease is no more has done its work. Another user's lease cannot be removed, so its mark stays as long as it does.
        folder.Remove(files.Where(f => f.Kind == "break" && !leases.Any(l => l.Id == f.Id && File.Exists(l.File))).Select(f => f.Name));
        return [.. leases.OrderBy(l => l.Record?.Taken ?? DateTimeOffset.MinValue)];
    }

    /// <summary>Name of the lock that stands beside a lease's file.</summary>
    public static string LockOf(string name) => name[..^".json".Length] + ".lock";

    private LeaseEntry Judge(uint user, string id, string kind, string name, BreakMark? mark)
    {
        bool run = kind == "run";
        bool live = run && folder.IsLive(LockOf(name));
        (LeaseRecord? record, string? problem, bool denied) = Read(name, id, run);
        string file = folder.At(name);
        LeaseEntry Entry(LeaseState state, string why, bool keeps) => new(id, user, state, why, keeps, record, file);
        if (run && !live)
        {
            return Entry(LeaseState.Ended, "its program has ended", false);
        }

        DateTimeOffset now = clock.GetUtcNow();
        if (mark is not null)
        {
            bool grace = run && now - mark.At < LeaseBook.Grace && mark.At - now < LeaseBook.Grace;
            return Entry(LeaseState.Broken, $"broken by {mark.By} ({mark.Why})", grace);
        }

        if (record is null)
        {
            // A reservation that nobody can read counts for nothing, unless it is merely not for our eyes.
            return run
                ? Entry(LeaseState.Unreadable, $"its program lives, but its file cannot be read ({problem})", true)
                : Entry(LeaseState.Unreadable, $"its file cannot be read ({problem})", denied);
        }

        if (run)
        {
            TimeSpan silent = LeaseBook.Monotonic(clock) - TimeSpan.FromSeconds(record.Beat);
            return silent > LeaseBook.Silence
                ? Entry(LeaseState.Ended, string.Create(CultureInfo.InvariantCulture, $"its program gave no sign of life for {silent.TotalSeconds:0} s"), false)
                : Entry(LeaseState.InForce, "its program runs", true);
        }

        return record.Expires > now && record.Expires < now + LeaseBook.LongestReservation
            ? Entry(LeaseState.InForce, "reserved", true)
            : Entry(LeaseState.Ended, "its time is over", false);
    }

    private (LeaseRecord? Record, string? Problem, bool Denied) Read(string name, string id, bool run)
    {
        (byte[]? text, string? problem) = folder.Read(name);
        if (text is null)
        {
            return (null, problem, problem == "permission denied");
        }

        try
        {
            LeaseRecord? record = JsonSerializer.Deserialize<LeaseRecord>(text, Json);
            return record is null || record.Id != id || record.Kind == LeaseKind.Run != run || record.Slots.Concat(record.Parts).Any(t => t is null)
                ? (null, "it is no lease", false)
                : (Clean(record), null, false);
        }
        catch (JsonException)
        {
            return (null, "it is no lease", false);
        }
    }

    private BreakMark? Mark(string name)
    {
        (byte[]? text, _) = folder.Read(name);
        try
        {
            if (text is not null && JsonSerializer.Deserialize<BreakMark>(text, Json) is { By: not null, Why: not null } mark)
            {
                return new BreakMark(Clean(mark.By), Clean(mark.Why), mark.At);
            }
        }
        catch (JsonException)
        {
            // Below: no word of anybody.
        }

        return null;
    }

    // Others write these files, and we print them on terminals.
    private static LeaseRecord Clean(LeaseRecord record) => record with
    {
        Owner = Clean(record.Owner), Purpose = Clean(record.Purpose), Bench = Clean(record.Bench), Slots = [.. record.Slots.Take(200).Select(Clean)],
    };

    internal static string Clean(string text)
    {
        string clean = string.Concat(text.Select(c => char.IsControl(c) || char.IsSurrogate(c) || c is >= '\u200b' and <= '\u202e' ? ' ' : c)).Trim();
        return clean.Length > 80 ? clean[..80] + "…" : clean;
    }
}
