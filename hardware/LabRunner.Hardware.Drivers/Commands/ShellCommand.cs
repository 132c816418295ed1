using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Faults;

namespace LabRunner.Hardware.Drivers.Commands;

/// <summary>
/// A shell command of the inventory: the way to use equipment that has no driver. Thread safe; runs of one command do not exclude each other.
/// </summary>
/// <remarks>
/// <para>
/// <c>{name}</c> is replaced by a fact of the slot (slot, board, http, host, port, mqtt, console, run) or of the call; values are put in as
/// they are, so quote them where they may hold spaces. <c>{{name}}</c> and <c>${name}</c> are left to the shell as <c>{name}</c> and
/// <c>${name}</c>. An unknown name is an error when the driver is built.
/// </para>
/// <para>
/// Success is exit code 0. The command reads nothing from the bench's standard input and writes to a file that is removed afterwards, so a
/// daemon that it starts in the background holds nobody up. The time limit is machine time: foreign programs do not follow the run's clock.
/// At the limit the command and its children are killed.
/// </para>
/// </remarks>
internal sealed partial class ShellCommand
{
    private const int KeptOutput = 1 << 20;
    private const int ShownLines = 5;

    private readonly string _place;
    private readonly string _key;
    private readonly string _template;
    private readonly TimeSpan _limit;
    private readonly IReadOnlyDictionary<string, string> _facts;

    /// <param name="context">Gives the place and the facts.</param>
    /// <param name="key">Key of the inventory, for messages.</param>
    /// <param name="template">Command line with placeholders.</param>
    /// <param name="limit">Machine time; above 0.</param>
    /// <param name="perCall">Names that each call supplies.</param>
    /// <exception cref="BenchFaultException">Kind Configuration: an unknown placeholder, an empty command or a limit of 0.</exception>
    public ShellCommand(IDriverContext context, string key, string template, TimeSpan limit, params IReadOnlyList<string> perCall)
    {
        (_place, _key, _template, _limit, _facts) = (context.Place, key, template, limit, context.Facts);
        string[] known = [.. context.Facts.Keys, .. perCall];
        foreach (Match match in Placeholder().Matches(template))
        {
            string name = match.Groups["name"].Value;
            if (name.Length > 0 && !known.Contains(name, StringComparer.Ordinal))
            {
                throw new BenchFaultException(
                    FaultKind.Configuration, _place, $"'{key}' has an unknown placeholder '{{{name}}}'",
                    $"Use one of {string.Join(", ", known.Order(StringComparer.Ordinal).Select(word => $"{{{word}}}"))}, or write {{{{{name}}}}} to give the shell the braces");
            }
        }

        if (string.IsNullOrWhiteSpace(template) || limit <= TimeSpan.Zero)
        {
            throw new BenchFaultException(
                FaultKind.Configuration, _place, $"'{key}' is empty or its limit is not above 0", "Give a shell command and a limit such as 10s");
        }
    }

    /// <summary>Runs it and returns what it printed (standard output and error together, at most the last 1 MiB).</summary>
    /// <param name="values">Values of the placeholders of this call.</param>
    /// <param name="cancellationToken">Kills the command.</param>
    /// <exception cref="BenchFaultException">Kind Command: it failed or did not end in time.</exception>
    public async Task<string> RunAsync(IReadOnlyDictionary<string, string>? values, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string line = Expand(values);
        string output = Path.Combine(Path.GetTempPath(), $"labrunner-{Guid.NewGuid():N}.out");
        ProcessStartInfo start = new("/bin/sh") { UseShellExecute = false };
        foreach (string argument in (string[])["-c", "exec /bin/sh -c \"$1\" </dev/null >\"$0\" 2>&1", output, line])
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            using Process process = Start(start);
            using CancellationTokenSource overtime = new(_limit, TimeProvider.System);
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(overtime.Token, cancellationToken);
            try
            {
                await process.WaitForExitAsync(either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                Kill(process);
                cancellationToken.ThrowIfCancellationRequested();
                throw Fault($"'{_key}' did not end within {_limit.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture)} s and was killed", output, line);
            }

            return process.ExitCode == 0 ? Read(output) : throw Fault($"'{_key}' ended with exit code {process.ExitCode}", output, line);
        }
        finally
        {
            File.Delete(output);
        }
    }

    /// <summary>A regular expression of the inventory, checked.</summary>
    /// <exception cref="BenchFaultException">Kind Configuration: it is none.</exception>
    public static Regex Pattern(IDriverContext context, string key, string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
        }
        catch (ArgumentException wrong)
        {
            throw new BenchFaultException(
                FaultKind.Configuration, context.Place, $"'{key}' is no regular expression: {wrong.Message.TrimEnd('.')}", "Use the syntax of .NET", wrong);
        }
    }

    private string Expand(IReadOnlyDictionary<string, string>? values) =>
        Placeholder().Replace(_template, match =>
        {
            string name = match.Groups["name"].Value;
            return name.Length == 0 ? $"{{{match.Groups["literal"].Value}}}"
                : values is not null && values.TryGetValue(name, out string? value) ? value
                : _facts.TryGetValue(name, out string? fact) ? fact
                : throw new InvalidOperationException($"The placeholder {name} has no value in this call.");
        });

    private Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new InvalidOperationException("no process was made");
        }
        catch (Exception failure) when (failure is Win32Exception or InvalidOperationException)
        {
            throw new BenchFaultException(FaultKind.Command, _place, $"'{_key}' could not be started: {failure.Message}", "Check that /bin/sh works on this machine", failure);
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception failure) when (failure is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It ended by itself in the same moment.
        }
    }

    private BenchFaultException Fault(string problem, string output, string line)
    {
        string[] lines = Read(output).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string said = lines.Length == 0 ? "; it printed nothing" : "; it said: " + string.Join(" | ", lines.TakeLast(ShownLines));
        return new BenchFaultException(FaultKind.Command, _place, problem + Shown(said), $"Run it by hand: {Shown(line)}");
    }

    // Command and output may name a device with its login, and a fault goes to logs and to callers that may only look.
    private static string Shown(string text)
    {
        try
        {
            return UrlLogin.Hide(text, "(hidden)");
        }
        catch (RegexMatchTimeoutException)
        {
            return " (not shown: it could not be searched for logins)";
        }
    }

    private static string Read(string file)
    {
        if (!File.Exists(file))
        {
            return "";
        }

        using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        stream.Seek(-Math.Min(stream.Length, KeptOutput), SeekOrigin.End);
        using StreamReader reader = new(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"(?<!\$)(\{\{(?<literal>[A-Za-z_]\w*)\}\}|\{(?<name>[A-Za-z_]\w*)\})", RegexOptions.CultureInvariant)]
    private static partial Regex Placeholder();
}
