using System.Diagnostics;
using System.Text.Json;
using LabRunner.Bench.Inventory;

namespace LabRunner.Station.Tests.Support;

/// <summary>The program itself as a station of the virtual bench, with a home, files and leases of its own.</summary>
internal sealed class StationProgram : IAsyncDisposable
{
    private readonly List<Process> _started = [];

    private static string Program => Path.Combine(BenchFolders.Find().Home, ".artifacts", "bin", "LabRunner.Cli", "debug", "labrunner");

    /// <summary>Its home.</summary>
    public PlanHome Home { get; } = new();

    /// <summary>Folder of its home.</summary>
    public string Folder => Home.Folder;

    /// <summary>What it wrote to its standard error.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<string> Log { get; } = [];

    /// <summary>Variables of the verbs beside those of every one.</summary>
    public Dictionary<string, string> Variables { get; } = new() { ["LABRUNNER_STATION"] = "" };

    /// <summary>Addresses of the station that was started last.</summary>
    public IReadOnlyList<Uri> Addresses { get; private set; } = [];

    /// <summary>Starts one and waits until it listens.</summary>
    /// <param name="variables">Variables of its environment.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="more">Words behind those that every one gets.</param>
    public async Task<(Process Process, HttpClient Client)> ServeAsync(IReadOnlyDictionary<string, string> variables, CancellationToken cancellationToken, params string[] more)
    {
        ProcessStartInfo start = new(Program)
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
            ArgumentList = { "serve", "--listen", "http://127.0.0.1:0", "--state", Path.Combine(Folder, "state"), "--runs", Path.Combine(Folder, "runs"), "--json" },
        };
        Array.ForEach(more, start.ArgumentList.Add);
        start.Environment["LABRUNNER_LEASES"] = Path.Combine(Folder, "leases");
        start.Environment[BenchFolders.HomeVariable] = Folder;
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start)!;
        _started.Add(process);
        process.ErrorDataReceived += (_, e) =>
        {
            if (e.Data is { } said)
            {
                Log.Enqueue(said);
                TestContext.Progress.WriteLine(said);
            }
        };
        process.BeginErrorReadLine();
        string line = await process.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException("The station did not say where it listens.");
        Addresses = [.. JsonDocument.Parse(line).RootElement.GetProperty("addresses").EnumerateArray().Select(a => new Uri(a.GetString()!))];
        HttpClient client = new() { BaseAddress = new Uri(Addresses.First(a => a is { Scheme: "http", Host: "127.0.0.1" }), "/api/v1/") };
        return (process, client);
    }

    /// <summary>Starts the program with another verb, on the same files; its station is found as a user's is.</summary>
    /// <param name="line">Command line, its words parted by spaces; %20 is a space within a word.</param>
    /// <param name="typed">What is typed then.</param>
    public Process Begin(string line, string typed = "")
    {
        ProcessStartInfo start = new(Program, line.Split(' ').Select(Uri.UnescapeDataString)) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = Folder };
        start.Environment["LABRUNNER_LEASES"] = Path.Combine(Folder, "leases");
        start.Environment[BenchFolders.HomeVariable] = Folder;
        start.Environment["LABRUNNER_OWNER"] = "Anna";
        foreach ((string name, string value) in Variables)
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start)!;
        _started.Add(process);
        process.StandardInput.Write(typed);
        process.StandardInput.Close();
        return process;
    }

    /// <summary>Runs suites as <c>dotnet test</c> does, with the variables of the verbs.</summary>
    /// <param name="settings">Run settings.</param>
    /// <param name="filter">Which tests.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<(int Code, string Output, string Errors)> RunSuitesAsync(string settings, string filter, CancellationToken cancellationToken)
    {
        string program = Path.Combine(BenchFolders.Find().Home, ".artifacts", "bin", "LabRunner.Suites", "debug", "LabRunner.Suites");
        ProcessStartInfo start = new(program, ["--settings", settings, "--filter", filter, "--progress", "off", "--no-ansi"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Folder,
        };
        foreach ((string name, string value) in Variables)
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start)!;
        _started.Add(process);
        return await EndAsync(process, cancellationToken);
    }

    /// <summary>What a verb printed and how it ended.</summary>
    public static async Task<(int Code, string Output, string Errors)> EndAsync(Process process, CancellationToken cancellationToken)
    {
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellationToken), errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, await output, await errors);
    }

    /// <summary>Plays a verb to its end.</summary>
    public Task<(int Code, string Output, string Errors)> RunAsync(string line, CancellationToken cancellationToken, string typed = "") => EndAsync(Begin(line, typed), cancellationToken);

    /// <summary>Ends one as a service manager does, and waits for its end.</summary>
    public static async Task TerminateAsync(Process process, CancellationToken cancellationToken)
    {
        using Process term = Process.Start("kill", ["-s", "TERM", $"{process.Id}"]);
        await process.WaitForExitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Process process in _started)
        {
            if (!process.HasExited)
            {
                // In order, so that its virtual plugs end with it.
                await TerminateAsync(process, CancellationToken.None);
            }

            process.Dispose();
        }

        if (TestContext.CurrentContext.Result.FailCount == 0)
        {
            Home.Dispose();
        }
    }
}
