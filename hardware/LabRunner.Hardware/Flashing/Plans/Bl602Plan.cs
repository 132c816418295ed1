using System.Globalization;
using LabRunner.Hardware.Images;

namespace LabRunner.Hardware.Flashing.Plans;

/// <summary>BL602: whole flash at 0, firmware at 0x10000 within its partition, bare code under the header that the chip carries.</summary>
internal sealed class Bl602Plan : IFlashPlan
{
    public ChipFamily Family => ChipFamily.Bl602;

    public void CheckImage(FirmwareImage image, ChipModel chip)
    {
        if (image.Kind is ImageKind.Bl602RamLoader or ImageKind.Bl602Boot2)
        {
            throw new FlashFailedException("image", $"a {image.KindText} is no firmware", "Nothing was touched");
        }
    }

    public async Task<IReadOnlyList<FlashRegion>> RegionsAsync(IFlashSession session, FlashRequest request, CancellationToken cancellationToken)
    {
        IReadOnlyList<FlashRegion> regions = await PartsAsync(session, request, cancellationToken).ConfigureAwait(false);
        await CheckPartitionAsync(session, regions.Max(r => r.End), request, cancellationToken).ConfigureAwait(false);
        return regions;
    }

    private static async Task<IReadOnlyList<FlashRegion>> PartsAsync(IFlashSession session, FlashRequest request, CancellationToken cancellationToken)
    {
        FirmwareImage image = request.Image;
        if (image.Kind != ImageKind.Bl602BareCode)
        {
            return Bl602Images.Regions(image, request.KeepSettings);
        }

        // The header's flash and clock settings belong to the board: the one on the chip is the only right source.
        byte[] onChip = await session.ReadAsync(Bl602Images.FirmwareAddress, BootHeader.Length, null, cancellationToken).ConfigureAwait(false);
        BootHeader? header = BootHeader.Read(onChip, out string? problem);
        if (header is null || problem is not null)
        {
            throw new FlashFailedException(
                "image",
                $"code without a boot header needs the header that the chip carries at 0x10000, and there {problem}",
                "Nothing was erased; write a whole-flash image once");
        }

        return
        [
            new FlashRegion("firmware header", Bl602Images.FirmwareAddress, header.ForCode(image.File.Span).Bytes.ToArray()),
            new FlashRegion("firmware code", Bl602Images.FirmwareAddress + BootHeader.CodeOffset, image.File),
        ];
    }

    private static async Task CheckPartitionAsync(IFlashSession session, long end, FlashRequest request, CancellationToken cancellationToken)
    {
        if (request.Image.Kind == ImageKind.Bl602WholeFlash)
        {
            return;
        }

        PartitionTable? best = null;
        foreach (uint address in PartitionTable.Addresses)
        {
            byte[] bytes = await session.ReadAsync(address, PartitionTable.MostBytes, null, cancellationToken).ConfigureAwait(false);
            PartitionTable? table = PartitionTable.Read(bytes, out _);
            best = table is not null && (best is null || table.Age > best.Age) ? table : best;
        }

        if (best?.Find("FW") is not { } firmware)
        {
            throw new FlashFailedException(
                "image", "the chip has no valid partition table with an entry FW, so that firmware alone would not start", "Nothing was erased; write a whole-flash image once");
        }

        if (firmware.AddressOf(firmware.ActiveSlot) != Bl602Images.FirmwareAddress)
        {
            throw new FlashFailedException(
                "image",
                string.Create(CultureInfo.InvariantCulture, $"the chip boots its firmware from 0x{firmware.AddressOf(firmware.ActiveSlot):X}, not from 0x{Bl602Images.FirmwareAddress:X}"),
                "Nothing was erased; write a whole-flash image once");
        }

        if (end - firmware.Address0 > firmware.MaxLength0)
        {
            throw new FlashFailedException(
                "image",
                string.Create(CultureInfo.InvariantCulture, $"the firmware takes {end - firmware.Address0:N0} bytes and its partition has {firmware.MaxLength0:N0}"),
                "Nothing was erased");
        }
    }
}
