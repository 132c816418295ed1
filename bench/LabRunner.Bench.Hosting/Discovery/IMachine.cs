namespace LabRunner.Bench.Hosting.Discovery;

/// <summary>A GPIO line as its chip describes it.</summary>
/// <param name="Offset">Number of the line on its chip; on a Raspberry Pi's header chip the BCM number.</param>
/// <param name="Name">Name that the machine's description gives it, empty for none.</param>
/// <param name="Consumer">Who holds it, empty for none.</param>
/// <param name="Used">True: the kernel or another process holds it.</param>
public sealed record GpioLineAnswer(int Offset, string Name, string Consumer, bool Used);

/// <summary>A GPIO chip as it describes itself.</summary>
/// <param name="Label">Name of the hardware, such as pinctrl-rp1.</param>
/// <param name="Lines">All its lines, by offset.</param>
public sealed record GpioChipAnswer(string Label, IReadOnlyList<GpioLineAnswer> Lines);

/// <summary>Owner and rights of a node.</summary>
/// <param name="User">User id.</param>
/// <param name="Group">Group id.</param>
/// <param name="Mode">Permission bits, as chmod takes them.</param>
public readonly record struct NodeOwner(uint User, uint Group, uint Mode);

/// <summary>Room on the disk of a folder.</summary>
/// <param name="FreeBytes">Bytes that this user may still write.</param>
/// <param name="FreeInodes">Files that may still be made; null where the file system makes them as it needs them.</param>
/// <param name="ReadOnly">Mounted read-only.</param>
/// <param name="Device">major:minor of the disk.</param>
public readonly record struct DiskRoom(long FreeBytes, long? FreeInodes, bool ReadOnly, string Device);

/// <summary>What a program said.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
public sealed record ProgramAnswer(int ExitCode, string Output, string Error);

/// <summary>
/// The machine as discovery asks it: files below a root, and the questions that files do not answer. Nothing is opened that an adapter or a
/// relay would notice: opening a serial port moves its DTR line. Thread safe.
/// </summary>
public interface IMachine
{
    /// <summary>Files.</summary>
    MachineFiles Files { get; }

    /// <summary>Asks a GPIO chip what it is; no line is requested.</summary>
    /// <exception cref="IOException">No right to it, or it is no GPIO chip.</exception>
    GpioChipAnswer AskGpioChip(string path);

    /// <summary>Owner and rights of a node; null where there is none.</summary>
    NodeOwner? Owner(string path);

    /// <summary>Room on the disk of a folder that exists; null where the system does not tell.</summary>
    DiskRoom? Room(string folder);

    /// <summary>Whether the kernel's clock is kept in step by a time service; null where the system does not tell.</summary>
    bool? ClockSynchronised();

    /// <summary>Runs a program with an English locale.</summary>
    /// <returns>Null where the program is missing or does not answer within 10 s.</returns>
    Task<ProgramAnswer?> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancellationToken);

    /// <summary>Connects to a TCP port and closes it again.</summary>
    /// <returns>True when it was accepted within 3 s.</returns>
    Task<bool> ConnectsAsync(string host, int port, CancellationToken cancellationToken);

    /// <summary>Opens a port of the loopback address and talks to itself.</summary>
    Task<bool> LoopbackWorksAsync(CancellationToken cancellationToken);

    /// <summary>Reads a byte from every address of an I2C bus, 0x08 to 0x77, that no kernel driver holds.</summary>
    /// <returns>The addresses that answered.</returns>
    /// <exception cref="IOException">The bus cannot be opened.</exception>
    IReadOnlyList<int> ProbeI2c(int bus);
}
