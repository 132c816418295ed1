using LabRunner.Hardware.Faults;

namespace LabRunner.Hardware.Drivers.Gpio;

/// <summary>Finds a chip by its label: the number of a chip differs between kernels and with what is plugged in.</summary>
internal static class GpioChipFinder
{
    /// <summary>Path of the one chip with this label.</summary>
    /// <param name="place">For messages.</param>
    /// <param name="folder">/dev.</param>
    /// <param name="label">Wanted label.</param>
    /// <param name="ask">Asks a node what it is; null where it cannot be asked.</param>
    /// <exception cref="BenchFaultException">Kind Gpio: none or several; the message lists those there are.</exception>
    public static string Find(string place, string folder, string label, Func<string, ChipFacts?> ask)
    {
        // Links are other names of a chip: Raspberry Pi OS links gpiochip4 to gpiochip0 on a Raspberry Pi 5.
        (string Path, ChipFacts? Facts)[] chips =
        [
            .. Directory.GetFiles(folder, "gpiochip*").Where(path => new FileInfo(path).LinkTarget is null).Order(StringComparer.Ordinal)
                .Select(path => (path, ask(path))),
        ];
        string[] hits = [.. chips.Where(chip => chip.Facts?.Label == label).Select(chip => chip.Path)];
        if (hits.Length == 1)
        {
            return hits[0];
        }

        string there = chips.Length == 0
            ? "This machine has no GPIO character device at all"
            : "There are: " + string.Join(", ", chips.Select(chip => chip.Facts is { } facts ? $"{chip.Path} '{facts.Label}'" : $"{chip.Path} (no right to open it)"));
        throw new BenchFaultException(
            FaultKind.Gpio, place,
            hits.Length == 0 ? $"no GPIO chip has the label '{label}'" : $"{hits.Length} GPIO chips have the label '{label}': {string.Join(", ", hits)}",
            hits.Length == 0 ? there : "Give the path of the one that is meant");
    }
}
