using System.Diagnostics;
using LabRunner.Hardware.Faults;

namespace LabRunner.Hardware.Drivers.Network.AccessPoint;

/// <summary>A program of the access point's machine, run to its end without a shell. Thread safe.</summary>
/// <param name="place">For messages.</param>
/// <param name="program">Name or path.</param>
internal sealed class HostTool(string place, string program)
{
    // Machine time: these programs answer in milliseconds or hang.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>True: it can be found.</summary>
    public static bool Exists(string program) => program.Contains('/', StringComparison.Ordinal)
        ? File.Exists(program)
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Append("/sbin").Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, program)));

    /// <summary>Runs it.</summary>
    /// <param name="input">What it reads; null: nothing.</param>
    /// <param name="cancellationToken">Kills it.</param>
    /// <param name="arguments">Arguments.</param>
    /// <returns>What it printed.</returns>
    /// <exception cref="BenchFaultException">Kind Network: it is not there, failed, or did not end in time.</exception>
    public async Task<string> RunAsync(string? input, CancellationToken cancellationToken, params string[] arguments)
    {
        ProcessStartInfo start = new(program) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Start(start);
        using CancellationTokenSource late = new(Limit, TimeProvider.System);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(either.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(either.Token);
            await process.StandardInput.WriteAsync((input ?? "").AsMemory(), either.Token).ConfigureAwait(false);
            process.StandardInput.Close();
            await process.WaitForExitAsync(either.Token).ConfigureAwait(false);
            string said = await output.ConfigureAwait(false);
            return process.ExitCode == 0 ? said : throw Fault($"{Line(arguments)} ended with exit code {process.ExitCode}: {(await errors.ConfigureAwait(false) + said).Trim()}");
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            throw Fault($"{Line(arguments)} did not end within {Limit.TotalSeconds:0} s and was killed");
        }
        catch (IOException broken)
        {
            throw Fault($"{Line(arguments)} did not read its input", broken);
        }
    }

    /// <summary>A failure of this program.</summary>
    public BenchFaultException Fault(string problem, Exception? cause = null) => new(
        FaultKind.Network, place, problem, $"Try {program} by hand; it needs root's rights", cause);

    private string Line(string[] arguments) => $"'{program} {string.Join(' ', arguments)}'";

    private Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw Fault($"{program} cannot be started: {missing.Message}", missing);
        }
    }
}
