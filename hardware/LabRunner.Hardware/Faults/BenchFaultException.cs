namespace LabRunner.Hardware.Faults;

/// <summary>What kind of thing of the lab (not of the DUT) failed. Open: new kinds may come.</summary>
public enum FaultKind
{
    /// <summary>A file, folder or disk of the lab.</summary>
    Storage,

    /// <summary>An inventory, board or plan file says something that cannot be.</summary>
    Configuration,

    /// <summary>A tty is missing, in use, or went away.</summary>
    Serial,

    /// <summary>A GPIO chip or line.</summary>
    Gpio,

    /// <summary>Power could not be switched, or its state could not be confirmed.</summary>
    Power,

    /// <summary>The pulse source.</summary>
    Pulses,

    /// <summary>The broker, the access point or another network service of the bench.</summary>
    Network,

    /// <summary>A program that a `command` driver runs.</summary>
    Command,

    /// <summary>A package, browser or right that the machine lacks.</summary>
    Machine,

    /// <summary>A bench operation took longer than its limit.</summary>
    Timeout,

    /// <summary>An interlock refused an action, or the E-stop or the lid is open.</summary>
    Safety,

    /// <summary>The virtual bench or the suite host process ended.</summary>
    Process,

    /// <summary>Another run or person has what is asked for, or took it back.</summary>
    Lease,
}

/// <summary>
/// The bench failed, not the product. Time under such a fault is INVALID and leaves the exposure; it is never a FAIL.
/// </summary>
/// <param name="kind">What failed.</param>
/// <param name="place">Where: a slot, a file with line and column, a device path.</param>
/// <param name="problem">What is wrong, one sentence without a final full stop.</param>
/// <param name="remedy">What to do next, one sentence without a final full stop.</param>
/// <param name="cause">The underlying exception, if any.</param>
public sealed class BenchFaultException(FaultKind kind, string place, string problem, string remedy, Exception? cause = null)
    : Exception($"{place}: {problem}. {remedy}.", cause)
{
    /// <summary>What failed.</summary>
    public FaultKind Kind { get; } = kind;

    /// <summary>Where it failed.</summary>
    public string Place { get; } = place;

    /// <summary>What is wrong.</summary>
    public string Problem { get; } = problem;

    /// <summary>What to do next.</summary>
    public string Remedy { get; } = remedy;
}
