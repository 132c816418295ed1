using System.Globalization;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Images;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>What stands at a place of a chip's flash.</summary>
/// <param name="Name">"boot2", "firmware", "flash".</param>
/// <param name="AddressBytes">Where, bytes.</param>
/// <param name="Kind">What was recognised there.</param>
/// <param name="Version">Version that it names; null: none.</param>
/// <param name="Sha256">Of its bytes.</param>
/// <param name="Facts">What its headers say.</param>
/// <param name="Problems">What is wrong with it.</param>
public sealed record FlashContents(
    string Name, uint AddressBytes, string Kind, string? Version, string Sha256, IReadOnlyList<ImageFact> Facts, IReadOnlyList<string> Problems);

/// <summary>What a chip is and what stands in its flash.</summary>
/// <param name="Slot">Slot.</param>
/// <param name="Chip">The chip.</param>
/// <param name="Contents">What was found.</param>
/// <param name="Partitions">Partition table that counts; null: none.</param>
/// <param name="PartitionAge">Its age; null: none.</param>
/// <param name="Problems">What is wrong beside the contents' own problems.</param>
/// <param name="Folder">Folder with the byte trace.</param>
public sealed record FlashInfoSight(
    string Slot, ChipIdentity Chip, IReadOnlyList<FlashContents> Contents, IReadOnlyList<Partition>? Partitions, uint? PartitionAge, IReadOnlyList<string> Problems, string Folder);

/// <summary>Looks what a slot's chip is and carries, and says it: one order, whoever has opened the bench.</summary>
public static class FlashInfoWork
{
    /// <summary>The verb, for messages.</summary>
    public const string Verb = "flash info";

    /// <summary>Enters download mode and looks; changes nothing in the flash.</summary>
    /// <param name="place">The slot.</param>
    /// <param name="link">How the chip is reached.</param>
    /// <param name="say">Told what is being done and what was found, a sentence at a time.</param>
    /// <param name="progress">Told now and then; may be null.</param>
    /// <param name="cancellationToken">Stops between two frames.</param>
    /// <exception cref="FlashFailedException">The chip did not answer properly.</exception>
    /// <exception cref="UsageException">The slot is flashed by a program of others, or there is no loader.</exception>
    /// <exception cref="LabRunner.Hardware.Faults.BenchFaultException">Port, power or strap failed.</exception>
    public static async Task<FlashInfoSight> RunAsync(IFlashPlace place, FlashLink link, Action<string> say, IProgress<FlashProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(place);
        ArgumentNullException.ThrowIfNull(link);
        ArgumentNullException.ThrowIfNull(say);
        link.DemandBuiltIn(Verb, place.Slot.Entry);
        ChipReport report = await FlashHand.WithChipAsync(
            place, link.Loader, link.Baud, true, say, session => ChipSurvey.LookAsync(session, progress, cancellationToken), cancellationToken).ConfigureAwait(false);
        Tell(report, say);
        return new FlashInfoSight(
            place.Slot.Entry.Name, report.Chip,
            [.. report.Contents.Select(c => new FlashContents(c.Name, c.Address, c.Contents.Kind.ToString(), c.Contents.Version, c.Contents.Sha256, c.Contents.Facts, c.Contents.Problems))],
            report.Table?.Entries, report.Table?.Age, report.Problems, place.Folder);
    }

    private static void Tell(ChipReport report, Action<string> say)
    {
        foreach (ChipContents contents in report.Contents)
        {
            FirmwareImage image = contents.Contents;
            say(string.Create(
                CultureInfo.InvariantCulture, $"{contents.Name} at 0x{contents.Address:X}: {image.KindText}, version {image.Version ?? "not stated"}, SHA-256 {image.Sha256}"));
            foreach (ImageFact fact in image.Facts)
            {
                say($"  {fact.Name,-19} {Printable(fact.Value)}");
            }

            foreach (string problem in image.Problems)
            {
                say($"  problem: {Printable(problem)}");
            }
        }

        if (report.Table is { } table)
        {
            say(string.Create(CultureInfo.InvariantCulture, $"partition table, age {table.Age}:"));
            say("  name      type  active  slot 0                slot 1                in use");
            foreach (Partition entry in table.Entries)
            {
                say(string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {Printable(entry.Name),-9} {entry.Type,4}  {entry.ActiveSlot,6}  {Place(entry.Address0, entry.MaxLength0),-20}  {Place(entry.Address1, entry.MaxLength1),-20}  {entry.ContentLength:N0}"));
            }
        }

        foreach (string problem in report.Problems)
        {
            say($"problem: {Printable(problem)}");
        }
    }

    private static string Place(uint address, uint length) => length == 0 ? "-" : $"0x{address:X6} +0x{length:X}";

    private static string Printable(string text) => string.Concat(text.Select(c => c is >= ' ' and <= '~' ? c : '?'));
}
