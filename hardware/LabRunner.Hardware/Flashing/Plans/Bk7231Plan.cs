using LabRunner.Hardware.Images;

namespace LabRunner.Hardware.Flashing.Plans;

/// <summary>
/// BK7231: on N a release's QIO file from 0 (its download mode is in mask ROM), or a UA file behind the boot loader that is there; on T and
/// U the UA file from 0x11000, because download mode itself is in the boot loader before it.
/// </summary>
internal sealed class Bk7231Plan : IFlashPlan
{
    private const int SectorLength = 4096;

    public ChipFamily Family => ChipFamily.Bk7231;

    public void CheckImage(FirmwareImage image, ChipModel chip)
    {
        if (image.Kind == ImageKind.Bk7231Blocks)
        {
            throw new FlashFailedException(
                "image",
                "its code begins with ARM vectors neither for address 0 nor for 0x11000, so that nobody can tell where it goes",
                "Nothing was touched; take the QIO file (BK7231N) or the UA file (BK7231T) of a release for Tuya modules");
        }

        if (image.Model != ChipModel.Unknown && image.Model != chip)
        {
            throw new FlashFailedException("image", $"the {image.KindText} is for a {image.Model.Text()}, the chip is a {chip.Text()}", "Nothing was touched; take the image of the chip");
        }

        if (chip != ChipModel.Bk7231N && image.Kind == ImageKind.Bk7231Flash)
        {
            throw new FlashFailedException(
                "image",
                $"a {image.KindText} begins with a boot loader, and the one of a {chip.Text()} (0 to 0x10FFF) is what flashing over the UART needs: it is never erased",
                "Nothing was touched; take the UA file of the same release");
        }
    }

    public async Task<IReadOnlyList<FlashRegion>> RegionsAsync(IFlashSession session, FlashRequest request, CancellationToken cancellationToken)
    {
        FirmwareImage image = request.Image;
        if (image.Kind == ImageKind.Bk7231Flash)
        {
            return [Whole(image, request.KeepSettings)];
        }

        if (session.Chip.Model == ChipModel.Bk7231N)
        {
            byte[] loader = await session.ReadAsync(0, SectorLength, null, cancellationToken).ConfigureAwait(false);
            if (BekenImages.FromBlocks(loader, 0, BekenImages.CodeInBlock).Length == 0)
            {
                throw new FlashFailedException("image", "there is no boot loader at 0 that would start an application at 0x11000", "Nothing was erased; write a QIO file once");
            }
        }

        return [new FlashRegion("application", BekenImages.ApplicationAddress, image.File)];
    }

    /// <summary>The part of a flash from 0 that is written: behind the code of a dump stand the settings; a release's file ends with its code.</summary>
    internal static FlashRegion Whole(FirmwareImage image, bool keepSettings) =>
        new("boot loader and application", 0, keepSettings ? image.File[..BekenImages.CodeEnd(image)] : image.File);
}
