using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Hosting.Processes;

/// <summary>The owner's end of one guard process. Used by one task at a time, but for <see cref="SetTool"/>.</summary>
internal sealed class GuardLink : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan BeatEvery = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly SemaphoreSlim _saying = new(1);
    private bool _disarmed;

    private GuardLink(Process process) => _process = process;

    /// <summary>Starts a guard and waits until it is armed.</summary>
    /// <exception cref="BenchFaultException">It did not arm.</exception>
    public static async Task<GuardLink> StartAsync(GuardOrder order, LabClock clock, CancellationToken cancellationToken)
    {
        // A session of its own: the terminal's Ctrl-C and hang-up go to the owner, which then ends in good order.
        ProcessStartInfo start = new("setsid")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,

            // Its standard error is nobody's: inherited, a guard that goes on trying would keep whoever reads the owner's output waiting for
            // its end; a pipe to the owner would break with the owner. What it does stands in guard.log.
            ArgumentList = { "--wait", "sh", "-c", "exec \"$0\" \"$@\" 2>/dev/null", SisterProgram.Find("LabRunner.Cli", "labrunner"), GuardDuty.Verb },
        };
        start.Environment[LabClock.EnvironmentVariable] = clock.ToEnvironment();
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception missing)
        {
            throw new BenchFaultException(FaultKind.Machine, "setsid", "the program is missing", "Install it: sudo apt-get install util-linux", missing);
        }

        string? word;
        try
        {
            await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(order)).WaitAsync(StartLimit, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            await process.StandardInput.FlushAsync(cancellationToken).ConfigureAwait(false);
            word = await process.StandardOutput.ReadLineAsync(CancellationToken.None).AsTask().WaitAsync(StartLimit, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is TimeoutException or IOException)
        {
            word = null;
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            process.Dispose();
            throw;
        }

        if (word == GuardWords.Armed)
        {
            return new GuardLink(process);
        }

        process.Kill(entireProcessTree: true);
        process.Dispose();
        throw new BenchFaultException(
            FaultKind.Process, "guard", $"it did not arm ({word ?? "no answer"})", "Without it mains could stay on after a crash; look at the machine's load and try again");
    }

    /// <summary>Tells the guard twice a second that its owner lives, until it is gone or <paramref name="stop"/>.</summary>
    /// <returns>Why it is gone; null when stopped.</returns>
    public async Task<string?> KeepAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await SayAsync(Debugger.IsAttached ? GuardWords.Debugged : GuardWords.Beat).ConfigureAwait(false);
                if (await _process.StandardOutput.ReadLineAsync(CancellationToken.None).AsTask().WaitAsync(AnswerLimit, TimeProvider.System, CancellationToken.None).ConfigureAwait(false)
                    != GuardWords.Alive)
                {
                    return await GoneAsync().ConfigureAwait(false);
                }
            }
            catch (IOException)
            {
                return await GoneAsync().ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                return $"it did not answer for {AnswerLimit.TotalSeconds:0} s";
            }

            await Task.Delay(BeatEvery, TimeProvider.System, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return null;
    }

    /// <summary>Names the process group of a program of others that must not outlive this process; 0: none. From any thread.</summary>
    public void SetTool(int group) => _ = SayToolAsync(group);

    /// <summary>Tells the guard to end without touching an output.</summary>
    public async Task DisarmAsync()
    {
        _disarmed = true;
        try
        {
            await SayAsync(GuardWords.Disarm).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It is gone already, and there is nothing left to guard.
        }
    }

    /// <summary>Ends a guard that is of no more use, whatever state it is in, without letting it touch an output.</summary>
    public async Task KillAsync()
    {
        _disarmed = true;
        _process.Kill(entireProcessTree: true);
        await DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Closes the pipe and waits up to 5 s of machine time; a guard that still switches outputs off then is left to its work.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before.
        }

        using CancellationTokenSource limit = new(EndLimit, TimeProvider.System);
        await _process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_disarmed && !_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
        _saying.Dispose();
    }

    private async Task SayToolAsync(int group)
    {
        try
        {
            await SayAsync(FormattableString.Invariant($"{GuardWords.Tool}{group}")).ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The next guard is told when it starts.
        }
    }

    private async Task SayAsync(string word)
    {
        await _saying.WaitAsync().ConfigureAwait(false);
        try
        {
            await _process.StandardInput.WriteLineAsync(word).ConfigureAwait(false);
            await _process.StandardInput.FlushAsync().ConfigureAwait(false);
        }
        finally
        {
            _saying.Release();
        }
    }

    private async Task<string> GoneAsync()
    {
        using CancellationTokenSource limit = new(EndLimit, TimeProvider.System);
        await _process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return _process.HasExited ? $"it ended with code {_process.ExitCode}" : "it closed its pipe";
    }
}
