using System.Diagnostics;
using System.Text.Json;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Tests.Conventions;

namespace LabRunner.Bench.Tests.Nights;

/// <summary>A <c>labrunner</c> process as a user starts it, with its output kept line by line.</summary>
internal sealed class NightProcess : IDisposable
{
    private readonly Process _process;
    private readonly List<string> _lines = [];
    private readonly SemaphoreSlim _more = new(0);

    private NightProcess(Process process, string folder)
    {
        _process = process;
        Folder = folder;
        process.OutputDataReceived += (_, e) => Take(e.Data);
        process.ErrorDataReceived += (_, e) => Take(e.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Folder { get; }

    public int Pid => _process.Id;

    public string Output
    {
        get
        {
            lock (_lines)
            {
                return string.Join('\n', _lines);
            }
        }
    }

    /// <summary>Starts the program with a fresh run folder where the verb takes one.</summary>
    public static NightProcess Start(params string[] arguments) => StartAt(null, arguments);

    /// <summary>As <see cref="Start"/>, with another folder of inventories, boards and flashers.</summary>
    /// <param name="home">The folder; null: the repository.</param>
    /// <param name="arguments">Arguments.</param>
    public static NightProcess StartAt(string? home, params string[] arguments)
    {
        string folder = Path.Combine(Path.GetTempPath(), $"labrunner-test-{Guid.NewGuid():N}");
        ProcessStartInfo start = new(Program) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (string argument in arguments.Select(a => a.Replace("{out}", folder, StringComparison.Ordinal)))
        {
            start.ArgumentList.Add(argument);
        }

        if (home is not null)
        {
            start.Environment[BenchFolders.HomeVariable] = home;
        }

        return new NightProcess(Process.Start(start)!, folder);
    }

    /// <summary>Waits for the end.</summary>
    /// <returns>Exit code.</returns>
    public async Task<int> EndAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Waits until a line holds the text.</summary>
    public async Task<string> LineAsync(string text, CancellationToken cancellationToken)
    {
        while (true)
        {
            lock (_lines)
            {
                if (_lines.FirstOrDefault(l => l.Contains(text, StringComparison.Ordinal)) is { } found)
                {
                    return found;
                }
            }

            await _more.WaitAsync(cancellationToken);
        }
    }

    public void Signal(string name) => Signal(name, Pid);

    /// <summary>It has ended.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>SIGKILL, at once and to it alone.</summary>
    public void Kill() => _process.Kill();

    public static void Signal(string name, int pid)
    {
        using Process kill = Process.Start("kill", ["-s", name, $"{pid}"]);
        kill.WaitForExit();
    }

    /// <summary>Process id of the guard that is this process's child now; null while there is none.</summary>
    public int? GuardPid() => Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), out int pid) ? pid : 0)
        .Where(pid => pid > 0 && IsGuard(pid))
        .Select(pid => (int?)pid)
        .FirstOrDefault();

    /// <summary>The process whose program has this file name and that is the one meant.</summary>
    public static int Find(string program, Func<int, bool> isMeant) => Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), out int pid) ? pid : 0)
        .First(pid => pid > 0 && Path.GetFileName(CommandLine(pid).Split('\0')[0]) == program && isMeant(pid));

    /// <summary>Process id of a process's parent; 0 for one that is gone.</summary>
    public static int Parent(int pid)
    {
        try
        {
            // The fourth field of stat is the parent; the name before it stands in brackets.
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    /// <summary>Writes a line to its input.</summary>
    public void Tell(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    /// <summary>Closes its input.</summary>
    public void CloseInput() => _process.StandardInput.Close();

    public JsonDocument Report() => JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "report", "report.json")));

    private bool IsDeleted()
    {
        try
        {
            Directory.Delete(Folder, recursive: true);
            return true;
        }
        catch (IOException)
        {
            return !Directory.Exists(Folder);
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
        _more.Dispose();
        if (!Directory.Exists(Folder))
        {
            return;
        }

        if (TestContext.CurrentContext.Result.FailCount == 0)
        {
            // The guard outlives a runner that was killed, and writes its last lines.
            Assert.That(SpinWait.SpinUntil(IsDeleted, TimeSpan.FromSeconds(10)), Is.True, $"{Folder} is still written to");
        }
        else
        {
            TestContext.Progress.WriteLine($"Kept for a look: {Folder}");
        }
    }

    private static string Program => Path.Combine(RepoFolder.Path, ".artifacts", "bin", "LabRunner.Cli", "debug", "labrunner");

    private bool IsGuard(int pid) => Parent(pid) == Pid && CommandLine(pid).Contains("labrunner\0guard", StringComparison.Ordinal);

    private static string CommandLine(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline");
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private void Take(string? line)
    {
        if (line is not null)
        {
            lock (_lines)
            {
                _lines.Add(line);
            }

            _more.Release();
        }
    }
}
