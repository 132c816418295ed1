using LabRunner.Bench.Api;
using LabRunner.Bench.Hosting.Resume;
using LabRunner.Bench.Rpc;
using LabRunner.Bench.Session;
using LabRunner.Hardware.Faults;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Hosting.Nights;

/// <summary>Shows a night while it runs. Called from one task at a time.</summary>
public interface INightView
{
    /// <summary>One sentence of progress.</summary>
    void Say(string sentence);

    /// <summary>The slots as they are now; about four times a second of machine time.</summary>
    void Show(NightSnapshot snapshot);
}

/// <summary>A moment of a night.</summary>
/// <param name="Elapsed">Run time since the night's start.</param>
/// <param name="Slots">In inventory order.</param>
public sealed record NightSnapshot(TimeSpan Elapsed, IReadOnlyList<LiveSlot> Slots);

/// <summary>How a night ended.</summary>
/// <param name="Folder">Absolute path of the run folder.</param>
/// <param name="Card">Scorecard of the report; null where the report could not be written.</param>
/// <param name="Interrupted">True: ended by the user before its end.</param>
/// <param name="Fault">The bench fault that ended it, null when there was none.</param>
public sealed record NightResult(string Folder, Scorecard? Card, bool Interrupted, BenchFaultException? Fault);

/// <summary>
/// Plays a night: opens the bench, runs the plan's suites on every slot (a process per slot, so that a hung test costs one slot only),
/// makes the bench safe, and writes the report from the run folder, whatever ended the night.
/// </summary>
public sealed class NightRunner(BenchOwnerOptions options, INightView view)
{
    private static readonly TimeSpan SafeLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FinishLimit = TimeSpan.FromMinutes(2);

    private readonly NightScreen _screen = new(view);

    /// <summary>Told once the bench is open, before anything is asked of it; it closes when <see cref="RunAsync"/> makes it safe. Must not throw.</summary>
    public event Action<BenchOwner>? Opened;

    /// <summary>Told before the bench is closed. Must not throw.</summary>
    public event Func<BenchOwner, Task>? Closing;

    /// <summary>Done with the open bench before its plugs are looked at and anything is asked of them; null: nothing. Where it fails, so does the night.</summary>
    public Func<BenchOwner, CancellationToken, Task>? Prepare { get; set; }

    /// <summary>Somebody else's program has the bench and runs the tests until this ends; null: the plan's suites run.</summary>
    public Func<CancellationToken, Task>? Lend { get; init; }

    /// <summary>Plays it.</summary>
    /// <param name="cancellationToken">Ctrl-C: the suites end, the bench is made safe, the report is still written.</param>
    /// <exception cref="BenchFaultException">The bench could not be opened: there is no run to report.</exception>
    /// <exception cref="UsageException">The options do not fit the files.</exception>
    /// <exception cref="LabRunner.Bench.Inventory.FileProblemsException">A file cannot be used.</exception>
    public async Task<NightResult> RunAsync(CancellationToken cancellationToken)
    {
        BenchOwner owner = await OpenAsync(cancellationToken).ConfigureAwait(false);
        (bool interrupted, BenchFaultException? fault) = (false, null);
        try
        {
            await using (owner.ConfigureAwait(false))
            {
                Opened?.Invoke(owner);
                (interrupted, fault) = await PlayToAnEndAsync(owner, cancellationToken).ConfigureAwait(false);
                await FinishAsync(owner, interrupted, fault).ConfigureAwait(false);
                await (Closing?.Invoke(owner) ?? Task.CompletedTask).ConfigureAwait(false);
            }

            _screen.Say("The bench is safe and closed. Writing the report.");
        }
        catch (Exception failed)
        {
            // What was recorded is reported all the same; the guard has tried what the owner could not.
            fault ??= ToFault(failed);
            _screen.Say("The bench could not be closed in good order. Writing the report of what was recorded.");
        }

        try
        {
            return new NightResult(owner.RunFolder, ReportRenderer.Render(owner.RunFolder), interrupted, fault);
        }
        catch (Exception failed)
        {
            return new NightResult(owner.RunFolder, null, interrupted, fault ?? ToFault(failed));
        }
    }

    private async Task<BenchOwner> OpenAsync(CancellationToken cancellationToken)
    {
        if (options.Resume is { } folder)
        {
            ResumedRun resumed = await ResumedRun.OpenAsync(folder, _screen.Say, cancellationToken).ConfigureAwait(false);
            _screen.Say($"Going on with the run in {resumed.Folder.Path}.");
            return await BenchOwner.OpenAsync(resumed, _screen.Say, cancellationToken).ConfigureAwait(false);
        }

        BenchFiles files = BenchFiles.Load(options);
        if (Lend is null)
        {
            await SuiteCatalogue.CheckAsync(files.Plan, cancellationToken).ConfigureAwait(false);
        }

        return await BenchOwner.OpenAsync(options, files, _screen.Say, cancellationToken).ConfigureAwait(false);
    }

    private static BenchFaultException ToFault(Exception failed) => failed as BenchFaultException ?? new BenchFaultException(
        FaultKind.Process, "the night", $"it ended by a failure of LabRunner itself ({failed.GetType().Name}: {failed.Message.TrimEnd('.')})", "Report this with failure.txt of the run folder", failed);

    private async Task<(bool Interrupted, BenchFaultException? Fault)> PlayToAnEndAsync(BenchOwner owner, CancellationToken cancellationToken)
    {
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using CancellationTokenSource showing = new();
        Task show = _screen.ShowAsync(owner, showing.Token);
        Task play = PlayAsync(owner, ending.Token);
        try
        {
            if (await Task.WhenAny(play, owner.Broken).ConfigureAwait(false) == owner.Broken)
            {
                BenchFaultException broken = await owner.Broken.ConfigureAwait(false);
                _screen.Say($"Bench fault: {broken.Message} The night ends here.");
                await ending.CancelAsync().ConfigureAwait(false);
                await play.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return (false, broken);
            }

            await play.ConfigureAwait(false);
            return (false, null);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _screen.Say("Interrupted: making the bench safe.");
            return (true, null);
        }
        catch (Exception failed)
        {
            KeepForARepair(owner.RunFolder, failed);
            return (false, ToFault(failed));
        }
        finally
        {
            await showing.CancelAsync().ConfigureAwait(false);
            await show.ConfigureAwait(false);
        }
    }

    private static async Task FinishAsync(BenchOwner owner, bool interrupted, BenchFaultException? fault)
    {
        owner.FreeReserve();
        if (fault is not null && !owner.Session.Faults.Contains(fault))
        {
            owner.Session.Take(fault);
        }

        if (interrupted || fault is not null)
        {
            // Off first: the questions at the end of a night are for DUTs that had a whole one.
            await owner.Session.SafeStateAsync().WaitAsync(SafeLimit, TimeProvider.System).ConfigureAwait(false);
        }
        else
        {
            await owner.NoteHostAsync("At the end", CancellationToken.None).ConfigureAwait(false);
        }

        string outcome = fault is not null ? $"aborted: {fault.Message}" : interrupted ? "aborted: interrupted by the user" : "completed";
        await owner.Session.FinishAsync(outcome, CancellationToken.None).WaitAsync(FinishLimit, TimeProvider.System).ConfigureAwait(false);
    }

    private static void KeepForARepair(string runFolder, Exception failed)
    {
        if (failed is BenchFaultException)
        {
            return;
        }

        try
        {
            File.WriteAllText(Path.Combine(runFolder, "failure.txt"), failed.ToString());
        }
        catch (Exception unwritten) when (unwritten is IOException or UnauthorizedAccessException)
        {
            // The sentence of the fault is in the journal.
        }
    }

    private async Task PlayAsync(BenchOwner owner, CancellationToken cancellationToken)
    {
        await owner.NoteHostAsync("At the beginning", cancellationToken).ConfigureAwait(false);
        if (Lend is { } lend)
        {
            _screen.Say("The bench is lent to the program that asked for it.");
            await lend(cancellationToken).ConfigureAwait(false);
            return;
        }

        _screen.Say($"Plan {owner.Files.Plan.Name}, seed {owner.Session.Seed}{(owner.Files.Rotation is { } dealt ? $", {dealt}" : "")}.");
        if (options.Why is { Length: > 0 } why)
        {
            owner.Session.Note("why", why);
        }

        if (owner.Files.Rotation is { } rotation)
        {
            owner.Session.Note("rotation", rotation.ToString());
        }

        await (Prepare?.Invoke(owner, cancellationToken) ?? Task.CompletedTask).ConfigureAwait(false);
        BenchServer server = BenchServer.Start(owner.Session);
        await using (server.ConfigureAwait(false))
        {
            _screen.Say("Checking every plug: identity, settings, calibration, signal, rail.");
            await owner.Session.CheckBeforeAsync(cancellationToken).ConfigureAwait(false);

            // A baseline is for DUTs that nothing was asked of yet.
            IReadOnlyList<TestRecord> done = owner.Resumed?.Point.Run.Tests ?? [];
            if (owner.Files.Plan.Baseline > TimeSpan.Zero && done.Count == 0)
            {
                _screen.Say($"Baseline of {owner.Files.Plan.Baseline.TotalSeconds:0} s.");
                await Task.Delay(owner.Files.Plan.Baseline, owner.Clock, cancellationToken).ConfigureAwait(false);
            }

            // All, before the first may be done.
            foreach (string slot in owner.Slots.Select(slot => slot.Entry.Name))
            {
                owner.Session.Expect(slot);
            }

            await Task.WhenAll(owner.Slots.Select(slot =>
                new SuiteProcess(owner, server.Path, slot.Entry.Name, SuiteProgress.Of(owner.Files.Plan, slot.Entry.Name, done)).RunAsync(cancellationToken))).ConfigureAwait(false);
            _screen.Say("Checking every plug again.");
            await owner.Session.CheckAfterAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
