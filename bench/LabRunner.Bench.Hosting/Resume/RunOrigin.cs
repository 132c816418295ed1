using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Hosting.Resume;

/// <summary>What a run was begun with, as its journal keeps it for a resume (meta key "resume").</summary>
/// <param name="InventoryFile">Absolute path.</param>
/// <param name="InventorySha256">Hash of its text: the copy in the journal has its secrets taken out.</param>
/// <param name="PlanFile">Absolute path.</param>
/// <param name="PlanSha256">Hash of its text.</param>
/// <param name="BoardsSha256">Hash of the board files it uses, one after the other.</param>
/// <param name="Slots">Slots of the run; null: all.</param>
/// <param name="Clock">Origin of the run's clock (<see cref="LabClock.ToEnvironment"/>).</param>
/// <param name="BootId">Which start of the machine that origin belongs to.</param>
/// <param name="VirtualDirectory">Folder of the virtual plugs; null on a real bench.</param>
internal sealed record RunOrigin(
    string InventoryFile, string InventorySha256, string PlanFile, string PlanSha256, string BoardsSha256, IReadOnlyList<string>? Slots, string Clock, string BootId,
    string? VirtualDirectory)
{
    /// <summary>Number of the night, by which a plan's roles were dealt.</summary>
    public long Night { get; init; }

    private const string BootIdFile = "/proc/sys/kernel/random/boot_id";

    /// <summary>Identity of the machine's running since it was last started; empty where the system does not tell.</summary>
    public static string ThisBoot() => File.Exists(BootIdFile) ? File.ReadAllText(BootIdFile).Trim() : "";

    /// <summary>What a run is begun, or gone on, with.</summary>
    public static RunOrigin Of(BenchFiles files, IReadOnlyList<string>? slots, LabClock clock, string? virtualDirectory) => new(
        Path.GetFullPath(files.Inventory.File), Hash(files.Inventory.Text), Path.GetFullPath(files.Plan.File), Hash(files.Plan.Text), HashBoards(files.Inventory), slots,
        clock.ToEnvironment(), ThisBoot(), virtualDirectory) { Night = files.Night };

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <returns>Null: it is none.</returns>
    public static RunOrigin? Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<RunOrigin>(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>As JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this);

    /// <summary>SHA-256 of a text, hexadecimal.</summary>
    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>SHA-256 over the board files that an inventory uses.</summary>
    public static string HashBoards(BenchInventory inventory)
    {
        IEnumerable<BoardFile> boards = inventory.Slots.Select(s => s.Board).Concat(inventory.Virtual?.Plugs.Values.SelectMany(p => new[] { p.Board, p.Template }) ?? []);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in boards.Select(b => b.File).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            hash.AppendData(File.ReadAllBytes(file));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
