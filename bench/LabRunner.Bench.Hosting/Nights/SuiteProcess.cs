using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;
using LabRunner.Bench.Hosting.Processes;
using LabRunner.Bench.Rpc;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Hosting.Nights;

/// <summary>
/// Runs the suites of one slot in a child process and reads its events, a JSON line each. A test over its limit is killed with its
/// process; the tests after it run in a new one. What no process reported is recorded as NOT RUN.
/// </summary>
internal sealed class SuiteProcess(BenchOwner owner, string socket, string slot)
{
    private const int MostProcesses = 4;

    // Browser work takes machine time whatever the time scale, so a limit never falls below this.
    private static readonly TimeSpan LeastMachineLimit = TimeSpan.FromSeconds(90);

    // A plan may name a suite twice, so tests are told apart by their entry of the plan.
    private readonly HashSet<string> _finished = [];
    private int _entry;
    private string? _running;
    private long _since;

    /// <summary>Runs to the end of the plan.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        for (int attempt = 1; attempt <= MostProcesses; attempt++)
        {
            string? problem = await RunOnceAsync(cancellationToken).ConfigureAwait(false);
            if (problem is null)
            {
                await owner.Session.SayAsync(slot, "done", cancellationToken).ConfigureAwait(false);
                return;
            }

            string test = _running ?? "the suite host";
            await owner.Session.AbandonTestsAsync(slot, Verdict.Invalid, $"{test}: {problem}", cancellationToken).ConfigureAwait(false);
            if (_running is { } culprit)
            {
                _finished.Add(culprit);
            }
        }

        await owner.Session.AbandonTestsAsync(
            slot, Verdict.Invalid, $"The suites of this slot ended {MostProcesses} times before their end; the rest was not run.", cancellationToken).ConfigureAwait(false);
    }

    /// <returns>Null when the host ended in good order, else what went wrong.</returns>
    private async Task<string?> RunOnceAsync(CancellationToken cancellationToken)
    {
        using Process process = Start();
        Channel<string> lines = Channel.CreateUnbounded<string>();
        string log = Path.Combine(owner.RunFolder, "artifacts", $"suites-{slot}.log");
        Directory.CreateDirectory(Path.GetDirectoryName(log)!);
        Task reading = PumpAsync(process.StandardOutput, line => lines.Writer.TryWrite(line)).ContinueWith(
            _ => lines.Writer.Complete(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        using StreamWriter errors = new(log, append: true) { AutoFlush = true };
        Task logging = PumpAsync(process.StandardError, errors.WriteLine);
        bool done = false;
        try
        {
            _running = null;
            _since = TimeProvider.System.GetTimestamp();
            while (true)
            {
                string? line = await NextLineAsync(lines.Reader, cancellationToken).ConfigureAwait(false);
                if (line is null)
                {
                    break;
                }

                done |= Take(line, errors);
            }

            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            return done ? null : string.Create(CultureInfo.InvariantCulture, $"the suite host ended with code {process.ExitCode} (see artifacts/suites-{slot}.log)");
        }
        catch (TimeoutException)
        {
            return $"it took longer than {owner.Files.Plan.TestLimit.TotalMinutes:0.#} min and was killed";
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            }

            await Task.WhenAll(reading, logging).ConfigureAwait(false);
        }
    }

    private async Task<string?> NextLineAsync(ChannelReader<string> lines, CancellationToken cancellationToken)
    {
        TimeSpan limit = owner.Clock.ToMachine(owner.Files.Plan.TestLimit);
        limit = limit > LeastMachineLimit ? limit : LeastMachineLimit;
        TimeSpan left = limit - TimeProvider.System.GetElapsedTime(_since);
        using CancellationTokenSource late = new(left > TimeSpan.Zero ? left : TimeSpan.Zero, TimeProvider.System);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            return await lines.WaitToReadAsync(either.Token).ConfigureAwait(false) && lines.TryRead(out string? line) ? line : null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException();
        }
    }

    /// <returns>True when the line says that the host is done.</returns>
    private bool Take(string line, StreamWriter log)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            switch (root.GetProperty("event").GetString())
            {
                case "started":
                    Enter(root.GetProperty("entry").GetInt32());
                    _running = root.GetProperty("fullName").GetString();
                    _since = TimeProvider.System.GetTimestamp();
                    break;
                case "finished":
                    Enter(root.GetProperty("entry").GetInt32());
                    _finished.Add(root.GetProperty("fullName").GetString()!);
                    _running = null;
                    _since = TimeProvider.System.GetTimestamp();
                    break;
                case "output":
                    log.WriteLine(root.GetProperty("text").GetString());
                    break;
                case "done":
                    return true;
            }
        }
        catch (Exception garbage) when (garbage is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            log.WriteLine($"Not an event: {line}");
        }

        return false;
    }

    private void Enter(int entry)
    {
        if (entry != _entry)
        {
            _entry = entry;
            _finished.Clear();
        }
    }

    private Process Start()
    {
        ProcessStartInfo start = new(SisterProgram.Find("LabRunner.Suites", "LabRunner.Suites"))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList = { "lab-host", "--slot", slot, "--from", _entry.ToString(CultureInfo.InvariantCulture) },
        };
        foreach (string finished in _finished)
        {
            start.ArgumentList.Add("--skip");
            start.ArgumentList.Add(finished);
        }

        start.Environment[BenchServer.SocketVariable] = socket;
        start.Environment[BenchConnection.SlotsVariable] = slot;
        start.Environment[LabClock.EnvironmentVariable] = owner.Clock.ToEnvironment();
        return Process.Start(start)!;
    }

    private static async Task PumpAsync(StreamReader reader, Action<string> take)
    {
        while (await reader.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            take(line);
        }
    }
}
