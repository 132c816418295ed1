using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Sensing;

/// <summary>A change of the relay contact as the bench sees it on the plug's output.</summary>
/// <param name="At">Run time of the edge (from the kernel's time stamp where there is one).</param>
/// <param name="Closed">True: the output carries mains.</param>
/// <param name="Lost">Edges that happened just before this one and were lost on their way; what the contact did there is unknown.</param>
public readonly record struct ContactEdge(TimeSpan At, bool Closed, uint Lost = 0);

/// <summary>
/// Senses a contact: the relay of the DUT (not the bench's own switch), its LED (closed is lit), the bench's E-stop and lid (closed is safe).
/// </summary>
public interface IRelaySense : IAsyncDisposable
{
    /// <summary>
    /// Longest gap of the contact that it may miss, run time: zero where edges are stamped, else the debounce time, one pulse where it sees
    /// pulses, or the polling cadence.
    /// </summary>
    TimeSpan Resolution { get; }

    /// <summary>True: contact closed.</summary>
    Task<bool> ReadAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Edges in order, from the moment of the subscription. Raised on the chip's thread: handlers return at once.
    /// A sense that can only be polled raises them at its polling cadence.
    /// </summary>
    event Action<ContactEdge>? Edge;
}

/// <summary>One reading of the DUT's supply rail.</summary>
public readonly record struct RailReading(Volts Voltage, Amperes Current);

/// <summary>Monitors the DUT's supply rail (3.3 V or 5 V).</summary>
public interface IRailMonitor : IAsyncDisposable
{
    /// <summary>Reads voltage and current once.</summary>
    /// <exception cref="Faults.BenchFaultException">The bus did not answer.</exception>
    Task<RailReading> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>A temperature at the slot: housing, socket, heat sink of the load.</summary>
public interface ITemperatureSensor : IAsyncDisposable
{
    /// <summary>Reads once.</summary>
    /// <exception cref="Faults.BenchFaultException">The sensor did not answer, or answered nonsense (open or shorted).</exception>
    Task<DegreesCelsius> ReadAsync(CancellationToken cancellationToken);
}
