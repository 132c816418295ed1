using LabRunner.Bench.Consoles;
using LabRunner.Bench.Slots;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Session;

/// <content>A slot of a bench that is watched, lent to a flasher or a probe: it gets port and supply, and gives back a slot that is off.</content>
internal sealed partial class SlotSession
{
    private CancellationTokenSource? _borrowed;

    /// <summary>
    /// Lets a flasher at the slot: off at first, the console's port free, the watch told. Whatever becomes of it, BOOT and reset are released
    /// afterwards and the supply is off, or on again where the slot keeps its power.
    /// </summary>
    public async Task<T> FlashAsync<T>(string text, Func<CancellationToken, Task<T>> act, CancellationToken cancellationToken)
    {
        Part(_capture, "console");
        _interlocks.Demand(Hardware.Entry, SlotAction.Flash);
        return await BorrowAsync("the flasher", text, act, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As <see cref="FlashAsync"/>, for whatever boots the DUT and listens to it by itself; also of a slot without a console.</summary>
    /// <param name="borrower">Who, for the console's log: "the probe".</param>
    /// <param name="text">What is done and by whom, for the journal.</param>
    /// <param name="act">It; told to end also when E-stop or lid opens.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<T> BorrowAsync<T>(string borrower, string text, Func<CancellationToken, Task<T>> act, CancellationToken cancellationToken)
    {
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        if (Interlocked.CompareExchange(ref _borrowed, ending, null) is not null)
        {
            throw new BenchFaultException(FaultKind.Lease, $"slot {Name}", "it is being flashed or probed", "Wait for its end");
        }

        IntentRecord intent = OpenIntent(IntentKinds.PowerCut, text, null, NoData);
        Activity = text;
        try
        {
            return await WithPortAsync(borrower, act, ending.Token).ConfigureAwait(false);
        }
        catch (Exception broken) when (_interlocks.Stopped is { } reason && broken is not BenchFaultException { Kind: FaultKind.Safety })
        {
            // Whatever the borrower says of its lost link: the bench took the power.
            throw new BenchFaultException(FaultKind.Safety, $"slot {Name}", reason, "Make the bench safe, close the chain and start again", broken);
        }
        finally
        {
            Volatile.Write(ref _borrowed, null);
            Activity = "";
            CloseIntent(intent.Id);
        }
    }

    /// <summary>Tells a borrower to end; returns at once.</summary>
    private void EndLoan()
    {
        try
        {
            _ = Volatile.Read(ref _borrowed)?.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // It has ended just now.
        }
    }

    private async Task<T> WithPortAsync<T>(string borrower, Func<CancellationToken, Task<T>> act, CancellationToken cancellationToken)
    {
        await SupplyAsync(false, token => Hardware.Power?.CutAsync(null, token) ?? Task.CompletedTask, cancellationToken).ConfigureAwait(false);
        List<BenchFaultException> failures = [];
        Task<T> work;
        IAsyncDisposable loan = _capture is { } capture ? await capture.LendAsync(borrower, cancellationToken).ConfigureAwait(false) : new NoPort();
        await using (loan.ConfigureAwait(false))
        {
            work = act(cancellationToken);
            await ((Task)work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!Hardware.Entry.KeepPower && Hardware.Power is { } power)
            {
                await TryAsync(failures, $"switching the supply off after {borrower}", t => power.CutAsync(null, t)).ConfigureAwait(false);
            }

            failures.AddRange(await ReleaseAsync().ConfigureAwait(false));
        }

        if (_interlocks.Stopped is null && (Hardware.Entry.KeepPower || Hardware.Power is null))
        {
            await TryAsync(
                failures, "giving power again", t => SupplyAsync(true, token => Hardware.Power?.SwitchAsync(PowerState.On, token) ?? Task.CompletedTask, t)).ConfigureAwait(false);
        }

        // A slot that could not be made safe is worse than anything the flasher has to say.
        failures.ForEach(f => Note(Clock.Elapsed, "bench-fault", f.Message));
        return failures.Count > 0 ? throw failures[0] : await work.ConfigureAwait(false);
    }

    private sealed class NoPort : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
