using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Lines;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Flashing;

/// <summary>What a flasher may use of a slot.</summary>
/// <param name="Slot">Name, for messages.</param>
/// <param name="Port">Open UART; the flasher changes its speed.</param>
/// <param name="Boot">BOOT strap; null where the slot has none.</param>
/// <param name="Reset">Reset line; null where the slot has none.</param>
/// <param name="Power">Supply; null where the slot has none.</param>
/// <param name="Clock">The run's clock.</param>
public sealed record FlashWiring(string Slot, ISerialPort Port, IStrap? Boot, IStrap? Reset, IPowerSwitch? Power, LabClock Clock);

/// <summary>The chip that answered.</summary>
/// <param name="Model">Which one, as it says itself.</param>
/// <param name="ChipId">What it calls itself: a BL602 its MAC, a BK7231N its chip number, a BK7231T the version of its boot loader.</param>
/// <param name="FlashBytes">Size of its flash.</param>
/// <param name="FlashId">JEDEC identification in hexadecimal.</param>
/// <param name="Baud">Speed of the link.</param>
public sealed record ChipIdentity(ChipModel Model, string ChipId, int FlashBytes, string FlashId, int Baud);

/// <summary>How far a long operation is.</summary>
/// <param name="Step">"erase", "write", "verify", "read".</param>
/// <param name="Done">Bytes done.</param>
/// <param name="Total">Bytes in all.</param>
public readonly record struct FlashProgress(string Step, long Done, long Total);

/// <summary>Makes sessions with chips of one family. Thread safe; one session a slot.</summary>
public interface IFlasher
{
    /// <summary>Family it speaks to.</summary>
    ChipFamily Family { get; }

    /// <summary>
    /// Brings the chip into download mode (strap, power, reset) and speaks to it. Whatever happens, disposing the session releases strap and reset.
    /// </summary>
    /// <exception cref="FlashFailedException">The chip does not answer, or is of another family.</exception>
    /// <exception cref="Faults.BenchFaultException">Power, strap or port failed.</exception>
    Task<IFlashSession> ConnectAsync(FlashWiring wiring, CancellationToken cancellationToken);
}

/// <summary>A chip in download mode. Not thread safe. Disposing releases BOOT and reset; power is the caller's.</summary>
public interface IFlashSession : IAsyncDisposable
{
    /// <summary>The chip.</summary>
    ChipIdentity Chip { get; }

    /// <summary>What its flash allows, and how it is proved what it holds.</summary>
    FlashTraits Traits { get; }

    /// <summary>Reads flash.</summary>
    /// <param name="address">First byte.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="progress">Told now and then; may be null.</param>
    /// <param name="cancellationToken">Stops between two frames.</param>
    Task<byte[]> ReadAsync(uint address, int length, IProgress<FlashProgress>? progress, CancellationToken cancellationToken);

    /// <summary>Erases sectors; the stretch must begin and end on a sector's border (<see cref="FlashTraits.SectorBytes"/>).</summary>
    /// <exception cref="FlashFailedException">Stage "erase"; for a protected stretch before anything is sent.</exception>
    Task EraseAsync(uint address, int length, IProgress<FlashProgress>? progress, CancellationToken cancellationToken);

    /// <summary>Programs erased flash; the chip's own word that it went well is no proof, <see cref="HoldsAsync"/> is.</summary>
    /// <exception cref="FlashFailedException">Stage "write"; for a protected stretch before anything is sent.</exception>
    Task WriteAsync(uint address, ReadOnlyMemory<byte> data, IProgress<FlashProgress>? progress, CancellationToken cancellationToken);

    /// <summary>
    /// Whether flash holds exactly these bytes, told by the strongest means the chip has (<see cref="FlashTraits.Proof"/>). Never true on a
    /// guess: where the chip's own means does not reach, the bytes are read back and compared.
    /// </summary>
    /// <param name="address">First byte.</param>
    /// <param name="data">What should be there; at least one byte.</param>
    /// <param name="progress">Told now and then where bytes are read back; may be null.</param>
    /// <param name="cancellationToken">Stops between two frames.</param>
    /// <exception cref="FlashFailedException">The chip gave no proper answer: nothing is known.</exception>
    Task<bool> HoldsAsync(uint address, ReadOnlyMemory<byte> data, IProgress<FlashProgress>? progress, CancellationToken cancellationToken);
}

/// <summary>The DUT's chip did not do as its protocol says; the flash may hold anything, and the plug can be flashed again.</summary>
/// <param name="stage">What was being done: "sync", "chip", "loader", "link", "erase", "write", "read", "verify", "boot", "image".</param>
/// <param name="problem">What went wrong, without final full stop.</param>
/// <param name="check">Likely cause and what to look at, without final full stop.</param>
/// <param name="cause">The underlying exception, if any.</param>
public sealed class FlashFailedException(string stage, string problem, string check, Exception? cause = null)
    : Exception($"Flashing failed at {stage}: {problem}. {check}.", cause)
{
    /// <summary>What was being done.</summary>
    public string Stage { get; } = stage;

    /// <summary>What went wrong, without final full stop.</summary>
    public string Problem { get; } = problem;

    /// <summary>Likely cause and what to look at.</summary>
    public string Check { get; } = check;

    /// <summary>
    /// The chip or the port fell silent in a session: entering download mode again may help, and what was written stays written. False where
    /// the chip answered, with a refusal.
    /// </summary>
    public bool LinkLost { get; init; }
}
