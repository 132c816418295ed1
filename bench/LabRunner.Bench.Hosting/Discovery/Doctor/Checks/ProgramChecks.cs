using System.Globalization;
using System.Runtime.InteropServices;

namespace LabRunner.Bench.Hosting.Discovery.Doctor.Checks;

/// <summary>The runtime this program runs on.</summary>
internal sealed class DotNetCheck : IDoctorCheck
{
    public int Order => 10;

    public string Name => "dotnet";

    public Task<IReadOnlyList<Finding>> LookAsync(DoctorVisit visit, CancellationToken cancellationToken)
    {
        string model = visit.Files.Text("/proc/device-tree/model") is { } board ? $", {board}" : "";
        return Task.FromResult<IReadOnlyList<Finding>>(
            [new(Name, CheckState.Ok, $"{RuntimeInformation.FrameworkDescription} on {RuntimeInformation.RuntimeIdentifier}, {RuntimeInformation.OSDescription}{model}")]);
    }
}

/// <summary>Programs that the runner starts.</summary>
internal sealed class ToolsCheck : IDoctorCheck
{
    private static readonly (string Program, string Package, string Why)[] Needed =
        [("setsid", "util-linux", "the guard that switches mains off after a crash"), ("sh", "dash", "the drivers called 'command'")];

    public int Order => 11;

    public string Name => "tools";

    public Task<IReadOnlyList<Finding>> LookAsync(DoctorVisit visit, CancellationToken cancellationToken)
    {
        (string Program, string Package, string Why)[] missing = [.. Needed.Where(tool => Find(visit.Files, tool.Program) is null)];
        return Task.FromResult<IReadOnlyList<Finding>>(missing.Length == 0
            ? [new(Name, CheckState.Ok, "setsid and sh are there")]
            : [.. missing.Select(tool => new Finding(Name, CheckState.Wrong, $"{tool.Program} is missing, which {tool.Why} needs", $"sudo apt-get install --yes {tool.Package}"))]);
    }

    /// <summary>Where a program is, null where it is not.</summary>
    public static string? Find(MachineFiles files, string program) =>
        new[] { "/usr/bin/", "/bin/", "/usr/local/bin/", "/usr/sbin/", "/sbin/" }.Select(folder => folder + program).FirstOrDefault(files.Exists);
}

/// <summary>The browser of suite S18.</summary>
internal sealed class ChromiumCheck : IDoctorCheck
{
    private const string Variable = "LABRUNNER_CHROMIUM";

    public int Order => 12;

    public string Name => "chromium";

    public async Task<IReadOnlyList<Finding>> LookAsync(DoctorVisit visit, CancellationToken cancellationToken)
    {
        string path = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } told ? told : "/usr/bin/chromium";
        if (!visit.Files.Exists(path))
        {
            return [new(Name, CheckState.Warn, $"there is no browser at {path}: suite S18 cannot open the plugs' web pages", "sudo apt-get install --yes chromium")];
        }

        ProgramAnswer? answer = await visit.Machine.RunAsync(path, ["--version"], cancellationToken).ConfigureAwait(false);
        return answer is { ExitCode: 0 }
            ? [new(Name, CheckState.Ok, $"{answer.Output.Split('\n')[0]} at {path}")]
            : [new(Name, CheckState.Warn, $"{path} does not say its version ({answer?.Error.Split('\n')[0] ?? "no answer in 10 s"}): suite S18 may not run", "sudo apt-get install --reinstall --yes chromium")];
    }
}

/// <summary>How many files a process may hold open: consoles, sockets and suites add up.</summary>
internal sealed class FilesCheck : IDoctorCheck
{
    private const long Enough = 1024;

    public int Order => 56;

    public string Name => "descriptors";

    public Task<IReadOnlyList<Finding>> LookAsync(DoctorVisit visit, CancellationToken cancellationToken)
    {
        string[]? words = visit.Files.Lines("/proc/self/limits").FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal))
            ?["Max open files".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Finding finding = words is not [var soft, ..] ? new(Name, CheckState.NotApplicable, "the system does not tell the limit of open files")
            : soft == "unlimited" || (long.TryParse(soft, CultureInfo.InvariantCulture, out long limit) && limit >= Enough) ? new(Name, CheckState.Ok, $"{soft} open files are allowed")
            : new(Name, CheckState.Warn, $"only {soft} open files are allowed: a bench of many slots may run out of them", "ulimit -n 4096 in the shell that starts the night");
        return Task.FromResult<IReadOnlyList<Finding>>([finding]);
    }
}
