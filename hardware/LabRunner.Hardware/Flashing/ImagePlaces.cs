using LabRunner.Hardware.Flashing.Plans;
using LabRunner.Hardware.Images;

namespace LabRunner.Hardware.Flashing;

/// <summary>Where the parts of an image go, as far as image and chip tell it without asking the chip. Pure functions, thread safe.</summary>
public static class ImagePlaces
{
    /// <summary>The parts and their places.</summary>
    /// <param name="image">A sound image for the chip.</param>
    /// <param name="chip">Chip of the board.</param>
    /// <param name="keepSettings">Leave out settings and calibration where the image says where they are.</param>
    /// <returns>Null where only the chip's own contents tell it, as for code without a boot header.</returns>
    public static IReadOnlyList<FlashRegion>? Of(FirmwareImage image, ChipModel chip, bool keepSettings)
    {
        ArgumentNullException.ThrowIfNull(image);
        return image.Kind switch
        {
            ImageKind.Bl602WholeFlash or ImageKind.Bl602Firmware => Bl602Images.Regions(image, keepSettings),
            ImageKind.Bk7231Flash => [Bk7231Plan.Whole(image, keepSettings)],
            ImageKind.Bk7231Application when chip != ChipModel.Bk7231N => [new FlashRegion("application", BekenImages.ApplicationAddress, image.File)],
            ImageKind.Esp8266Firmware or ImageKind.Ln882hFlash => [new FlashRegion("firmware", 0, image.File)],
            _ => null,
        };
    }
}
