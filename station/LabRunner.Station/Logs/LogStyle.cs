using System.Globalization;

namespace LabRunner.Station.Logs;

/// <summary>How the station's log is written to its standard error.</summary>
public enum LogStyle
{
    /// <summary>A JSON object a line, for programs.</summary>
    Json,

    /// <summary>A sentence a line, for people.</summary>
    Plain,

    /// <summary>As <see cref="Plain"/> without the time, behind the priority that the journal takes off again (sd-daemon(3)).</summary>
    Journal,
}

/// <summary>Chooses.</summary>
public static class LogStyles
{
    /// <summary>What fits where this process writes to: the journal, a terminal, or a file or pipe.</summary>
    public static LogStyle Here() =>
        Of(Environment.GetEnvironmentVariable("JOURNAL_STREAM"), File.Exists("/proc/self/fd/2") ? new FileInfo("/proc/self/fd/2").LinkTarget : null, Console.IsErrorRedirected);

    /// <summary>As <see cref="Here"/>, with what it looks at given.</summary>
    /// <param name="journal">Device and inode of the journal's socket, "9:1234" (systemd.exec(5)).</param>
    /// <param name="target">What standard error is, "socket:[1234]".</param>
    /// <param name="redirected">It is no terminal.</param>
    internal static LogStyle Of(string? journal, string? target, bool redirected) =>
        journal?.Split(':') is [_, var inode] && target == string.Create(CultureInfo.InvariantCulture, $"socket:[{inode}]") ? LogStyle.Journal
        : redirected ? LogStyle.Json : LogStyle.Plain;
}
