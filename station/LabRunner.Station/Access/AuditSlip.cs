using System.Globalization;
using System.Text.Json;
using LabRunner.Bench.Hosting.Leases;
using LabRunner.Hardware.Faults;

namespace LabRunner.Station.Access;

/// <summary>
/// What a verb did to the files of a station without asking it: a slip each beside its audit log, which takes them in when it is next written or
/// read. A file of its own, since two programs that append to one write over each other.
/// </summary>
public static class AuditSlip
{
    private const string Folder = "audit.verbs";

    /// <summary>Leaves a slip, where there is a station's folder.</summary>
    /// <param name="stateFolder">State folder of the station; need not exist.</param>
    /// <param name="action">A word and what it is about.</param>
    /// <param name="what">What was done, in words.</param>
    /// <param name="why">Why, as they said; null: they did not.</param>
    /// <exception cref="BenchFaultException">Kind Storage: it cannot be written.</exception>
    public static void Leave(string stateFolder, string action, string what, string? why)
    {
        if (!Directory.Exists(stateFolder))
        {
            return;
        }

        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        string owner = Environment.GetEnvironmentVariable(LeaseBook.OwnerVariable) is { Length: > 0 } told ? told : Environment.UserName;
        AuditEntry entry = new(now, Environment.UserName, owner, "verb", action, AuditEntry.Own, what, why);
        StateFile.Write(
            Path.Combine(stateFolder, Folder, string.Create(CultureInfo.InvariantCulture, $"{now.UtcDateTime:yyyyMMdd'T'HHmmssfff}-{Guid.NewGuid():N}.json")), JsonSerializer.Serialize(entry, JsonSerializerOptions.Web));
    }

    /// <summary>Takes the slips in, oldest first. Not thread safe.</summary>
    internal static void Take(string stateFolder, Action<AuditEntry> add)
    {
        string folder = Path.Combine(stateFolder, Folder);
        if (!Directory.Exists(folder))
        {
            return;
        }

        foreach (string file in Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal))
        {
            try
            {
                if (StateFile.Read<AuditEntry>(file) is { Who: not null, Owner: not null } entry)
                {
                    add(entry);
                }

                File.Delete(file);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // Another account's, or the disk fails: it stays for later.
            }
        }
    }
}
