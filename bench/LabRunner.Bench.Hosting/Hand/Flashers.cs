using System.Globalization;
using System.Security.Cryptography;
using LabRunner.Hardware.Drivers.Flashing;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Images;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>Which flasher speaks to the chip of a slot's board, and what is said of it.</summary>
internal static class Flashers
{
    /// <summary>The flasher of a slot's chip, as its board file names it.</summary>
    /// <param name="bench">The slot.</param>
    /// <param name="loaderFile">The vendor's loader for a BL602; null: the inventory's.</param>
    /// <param name="baud">Speed, baud; null: the fastest that works.</param>
    /// <param name="say">Told what is being done.</param>
    /// <exception cref="UsageException">There is none for this chip, or the loader is missing.</exception>
    public static IFlasher For(IFlashPlace bench, string? loaderFile, int? baud, Action<string> say)
    {
        ChipModel chip = FlashHand.ChipOf(bench.Slot.Entry);
        int[]? speeds = baud is { } speed ? [speed] : null;
        return chip.Family() switch
        {
            ChipFamily.Bl602 => new Bl602Flasher(ReadLoader(loaderFile ?? bench.Inventory.Flash.Bl602Loader, say), speeds),
            ChipFamily.Bk7231 => new Bk7231Flasher(chip, speeds),
            _ => throw new UsageException(
                $"slot {bench.Slot.Entry.Name} has a {bench.Slot.Entry.Board.Description.Chip}; this program itself flashes BL602, BK7231N, BK7231T and BK7231U. Name a flasher of others: flasher: in the slot or board file, or --flasher."),
        };
    }

    /// <summary>How download mode is entered, for people.</summary>
    public static string Entering(ChipModel chip) =>
        chip.Family() == ChipFamily.Bk7231 ? "link checks, power meanwhile, until download mode answers" : "BOOT high, power, sync with the boot ROM";

    /// <summary>What OpenBeken calls itself on a chip.</summary>
    public static string FirmwareName(ChipModel chip) => "Open" + chip.Text();

    /// <summary>What to look at when firmware is not heard.</summary>
    public static string BootCheck(ChipModel chip) => chip.Family() == ChipFamily.Bk7231
        ? "Is it the image of this board, does the console hear TX2 (P0), where the log comes out, beside TX1 (P11), and at the board's console speed"
        : "Is BOOT really low, is it the image of this board, and does it print at the board's console speed";

    private static RamLoader ReadLoader(string? file, Action<string> say)
    {
        if (string.IsNullOrWhiteSpace(file))
        {
            throw new UsageException(
                "No flash loader is configured. The BL602's boot ROM cannot write flash: it runs the vendor's eflash_loader_40m.bin, which ships with Bouffalo Lab's flashing tools "
                + "(BLOpenFlasher bl602/eflash_loader, bflb-mcu-tool chips/bl602/eflash_loader). Name it with --loader FILE, or in the inventory: flash: { bl602Loader: FILE }.");
        }

        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(file);
        }
        catch (Exception cannot) when (cannot is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"Cannot read the flash loader {file}: {cannot.Message}");
        }

        RamLoader loader = RamLoader.Read(bytes, out string? problem) ?? throw new UsageException($"The flash loader {file} is no program for the BL602's RAM: {problem}.");
        say(string.Create(CultureInfo.InvariantCulture, $"Loader {file}, {bytes.Length:N0} bytes, SHA-256 {Convert.ToHexStringLower(SHA256.HashData(bytes))}."));
        return loader;
    }
}
