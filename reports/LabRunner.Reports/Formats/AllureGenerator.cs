using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using LabRunner.Hardware.Faults;

namespace LabRunner.Reports.Formats;

/// <summary>
/// Calls the official Allure generator where it is installed (npm's allure, version 3, or allure-commandline, version 2) and takes the line out
/// of its pages that asks an analytics service of others. History goes from night to night: version 3 keeps it in allure-history.jsonl beside
/// the run folders, version 2 in allure-history/ there. Thread safe for different run folders.
/// </summary>
public static partial class AllureGenerator
{
    /// <summary>Names the program; without it "allure" is looked for in PATH.</summary>
    public const string Variable = "LABRUNNER_ALLURE";

    private const string HistoryLines = "allure-history.jsonl";
    private const string HistoryFolder = "allure-history";

    /// <summary>Makes allure-report/index.html in the run folder from its allure-results/.</summary>
    /// <param name="runFolder">Run folder whose report was drawn.</param>
    /// <param name="cancellationToken">Ends the generator.</param>
    /// <returns>Path of the page.</returns>
    /// <exception cref="BenchFaultException">Kind Process: no generator, or it failed. Kind Storage: its output cannot be written.</exception>
    public static async Task<string> GenerateAsync(string runFolder, CancellationToken cancellationToken)
    {
        string folder = Path.GetFullPath(runFolder);
        string results = Path.Combine(folder, "allure-results");
        string output = Path.Combine(folder, "allure-report");
        string program = Find() ?? throw (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named
            ? new BenchFaultException(FaultKind.Process, named, $"there is no such program, and {Variable} names it as the Allure generator", $"Name the generator (npm install --global allure installs it), or unset {Variable} where it is in PATH; the results are ready in {results}")
            : new BenchFaultException(FaultKind.Process, "allure", "the Allure generator is not installed", $"Install it (npm install --global allure) or name it in {Variable}; the results are ready in {results}"));
        string parent = Path.GetDirectoryName(folder) ?? folder;
        string version = (await RunAsync(program, ["--version"], folder, cancellationToken).ConfigureAwait(false)).Trim();
        try
        {
            if (version.StartsWith("2.", StringComparison.Ordinal))
            {
                await SecondAsync(program, folder, results, output, Path.Combine(parent, HistoryFolder), cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await ThirdAsync(program, folder, results, output, Path.Combine(parent, HistoryLines), cancellationToken).ConfigureAwait(false);
            }

            return Path.Combine(output, "index.html");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BenchFaultException(FaultKind.Storage, output, $"the Allure report cannot be written ({e.Message})", "Free space or give write access to the run folder and the folder above it", e);
        }
    }

    /// <summary>Path of the generator; null where there is none.</summary>
    public static string? Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
        {
            return File.Exists(named) ? named : null;
        }

        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(p => Path.Combine(p, OperatingSystem.IsWindows() ? "allure.cmd" : "allure")).FirstOrDefault(File.Exists);
    }

    /// <summary>Takes out scripts that come from, or speak to, an analytics service.</summary>
    /// <param name="html">A page of a generator.</param>
    internal static string WithoutAnalytics(string html) => Inline().Replace(External().Replace(html, ""), m => Analytics().IsMatch(m.Value) ? "" : m.Value);

    private static async Task ThirdAsync(string program, string folder, string results, string output, string history, CancellationToken cancellationToken)
    {
        string settings = Path.Combine(folder, ".allurerc.json");
        await File.WriteAllTextAsync(settings, Settings(output, history), cancellationToken).ConfigureAwait(false);
        try
        {
            Empty(output);
            await RunAsync(program, ["generate", results, "--config", settings, "--output", output], folder, cancellationToken).ConfigureAwait(false);
            Clean(output);
        }
        finally
        {
            File.Delete(settings);
        }
    }

    private static async Task SecondAsync(string program, string folder, string results, string output, string history, CancellationToken cancellationToken)
    {
        string before = Path.Combine(results, "history");
        if (Directory.Exists(history))
        {
            Copy(history, before);
        }

        // A page in one file opens without a server; the history is only in the other kind of output.
        await RunAsync(program, ["generate", results, "--output", output, "--clean"], folder, cancellationToken).ConfigureAwait(false);
        if (Directory.Exists(Path.Combine(output, "history")))
        {
            Copy(Path.Combine(output, "history"), history);
        }

        await RunAsync(program, ["generate", results, "--output", output, "--clean", "--single-file"], folder, cancellationToken).ConfigureAwait(false);
        Clean(output);
    }

    /// <summary>Settings of version 3, which reads no categories.json. A rule that is null would be taken for the word "null".</summary>
    internal static string Settings(string output, string history) => JsonSerializer.Serialize(
        new
        {
            Name = "LabRunner night",
            Output = output,
            HistoryPath = history,
            AllureJson.Categories,
            Plugins = new Dictionary<string, object> { ["awesome"] = new { Options = new { SingleFile = true, ReportLanguage = "en", ReportName = "LabRunner night" } } },
        },
        AllureJson.Options);

    private static void Clean(string output)
    {
        foreach (string page in Directory.EnumerateFiles(output, "*.html", SearchOption.AllDirectories))
        {
            ReportRenderer.WriteWhole(page, WithoutAnalytics(File.ReadAllText(page)));
        }
    }

    private static void Empty(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
        }
    }

    private static async Task<string> RunAsync(string program, IReadOnlyList<string> arguments, string folder, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = new(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ALLURE_NO_ANALYTICS"] = "true";
        start.Environment["DO_NOT_TRACK"] = "1";
        StringBuilder said = new();
        using Process process = new() { StartInfo = start };
        void Hear(string? line)
        {
            lock (said)
            {
                said.AppendLine(line);
            }
        }

        process.OutputDataReceived += (_, e) => Hear(e.Data);
        process.ErrorDataReceived += (_, e) => Hear(e.Data);
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new BenchFaultException(FaultKind.Process, program, $"the Allure generator does not start ({e.Message})", $"Try it by hand, or name another in {Variable}", e);
        }

        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        string text = said.ToString();
        return process.ExitCode == 0
            ? text
            : throw new BenchFaultException(
                FaultKind.Process, program, $"the Allure generator ended with code {process.ExitCode}: {SafeText.OneLine(text.Trim(), 300)}", "Look at its message; version 3 needs Node.js 20 or newer, version 2 needs Java");
    }

    [GeneratedRegex("""<script\b[^>]*\bsrc\s*=\s*["'][^"']*(?:googletagmanager|google-analytics)[^"']*["'][^>]*>\s*</script>""", RegexOptions.IgnoreCase, 10_000)]
    private static partial Regex External();

    [GeneratedRegex("""<script\b[^>]*>[^<]{0,4000}</script>""", RegexOptions.IgnoreCase, 10_000)]
    private static partial Regex Inline();

    [GeneratedRegex("""googletagmanager|google-analytics|dataLayer\s*=""", RegexOptions.IgnoreCase, 10_000)]
    private static partial Regex Analytics();
}
