using LabRunner.Bench.Hosting;
using LabRunner.Bench.Inventory;

namespace LabRunner.Station.Jobs;

/// <summary>Which slots an order for a run means.</summary>
internal static class JobOrder
{
    /// <summary>What an order can ask for: chip, board, supply, contracts, sentinel.</summary>
    public static IReadOnlyList<string> Labels(SlotEntry entry) =>
    [
        entry.Board.Description.Chip, entry.Board.Description.Name, Supply(entry), .. entry.Capabilities, .. entry.Sentinel ? ["sentinel"] : Array.Empty<string>(),
    ];

    /// <summary>How a slot is fed, in a word.</summary>
    public static string Supply(SlotEntry entry) => entry.Supply == SlotSupply.Mains ? "mains" : "isolated-3v3";

    /// <summary>Slots with all labels, in the inventory's order.</summary>
    /// <param name="inventory">The bench.</param>
    /// <param name="slots">Among these; none: among all.</param>
    /// <param name="needs">Labels.</param>
    public static IReadOnlyList<string> Fitting(BenchInventory inventory, IReadOnlyCollection<string> slots, IReadOnlyCollection<string> needs) =>
    [
        .. inventory.Slots.Where(s => slots.Count == 0 || slots.Contains(s.Name))
            .Where(s => needs.All(need => Labels(s).Contains(need, StringComparer.OrdinalIgnoreCase))).Select(s => s.Name),
    ];

    /// <summary>Slots of an order; null: all of the bench.</summary>
    /// <exception cref="UsageException">It names a slot that is not there, or no slot fits.</exception>
    public static IReadOnlyList<string>? Slots(BenchInventory inventory, IReadOnlyCollection<string>? slots, IReadOnlyCollection<string>? needs)
    {
        if (slots is null or { Count: 0 } && needs is null or { Count: 0 })
        {
            return null;
        }

        IReadOnlyList<string> fit = Fitting(inventory, slots ?? [], needs ?? []);
        string? lacking = inventory.Lacking(slots ?? []);
        return lacking is not null || fit.Count == 0
            ? throw new UsageException(lacking ?? $"No slot has all that is needed ({string.Join(", ", needs ?? [])}). GET /api/v1/slots tells each slot's labels.")
            : fit;
    }
}
