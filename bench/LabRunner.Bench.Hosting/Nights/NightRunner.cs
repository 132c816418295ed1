using LabRunner.Bench.Api;
using LabRunner.Bench.Rpc;
using LabRunner.Bench.Session;
using LabRunner.Hardware.Faults;
using LabRunner.Reports.Formats;

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
/// <param name="Card">Scorecard of the report.</param>
/// <param name="Interrupted">True: ended by the user before its end.</param>
/// <param name="Fault">The bench fault that ended it, null when there was none.</param>
public sealed record NightResult(Scorecard Card, bool Interrupted, BenchFaultException? Fault);

/// <summary>
/// Plays a night: opens the bench, runs the plan's suites on every slot (a process per slot, so that a hung test costs one slot only),
/// makes the bench safe, and writes the report from the run folder.
/// </summary>
public sealed class NightRunner(BenchOwnerOptions options, INightView view)
{
    private static readonly TimeSpan ShowEvery = TimeSpan.FromMilliseconds(250);

    /// <summary>Plays it.</summary>
    /// <param name="cancellationToken">Ctrl-C: the suites end, the bench is made safe, the report is still written.</param>
    /// <exception cref="BenchFaultException">The bench could not be opened: there is no run to report.</exception>
    /// <exception cref="UsageException">The options do not fit the files.</exception>
    /// <exception cref="LabRunner.Bench.Inventory.FileProblemsException">A file cannot be used.</exception>
    public async Task<NightResult> RunAsync(CancellationToken cancellationToken)
    {
        BenchFiles files = BenchFiles.Load(options);
        await SuiteCatalogue.CheckAsync(files.Plan, cancellationToken).ConfigureAwait(false);
        bool interrupted = false;
        BenchFaultException? fault = null;
        BenchOwner owner = await BenchOwner.OpenAsync(options, files, view.Say, cancellationToken).ConfigureAwait(false);
        try
        {
            await using (owner.ConfigureAwait(false))
            {
                string outcome = "completed";
                using CancellationTokenSource showing = new();
                Task show = ShowAsync(owner, showing.Token);
                try
                {
                    await PlayAsync(owner, cancellationToken).ConfigureAwait(false);
                }
                catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
                {
                    interrupted = true;
                    outcome = "aborted: interrupted by the user";
                    view.Say("Interrupted: making the bench safe.");
                }
                catch (BenchFaultException failed)
                {
                    fault = failed;
                    outcome = $"aborted: {failed.Message}";
                }

                await showing.CancelAsync().ConfigureAwait(false);
                await show.ConfigureAwait(false);
                await owner.Session.FinishAsync(outcome, CancellationToken.None).ConfigureAwait(false);
            }

            view.Say("The bench is safe and closed. Writing the report.");
        }
        catch (BenchFaultException failed)
        {
            // What was recorded is reported all the same; the guard has tried what the owner could not.
            fault ??= failed;
            view.Say("The bench could not be closed in good order. Writing the report of what was recorded.");
        }

        return new NightResult(ReportRenderer.Render(owner.RunFolder), interrupted, fault);
    }

    private async Task PlayAsync(BenchOwner owner, CancellationToken cancellationToken)
    {
        BenchServer server = BenchServer.Start(owner.Session);
        await using (server.ConfigureAwait(false))
        {
            if (owner.Files.Plan.Baseline > TimeSpan.Zero)
            {
                view.Say($"Baseline of {owner.Files.Plan.Baseline.TotalSeconds:0} s.");
                await Task.Delay(owner.Files.Plan.Baseline, owner.Clock, cancellationToken).ConfigureAwait(false);
            }

            await Task.WhenAll(owner.Slots.Select(slot =>
                new SuiteProcess(owner, server.Path, slot.Entry.Name).RunAsync(cancellationToken))).ConfigureAwait(false);
        }
    }

    private async Task ShowAsync(BenchOwner owner, CancellationToken cancellationToken)
    {
        // Machine time on purpose: the view is for a person, whatever the time scale.
        using PeriodicTimer timer = new(ShowEvery, TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                view.Show(new NightSnapshot(owner.Clock.Elapsed, owner.Session.GetLive()));
            }
        }
        catch (OperationCanceledException)
        {
            view.Show(new NightSnapshot(owner.Clock.Elapsed, owner.Session.GetLive()));
        }
    }
}
