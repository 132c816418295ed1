using System.ComponentModel;
using System.Diagnostics;
using LabRunner.Hardware.Drivers.Native;
using LabRunner.Hardware.Faults;

namespace LabRunner.Hardware.Drivers.Flashing;

/// <summary>
/// A program of somebody else in a session of its own, without shell and without input, its output given out line by line. It does not
/// outlive its owner's interest: at the end, on a limit or when it is cancelled, it and all its children are killed, so that nobody holds
/// the port. Limits are machine time. For one use.
/// </summary>
internal sealed class ToolProcess(string program, IReadOnlyList<string> arguments, Stream log, Action<string> line)
{
    /// <summary>What of a tool that prints without end goes into the log, bytes; the rest is read and thrown away.</summary>
    public const long MostLogged = 8 << 20;

    // What is still in the pipes when all writers are killed.
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private long _logged;
    private long _lastOutput;

    /// <summary>Runs it to its end.</summary>
    /// <param name="started">Told its process id, which is also that of its process group.</param>
    /// <param name="idle">Longest time without output.</param>
    /// <param name="limit">Longest time in all.</param>
    /// <param name="cancellationToken">Kills it.</param>
    /// <returns>Its exit code, or why it was killed.</returns>
    /// <exception cref="BenchFaultException">It cannot be started.</exception>
    public async Task<(int? ExitCode, string? Killed)> RunAsync(Action<int> started, TimeSpan idle, TimeSpan limit, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using Process process = Start();
        int group = process.Id;
        started(group);
        long began = _lastOutput = TimeProvider.System.GetTimestamp();
        process.StandardInput.Close();
        Task reading = Task.WhenAll(ReadAsync(process.StandardOutput.BaseStream), ReadAsync(process.StandardError.BaseStream));
        Task<string?> waiting = WatchAsync(process, began, idle, limit, cancellationToken);
        string? killed;
        try
        {
            killed = await waiting.ConfigureAwait(false);
        }
        finally
        {
            // Children that are left behind would hold port and pipes.
            Kill(process, group);
            await process.WaitForExitAsync(CancellationToken.None).WaitAsync(LastWords, TimeProvider.System, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await reading.WaitAsync(LastWords, TimeProvider.System, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return killed is null ? (process.ExitCode, null) : (null, killed);
    }

    private static void Kill(Process process, int group)
    {
        // First the tree, while parents can be followed; then the group, which still holds orphans.
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception failure) when (failure is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It ended by itself.
        }

        _ = Libc.Kill(-group, Libc.SigKill);
    }

    private async Task<string?> WatchAsync(Process process, long began, TimeSpan idle, TimeSpan limit, CancellationToken cancellationToken)
    {
        TimeSpan step = TimeSpan.FromMilliseconds(Math.Clamp(Math.Min(idle.TotalMilliseconds, limit.TotalMilliseconds) / 10, 10, 200));
        Task exit = process.WaitForExitAsync(cancellationToken);
        while (true)
        {
            Task first = await Task.WhenAny(exit, Task.Delay(step, TimeProvider.System, CancellationToken.None)).ConfigureAwait(false);
            if (first == exit)
            {
                await exit.ConfigureAwait(false);
                return null;
            }

            if (TimeProvider.System.GetElapsedTime(began) > limit)
            {
                return FormattableString.Invariant($"it was not done after {limit.TotalSeconds:0.#} s");
            }

            if (TimeProvider.System.GetElapsedTime(Interlocked.Read(ref _lastOutput)) > idle)
            {
                return FormattableString.Invariant($"it printed nothing for {idle.TotalSeconds:0.#} s");
            }
        }
    }

    private Process Start()
    {
        ProcessStartInfo start = new("setsid")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(program);
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        // Plain English lines as they come: Python keeps them back when nobody watches.
        start.Environment["PYTHONUNBUFFERED"] = "1";
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["TERM"] = "dumb";
        start.Environment["NO_COLOR"] = "1";
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception missing)
        {
            throw new BenchFaultException(FaultKind.Machine, "setsid", "the program is missing", "Install it: sudo apt-get install util-linux", missing);
        }
    }

    private async Task ReadAsync(Stream output)
    {
        ToolLines lines = new(text =>
        {
            lock (_gate)
            {
                line(text);
            }
        });
        byte[] buffer = new byte[16 * 1024];
        try
        {
            while (await output.ReadAsync(buffer).ConfigureAwait(false) is var count and > 0)
            {
                Interlocked.Exchange(ref _lastOutput, TimeProvider.System.GetTimestamp());
                Log(buffer.AsSpan(0, count));
                lines.Take(buffer.AsSpan(0, count));
            }
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException)
        {
            // The pipe ends with the process.
        }

        lines.End();
    }

    private void Log(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_logged < MostLogged)
            {
                log.Write(bytes);
                _logged += bytes.Length;
                if (_logged >= MostLogged)
                {
                    log.Write("\n[the rest is left out: the program prints without end]\n"u8);
                }
            }
        }
    }
}
