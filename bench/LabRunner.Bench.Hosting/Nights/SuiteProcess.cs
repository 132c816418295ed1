using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;
using LabRunner.Bench.Hosting.Processes;
using LabRunner.Bench.Rpc;
using LabRunner.Bench.Session;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Hosting.Nights;

/// <summary>
/// Runs the suites of one slot in a child process and reads its events, a JSON line each. A test over its limit is killed with its
/// process; the tests after it run in a new one. What no process reported is recorded as NOT RUN.
/// </summary>
/// <param name="owner">Owner of the bench.</param>
/// <param name="socket">Its socket.</param>
/// <param name="slot">Slot.</param>
/// <param name="from">Where the suites go on.</param>
internal sealed class SuiteProcess(BenchOwner owner, string socket, string slot, SuiteProgress from)
{
    private const int MostProcesses = 4;

    // Browser work takes machine time whatever the time scale, so a limit never falls below this.
    private static readonly TimeSpan LeastMachineLimit = TimeSpan.FromSeconds(90);

    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(20);

    // A plan may name a suite twice, so tests are told apart by their entry of the plan.
    private readonly HashSet<string> _finished = [.. from.Finished];
    private int _entry = from.Entry;
    private int? _exit;
    private string? _fault;
    private string? _running;
    private readonly TestAllowance _allowance = new(TimeProvider.System, Limit(owner), () => owner.Session.WaitedUntil(slot));

    /// <summary>Runs to the end of the plan.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RunToTheEndAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            owner.Session.NoLongerExpect(slot);
        }
    }

    private async Task RunToTheEndAsync(CancellationToken cancellationToken)
    {
        for (int attempt = 1; attempt <= MostProcesses; attempt++)
        {
            string? problem = await RunOnceAsync(cancellationToken).ConfigureAwait(false);
            if (problem is null)
            {
                owner.Session.EndSuites(slot);
                return;
            }

            owner.Session.WithdrawFromGatherings(slot);
            string test = _running ?? "the suite host";
            Note($"Slot {slot}, {test}: {problem}.");
            await owner.Session.AbandonTestsAsync(slot, Verdict.Invalid, $"{test}: {problem}", cancellationToken).ConfigureAwait(false);
            if (_running is { } culprit)
            {
                _finished.Add(culprit);
            }
        }

        await owner.Session.AbandonTestsAsync(
            slot, Verdict.Invalid, $"The suites of this slot ended {MostProcesses} times before their end; the rest was not run.", cancellationToken).ConfigureAwait(false);
        owner.Session.EndSuites(slot);
    }

    private static TimeSpan Limit(BenchOwner owner)
    {
        TimeSpan planned = owner.Clock.ToMachine(owner.Files.Plan.TestLimit);
        return planned > LeastMachineLimit ? planned : LeastMachineLimit;
    }

    /// <returns>Null when the host ended in good order, else what went wrong.</returns>
    private async Task<string?> RunOnceAsync(CancellationToken cancellationToken)
    {
        using Process process = Start();
        Channel<string> lines = Channel.CreateUnbounded<string>();
        string log = Path.Combine("artifacts", $"suites-{slot}.log");
        using SuiteLog said = new(Path.Combine(owner.RunFolder, log), Note);
        Task reading = PumpAsync(process.StandardOutput, line => lines.Writer.TryWrite(line)).ContinueWith(
            _ => lines.Writer.Complete(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        Task logging = PumpAsync(process.StandardError, said.Write);
        try
        {
            (_running, _fault, _exit) = (null, null, null);
            _allowance.Restart();
            while (_exit is null && await NextLineAsync(lines.Reader, cancellationToken).ConfigureAwait(false) is { } line)
            {
                Take(line, said);
            }

            if (!await EndsAsync(process, cancellationToken).ConfigureAwait(false))
            {
                Note(string.Create(
                    CultureInfo.InvariantCulture,
                    $"The suite host of {slot} {(_exit is null ? "closed its output" : "was done")} but did not end within {EndLimit.TotalSeconds:0} s; it was killed."));
                return _exit is null ? "the suite host closed its output and did not end" : null;
            }

            if (_exit is { } exit && exit != process.ExitCode)
            {
                Note(string.Create(CultureInfo.InvariantCulture, $"The suite host of {slot} was done with code {exit} but ended with code {process.ExitCode} (see {log})."));
            }

            return _exit is null
                ? string.Create(CultureInfo.InvariantCulture, $"the suite host ended with code {process.ExitCode}{(_fault is null ? "" : ": " + _fault.TrimEnd('.'))} (see {log})")
                : null;
        }
        catch (TimeoutException)
        {
            return $"it took longer than {LimitText()} and was killed";
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                await EndsAsync(process, CancellationToken.None).ConfigureAwait(false);
            }

            // A browser that a test left behind may hold the pipes open for ever.
            Task ended = Task.WhenAll(reading, logging);
            if (await Task.WhenAny(ended, Task.Delay(EndLimit, TimeProvider.System, CancellationToken.None)).ConfigureAwait(false) != ended)
            {
                Note($"The suite host of {slot} is gone, but a process it started still holds its output open.");
            }
        }
    }

    private void Note(string text) => owner.Session.Note("suite-host", text);

    private string LimitText()
    {
        TimeSpan planned = owner.Files.Plan.TestLimit;
        string limit = string.Create(CultureInfo.InvariantCulture, $"{planned.TotalMinutes:0.#} min");
        return Limit(owner) == owner.Clock.ToMachine(planned)
            ? limit
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{Limit(owner).TotalSeconds:0} s of machine time (the plan's {limit} of run time are {owner.Clock.ToMachine(planned).TotalSeconds:0.#} s here; no test gets less than {LeastMachineLimit.TotalSeconds:0} s)");
    }

    private static async Task<bool> EndsAsync(Process process, CancellationToken cancellationToken)
    {
        using CancellationTokenSource late = new(EndLimit, TimeProvider.System);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            await process.WaitForExitAsync(either.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task<string?> NextLineAsync(ChannelReader<string> lines, CancellationToken cancellationToken)
    {
        while (true)
        {
            TimeSpan left = _allowance.Left;
            if (left <= TimeSpan.Zero)
            {
                throw new TimeoutException();
            }

            using CancellationTokenSource late = new(left, TimeProvider.System);
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
            try
            {
                return await lines.WaitToReadAsync(either.Token).ConfigureAwait(false) && lines.TryRead(out string? line) ? line : null;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // Looked at again: it may have waited for another slot meanwhile.
            }
        }
    }

    private void Take(string line, SuiteLog log)
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
                    _allowance.Restart();
                    break;
                case "finished":
                    Enter(root.GetProperty("entry").GetInt32());
                    _finished.Add(root.GetProperty("fullName").GetString()!);
                    _running = null;
                    _allowance.Restart();
                    break;
                case "output":
                    log.Write(root.GetProperty("text").GetString());
                    break;
                case "fault":
                    _fault = root.GetProperty("message").GetString();
                    break;
                case "done":
                    _exit = root.GetProperty("exit").GetInt32();
                    break;
            }
        }
        catch (Exception garbage) when (garbage is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            log.Write($"Not an event: {line}");
        }
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
