using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Flashing;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>Which flasher writes to a slot.</summary>
public static class FlasherChoice
{
    /// <summary>The flasher of a slot: a word that is asked for counts before the inventory's.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="word">A name of hardware/flashers, or built-in; null: the slot's, else its board's.</param>
    /// <returns>Null: the one of this program.</returns>
    /// <exception cref="UsageException">There is none of this name.</exception>
    public static FlasherDefinition? Of(SlotEntry slot, string? word)
    {
        if (word is null)
        {
            return slot.Flasher;
        }

        if (word == FlasherLoader.BuiltIn)
        {
            return null;
        }

        // Only a name that is there: a word is never a path.
        string folder = BenchFolders.Find().Flashers;
        IReadOnlyList<string> names = FlasherLoader.Names(folder);
        return names.Contains(word)
            ? FlasherLoader.Load(word, folder)
            : throw new UsageException($"There is no flasher '{word}'; there are {FlasherLoader.BuiltIn}, {string.Join(", ", names)}.");
    }
}
