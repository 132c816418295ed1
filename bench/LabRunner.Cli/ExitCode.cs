namespace LabRunner.Cli;

/// <summary>Exit codes of every verb.</summary>
public enum ExitCode
{
    /// <summary>Done; of a night: all PASS (WARN included).</summary>
    Pass = 0,

    /// <summary>The product failed.</summary>
    Fail = 1,

    /// <summary>Nothing failed, but hours or trials are missing for a verdict.</summary>
    Inconclusive = 2,

    /// <summary>The bench failed: nothing is known of the product.</summary>
    BenchFault = 3,

    /// <summary>The command line is wrong (EX_USAGE).</summary>
    Usage = 64,

    /// <summary>An inventory, board or plan file is wrong (EX_DATAERR).</summary>
    BadFile = 65,

    /// <summary>Ended by Ctrl-C or SIGTERM; outputs are off and the journal is closed.</summary>
    Interrupted = 130,
}
