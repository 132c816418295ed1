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
        if (image.Kind == ImageKind.Bl602WholeFlash && request.KeepSettings)
        {
            return await AroundSettingsAsync(session, image, cancellationToken).ConfigureAwait(false);
        }

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

    /// <summary>All of a whole-flash image but what belongs to the plug, which must be where the image's firmware will look for it.</summary>
    private static async Task<IReadOnlyList<FlashRegion>> AroundSettingsAsync(IFlashSession session, FirmwareImage image, CancellationToken cancellationToken)
    {
        PartitionTable? onChip = await ChipSurvey.TableAsync(session, cancellationToken).ConfigureAwait(false);
        PartitionTable? inImage = PartitionTable.Find(image.File.Span, out _);
        foreach (string name in Bl602Images.KeptNames)
        {
            if (onChip?.Find(name) is { } there
                && (inImage?.Find(name) is not { } then || then.Address0 != there.Address0 || then.MaxLength0 < there.MaxLength0))
            {
                throw new FlashFailedException(
                    "image",
                    string.Create(CultureInfo.InvariantCulture, $"the plug's '{name}' stands at 0x{there.Address0:X} to 0x{there.Address0 + (long)there.MaxLength0 - 1:X}, and the image has another layout: it cannot be kept"),
                    "Nothing was erased; make a copy (./lab flash read) and say --erase-settings, or take an image of the plug's layout");
            }
        }

        // Calibration that is not there cannot be kept, and without any the radio does not start.
        return await LacksFactoryAsync(session, image, inImage, cancellationToken).ConfigureAwait(false)
            ? Bl602Images.Without(image, [.. Bl602Images.KeptNames.Except(["factory"])])
            : Bl602Images.Regions(image, keepSettings: true);
    }

    /// <summary>True where the chip's calibration is erased, or a part of the image's, as a session that broke in it leaves it.</summary>
    private static async Task<bool> LacksFactoryAsync(IFlashSession session, FirmwareImage image, PartitionTable? table, CancellationToken cancellationToken)
    {
        if (table?.Find("factory") is not { } factory || factory.Address0 + (long)factory.MaxLength0 > Math.Min(image.File.Length, session.Chip.FlashBytes))
        {
            return false;
        }

        ReadOnlyMemory<byte> own = image.File.Slice((int)factory.Address0, (int)factory.MaxLength0);
        if (own.Span.IndexOfAnyExcept((byte)0xFF) < 0)
        {
            return false;
        }

        byte[] there = await session.ReadAsync(factory.Address0, own.Length, null, cancellationToken).ConfigureAwait(false);
        return !there.Where((b, i) => b != 0xFF && b != own.Span[i]).Any();
    }

    private static async Task CheckPartitionAsync(IFlashSession session, long end, FlashRequest request, CancellationToken cancellationToken)
    {
        if (request.Image.Kind == ImageKind.Bl602WholeFlash)
        {
            return;
        }

        if ((await ChipSurvey.TableAsync(session, cancellationToken).ConfigureAwait(false))?.Find("FW") is not { } firmware)
        {
            throw new FlashFailedException(
                "image", "the chip has no valid partition table with an entry FW, so that firmware alone would not start", "Nothing was erased; write a whole-flash image once");
        }

        if (firmware.AddressOf(firmware.ActiveSlot) != Bl602Images.FirmwareAddress)
        {
            throw new FlashFailedException(
                "image",
                string.Create(CultureInfo.InvariantCulture, $"the chip boots its firmware from 0x{firmware.AddressOf(firmware.ActiveSlot):X}, not from 0x{Bl602Images.FirmwareAddress:X}"),
                "Nothing was erased; if an update waits there, start the plug once (boot2 unpacks it), else write a whole-flash image");
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
