using System.Globalization;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Slots;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>The recovery image of a slot, written by the flasher of its board. The byte trace stands under artifacts/reflash-SLOT of the run folder.</summary>
internal sealed class SlotReflash : IReflash
{
    private readonly BenchInventory _inventory;
    private readonly LabClock _clock;
    private readonly string _folder;
    private readonly FirmwareImage _image;
    private readonly string _file;

    /// <summary>Reads the image, so that a wrong one is told before the night and not at three in the morning.</summary>
    /// <exception cref="BenchFaultException">Kind Configuration: it cannot be read, or does not go into this board.</exception>
    public SlotReflash(BenchInventory inventory, SlotEntry entry, LabClock clock, string runFolder)
    {
        (_inventory, _clock, _file) = (inventory, clock, entry.Recovery!);
        _folder = Path.Combine(runFolder, "artifacts", "reflash-" + entry.Name);
        string place = $"slot {entry.Name}, recovery";
        try
        {
            _image = FirmwareImage.Recognise(File.ReadAllBytes(_file));
            FlashJob.CheckImage(_image, FlashHand.ChipOf(entry));
        }
        catch (Exception cannot) when (cannot is IOException or UnauthorizedAccessException)
        {
            throw new BenchFaultException(FaultKind.Configuration, place, $"the image {_file} cannot be read: {cannot.Message.TrimEnd('.')}", "Name a file, or leave recovery out", cannot);
        }
        catch (FlashFailedException wrong)
        {
            throw new BenchFaultException(FaultKind.Configuration, place, $"{_file} cannot go into this slot: {wrong.Message.TrimEnd('.')}", "Name an image of its board", wrong);
        }
    }

    /// <inheritdoc/>
    public async Task<string> RunAsync(SlotHardware slot, Interlocks interlocks, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(slot);
        Directory.CreateDirectory(_folder);
        List<string> said = [];
        try
        {
            FlashOutcome outcome = await FlashHand.FlashAsync(
                new Place(_inventory, slot, interlocks, _clock, _folder), null, null, new FlashRequest { Image = _image }, said.Add, null, cancellationToken).ConfigureAwait(false);
            return string.Create(
                CultureInfo.InvariantCulture, $"{Path.GetFileName(_file)} ({_image.Version ?? _image.KindText}) written over the UART, {outcome.BytesWritten:N0} bytes, verified by {outcome.Proof}");
        }
        catch (UsageException lacking)
        {
            // By hand this is the user's command; within a night it is the bench's set-up.
            throw new BenchFaultException(FaultKind.Configuration, $"slot {slot.Entry.Name}, recovery", lacking.Message.TrimEnd('.'), "Mend the inventory", lacking);
        }
        finally
        {
            await File.AppendAllLinesAsync(Path.Combine(_folder, "reflash.txt"), said, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private sealed record Place(BenchInventory Inventory, SlotHardware Slot, Interlocks Interlocks, LabClock Clock, string Folder) : IFlashPlace
    {
        // The ladder writes by the flasher of this program alone.
        public void SetTool(int group)
        {
        }
    }
}
