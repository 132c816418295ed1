using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Catalogue;

namespace LabRunner.Bench.Hosting.Leases;

/// <summary>What a run needs for itself alone, spelt so that two inventories which mean the same thing say the same words.</summary>
public static class LeaseParts
{
    /// <summary>The parts of slots: each slot by bench and name, and every line, console, outlet and address that it alone may use.</summary>
    /// <param name="inventory">The bench, its variables put in.</param>
    /// <param name="slots">Slots; null: all.</param>
    /// <param name="virtualDirectory">Folder of the virtual bench that stands behind it; null for a real one. Each virtual bench has plugs of its own.</param>
    public static IReadOnlyList<string> Of(BenchInventory inventory, IReadOnlyList<string>? slots, string? virtualDirectory)
    {
        SortedSet<string> parts = new(StringComparer.Ordinal);
        foreach (SlotEntry slot in inventory.Slots.Where(s => slots is null || slots.Contains(s.Name)))
        {
            parts.Add($"slot {virtualDirectory ?? inventory.Name}/{slot.Name}");
            if (virtualDirectory is not null)
            {
                // Its lines, terminals and addresses are its own, and the numbers of pseudo terminals and ports go to the next bench when it ends.
                continue;
            }

            if (slot.Http is { } http)
            {
                parts.Add($"http {http}");
            }

            foreach (DriverEntry driver in slot.Drivers.Values)
            {
                parts.UnionWith(ExclusiveUse.Of(driver).Select(use => Name(inventory, use)));
                if (driver.Contract == Contracts.Power && ExclusiveUse.DeviceOf(driver) is { } outlet)
                {
                    parts.Add(outlet);
                }
            }
        }

        return [.. parts];
    }

    private static string Name(BenchInventory inventory, ExclusiveUse use)
    {
        if (use.Resource is not { } resource)
        {
            return $"{use.Kind} {RealPath(use.Value)}";
        }

        // A resource without a device of its own (a software chip of a test, say) is only told from others by its bench.
        string device = inventory.Resources.TryGetValue(resource, out DriverEntry? entry) && ExclusiveUse.DeviceOf(entry) is { } told
            ? told
            : $"{inventory.Name}/{resource}";
        return $"{use.Kind} {use.Value} of {device}";
    }

    /// <summary>/dev/serial/by-id/… and /dev/ttyUSB0 are one port.</summary>
    private static string RealPath(string path)
    {
        try
        {
            return path.StartsWith('/') && File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path : path;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return path;
        }
    }
}
