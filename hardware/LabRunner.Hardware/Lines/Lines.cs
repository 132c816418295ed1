namespace LabRunner.Hardware.Lines;

/// <summary>A line that holds a pin of the DUT in its asserted or released state: BOOT strap, reset.</summary>
public interface IStrap : IAsyncDisposable
{
    /// <summary>Asserts (BOOT high, reset active) or releases the pin.</summary>
    Task SetAsync(bool asserted, CancellationToken cancellationToken);

    /// <summary>Reads the line back; null where the device cannot.</summary>
    Task<bool?> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>One edge on a line.</summary>
/// <param name="Line">Offset on its chip.</param>
/// <param name="Rising">Electrical direction, before any active-low reading.</param>
/// <param name="MonotonicNanoseconds">CLOCK_MONOTONIC of the edge, as the kernel stamps it.</param>
/// <param name="Sequence">Counts the edges of this line; a jump means lost edges.</param>
/// <param name="Lost">Edges that happened just before this one and were lost (the kernel's buffer was full): the level between is unknown.</param>
public readonly record struct LineEdge(int Line, bool Rising, long MonotonicNanoseconds, uint Sequence, uint Lost = 0);

/// <summary>Stamped edges, which <c>GpioDriver</c> callbacks do not carry. A chip driver implements it beside its GpioDriver.</summary>
public interface ILineEdges
{
    /// <summary>
    /// Watches an input line that is already open, from now on: older edges are not told. Callbacks come on one thread per chip, in order;
    /// they return at once and do not throw.
    /// </summary>
    /// <returns>Dispose it to stop; a callback that is under way may still end after that.</returns>
    IDisposable Watch(int line, Action<LineEdge> edge);
}
