namespace LabRunner.Hardware.Flashing;

/// <summary>Progress of one part of a step, told as progress of the whole step.</summary>
/// <param name="whole">Told of the whole step; may be null.</param>
/// <param name="before">Bytes of the step that were done before this part.</param>
/// <param name="total">Bytes of the whole step.</param>
/// <param name="step">Name of the step; null: the part's own.</param>
public sealed class ProgressPart(IProgress<FlashProgress>? whole, long before, long total, string? step = null) : IProgress<FlashProgress>
{
    /// <inheritdoc/>
    public void Report(FlashProgress value) => whole?.Report(new FlashProgress(step ?? value.Step, before + value.Done, total));
}
