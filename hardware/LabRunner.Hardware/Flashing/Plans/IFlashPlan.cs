using LabRunner.Hardware.Images;

namespace LabRunner.Hardware.Flashing.Plans;

/// <summary>What a chip family's images are and where their parts go. Stateless, thread safe.</summary>
public interface IFlashPlan
{
    /// <summary>Its family.</summary>
    ChipFamily Family { get; }

    /// <summary>Refuses, before the chip is touched, what can be told from image and board alone; general defects are checked already.</summary>
    /// <param name="image">A sound image of this family.</param>
    /// <param name="chip">Chip of the slot's board, or the one that answered.</param>
    /// <exception cref="FlashFailedException">Stage "image".</exception>
    void CheckImage(FirmwareImage image, ChipModel chip);

    /// <summary>
    /// The parts to be written and their places. May read the chip, never changes it; refuses what would not start or does not fit.
    /// </summary>
    /// <param name="session">The chip.</param>
    /// <param name="request">What is asked for.</param>
    /// <param name="cancellationToken">Stops between two frames.</param>
    /// <exception cref="FlashFailedException">Stage "image"; nothing was erased.</exception>
    Task<IReadOnlyList<FlashRegion>> RegionsAsync(IFlashSession session, FlashRequest request, CancellationToken cancellationToken);
}

/// <summary>The plans there are.</summary>
public static class FlashPlans
{
    private static readonly IFlashPlan[] All = [new Bl602Plan(), new Bk7231Plan()];

    /// <summary>Plan of a family; null where images of it are not written by <see cref="FlashJob"/>.</summary>
    public static IFlashPlan? For(ChipFamily family) => All.FirstOrDefault(plan => plan.Family == family);
}
