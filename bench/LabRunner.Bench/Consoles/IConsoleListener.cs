using LabRunner.Bench.Api;
using LabRunner.Hardware.Faults;

namespace LabRunner.Bench.Consoles;

/// <summary>What the capture tells the slot. Called on the owner task: handlers return at once.</summary>
internal interface IConsoleListener
{
    /// <summary>A line was stored.</summary>
    void OnLine(ConsoleText line);

    /// <summary>The port is gone or cannot be opened: the bench sees nothing from here on.</summary>
    void OnGap(TimeSpan at, string why);

    /// <summary>The port is open (again).</summary>
    void OnOpened(TimeSpan at);

    /// <summary>Lines came faster than a UART can carry them for 10 s; the capture keeps up but says so. At most once a minute.</summary>
    void OnFlood(TimeSpan at, int linesPerSecond);

    /// <summary>The disk does not take the console any more. At most once.</summary>
    void OnStorageFault(BenchFaultException fault);
}
