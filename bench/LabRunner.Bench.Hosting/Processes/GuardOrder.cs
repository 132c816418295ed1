using LabRunner.Bench.Inventory;

namespace LabRunner.Bench.Hosting.Processes;

/// <summary>The first line of the pipe to a guard: what it guards and for whom.</summary>
/// <param name="Owner">Process id of the owner, which must be the guard's parent.</param>
/// <param name="InventoryFile">Path of the inventory, for messages.</param>
/// <param name="InventoryText">Its text as the owner read it: the file may change while the night runs.</param>
/// <param name="Boards">Folder of the board files.</param>
/// <param name="Variables">Values of the inventory's variables.</param>
/// <param name="Slots">Slots of the run; null: all.</param>
/// <param name="Log">File that the guard appends what it did to: wall time, run time, a sentence.</param>
internal sealed record GuardOrder(
    int Owner, string InventoryFile, string InventoryText, string Boards, IReadOnlyDictionary<string, string> Variables, IReadOnlyList<string>? Slots, string Log)
{
    /// <summary>Name of the guard's log in the run folder.</summary>
    public const string LogFile = "guard.log";

    /// <summary>Word of the owner in the run folder (<see cref="GuardHold"/>); empty where nobody can go on with what it does.</summary>
    public string OwnersWord { get; init; } = "";

    /// <summary>Lock file of the run's lease: a guard holds it too, so that nobody gets the slots before they are off. Null: none.</summary>
    public string? LeaseLock { get; init; }

    /// <summary>The order for a run.</summary>
    public static GuardOrder For(BenchFiles files, IReadOnlyDictionary<string, string> variables, IReadOnlyList<string>? slots, string runFolder, string? leaseLock) => new(
        Environment.ProcessId, files.Inventory.File, files.Inventory.Text, files.Folders.Boards, variables, slots, Path.Combine(runFolder, LogFile))
    {
        OwnersWord = GuardHold.Read(runFolder) ?? "",
        LeaseLock = leaseLock,
    };

    /// <summary>The slots that may go off.</summary>
    public IEnumerable<SlotEntry> Guarded(BenchInventory inventory) =>
        Held(inventory).Where(s => !s.KeepPower);

    /// <summary>The slots of the run: whatever becomes of their power, their boot straps are released.</summary>
    public IEnumerable<SlotEntry> Held(BenchInventory inventory) => inventory.Slots.Where(s => Slots is null || Slots.Contains(s.Name));
}

/// <summary>Words on the pipe between an owner and its guard, a line each.</summary>
internal static class GuardWords
{
    /// <summary>Guard: it is ready.</summary>
    public const string Armed = "armed";

    /// <summary>Owner: it lives. The guard answers <see cref="Alive"/>.</summary>
    public const string Beat = "beat";

    /// <summary>Owner: it lives under a debugger, which may stop it for as long as it likes. The guard answers <see cref="Alive"/>.</summary>
    public const string Debugged = "debugged";

    /// <summary>Guard: the answer to a beat.</summary>
    public const string Alive = "alive";

    /// <summary>Owner: followed by the process group of a program of others that it runs and that must not outlive it; by 0 when it runs none.</summary>
    public const string Tool = "tool ";

    /// <summary>Owner: everything is safe, the guard may end without touching an output.</summary>
    public const string Disarm = "disarm";
}
