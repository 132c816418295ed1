namespace LabRunner.Suites.S17_SelfTest;

/// <summary>How S17 makes the DUT fail.</summary>
public enum Provocation
{
    /// <summary>
    /// <c>logdelay 4000</c>: every log call sleeps 4 s, so the once-a-second task misses the watchdog's 3 s. Works on every build, and
    /// is gone after the reset (cmd_main.c, hal_generic_bl602.c).
    /// </summary>
    Watchdog,

    /// <summary><c>crashNull</c>: an exception with its dump. Builds with ENABLE_TEST_COMMANDS.</summary>
    Crash,

    /// <summary><c>stackOverflow</c>: the overflow hook prints its line and loops. Builds with ENABLE_TEST_COMMANDS.</summary>
    Stack,

    /// <summary><c>startDriver Freeze</c>: an endless loop in the once-a-second handler. Builds with ENABLE_DRIVER_FREEZE.</summary>
    Freeze,
}

/// <summary>What a provocation is and what the watch must make of it.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Command">Console line.</param>
/// <param name="Classes">Classes of the truth table, any of which is right.</param>
internal sealed record ProvocationMeans(Provocation Kind, string Command, IReadOnlyList<string> Classes)
{
    /// <summary>What a build without the driver says of it (new_drivers.c); the command itself answers OK.</summary>
    public const string UnknownDriver = "Freeze is not known in this build";

    /// <summary>Name of its trials.</summary>
    public string Step => $"{Kind.ToString().ToLowerInvariant()}-recovery";

    /// <summary>The means of a provocation.</summary>
    public static ProvocationMeans Of(Provocation kind) => kind switch
    {
        Provocation.Crash => new(kind, "crashNull", ["CRASH"]),
        Provocation.Stack => new(kind, "stackOverflow", ["HANG_RECOVERED", "CRASH"]),
        Provocation.Freeze => new(kind, "startDriver Freeze", ["HANG_RECOVERED"]),
        _ => new(kind, "logdelay 4000", ["HANG_RECOVERED"]),
    };
}
