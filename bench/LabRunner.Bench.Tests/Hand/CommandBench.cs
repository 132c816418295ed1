using System.Diagnostics;
using LabRunner.Bench.Tests.Conventions;

namespace LabRunner.Bench.Tests.Hand;

/// <summary>A bench of one slot whose relay is a file, with a folder of leases of its own, worked on by real <c>labrunner</c> processes.</summary>
internal sealed class CommandBench : IDisposable
{
    private readonly List<Process> _started = [];

    public CommandBench(string more = "")
    {
        Folder = Directory.CreateTempSubdirectory("hand-bench-").FullName;
        Leases = Path.Combine(Folder, "leases");
        Bench = Path.Combine(Folder, "bench.yaml");
        File.WriteAllText(
            Bench,
            $$"""
            bench: cmd
            slots:
              s1:
                board: sm-028-v1.3-b17
                supply: isolated-3v3
                power: { driver: command, on: "touch {{Relay}}", off: "rm -f {{Relay}}", state: "test -e {{Relay}} && echo on || echo off", onMatches: "^on" }
            {{more}}

            """);
    }

    public string Folder { get; }

    public string Leases { get; }

    public string Bench { get; }

    public string Relay => Path.Combine(Folder, "relay");

    public static string Program => Path.Combine(RepoFolder.Path, ".artifacts", "bin", "LabRunner.Cli", "debug", "labrunner");

    /// <summary>Starts a command; "{bench}" stands for the inventory.</summary>
    public Process Start(params string[] arguments) => Start(Program, arguments);

    /// <summary>Starts a program.</summary>
    public Process Start(string program, string[] arguments, params (string Name, string Value)[] environment)
    {
        ProcessStartInfo start = new(program) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = Folder };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument.Replace("{bench}", Bench, StringComparison.Ordinal));
        }

        start.Environment["LABRUNNER_LEASES"] = Leases;
        start.Environment["LABRUNNER_HOME"] = RepoFolder.Path;
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start)!;
        _started.Add(process);
        return process;
    }

    /// <summary>Runs a command to its end.</summary>
    public async Task<(int Code, string Output, string Errors)> RunAsync(CancellationToken token, params string[] arguments) =>
        await EndAsync(Start(arguments), token);

    /// <summary>Closes the input and waits for the end.</summary>
    public static async Task<(int Code, string Output, string Errors)> EndAsync(Process process, CancellationToken token)
    {
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(token);
        Task<string> errors = process.StandardError.ReadToEndAsync(token);
        await process.WaitForExitAsync(token);
        return (process.ExitCode, await output, await errors);
    }

    /// <summary>Waits until something is so.</summary>
    public static async Task UntilAsync(Func<bool> so, CancellationToken token)
    {
        while (!so())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, token);
        }
    }

    public void Dispose()
    {
        foreach (Process process in _started)
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                process.WaitForExit();
            }

            process.Dispose();
        }

        Directory.Delete(Folder, recursive: true);
    }
}
