using LabRunner.Hardware.Images;

namespace LabRunner.Hardware.Flashing.Plans;

/// <summary>
/// BK7231: on N a release's QIO file from 0 (its download mode is in mask ROM); on T and U its UA file from 0x11000, after the boot loader
/// that download mode needs.
/// </summary>
internal sealed class Bk7231Plan : IFlashPlan
{
    /// <summary>Where the application begins in flash; before it stands the boot loader.</summary>
    public const uint ApplicationAddress = 0x11000;

    public ChipFamily Family => ChipFamily.Bk7231;

    public void CheckImage(FirmwareImage image, ChipModel chip)
    {
    }

    public Task<IReadOnlyList<FlashRegion>> RegionsAsync(IFlashSession session, FlashRequest request, CancellationToken cancellationToken)
    {
        uint address = session.Chip.Model == ChipModel.Bk7231N ? 0 : ApplicationAddress;
        return Task.FromResult<IReadOnlyList<FlashRegion>>([new FlashRegion("firmware", address, request.Image.File)]);
    }
}
