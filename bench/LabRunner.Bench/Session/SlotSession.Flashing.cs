using LabRunner.Bench.Consoles;
using LabRunner.Bench.Slots;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Session;

/// <content>Flashing by hand on a bench that is watched: the flasher gets port and supply, and gives back a slot that is off.</content>
internal sealed partial class SlotSession
{
    private CancellationTokenSource? _flashing;

    /// <summary>
    /// Lets a flasher at the slot: off at first, the console's port free, the watch told. Whatever becomes of it, BOOT and reset are released
    /// afterwards and the supply is off, or on again where the slot keeps its power.
    /// </summary>
    public async Task<T> FlashAsync<T>(string text, Func<CancellationToken, Task<T>> act, CancellationToken cancellationToken)
    {
        ConsoleCapture capture = Part(_capture, "console");
        _interlocks.Demand(Hardware.Entry, SlotAction.Flash);
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        if (Interlocked.CompareExchange(ref _flashing, ending, null) is not null)
        {
            throw new BenchFaultException(FaultKind.Lease, $"slot {Name}", "it is being flashed", "Wait for its end");
        }

        IntentRecord intent = OpenIntent(IntentKinds.PowerCut, text, null, NoData);
        Activity = text;
        try
        {
            return await WithPortAsync(capture, act, ending.Token).ConfigureAwait(false);
        }
        catch (Exception broken) when (_interlocks.Stopped is { } reason && broken is not BenchFaultException { Kind: FaultKind.Safety })
        {
            // Whatever the flasher says of its lost link: the bench took the power.
            throw new BenchFaultException(FaultKind.Safety, $"slot {Name}", reason, "Make the bench safe, close the chain and start again", broken);
        }
        finally
        {
            Volatile.Write(ref _flashing, null);
            Activity = "";
            CloseIntent(intent.Id);
        }
    }

    /// <summary>Tells a flasher to end; returns at once.</summary>
    private void EndFlashing()
    {
        try
        {
            _ = Volatile.Read(ref _flashing)?.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // It has ended just now.
        }
    }

    private async Task<T> WithPortAsync<T>(ConsoleCapture capture, Func<CancellationToken, Task<T>> act, CancellationToken cancellationToken)
    {
        await SupplyAsync(false, token => Hardware.Power?.CutAsync(null, token) ?? Task.CompletedTask, cancellationToken).ConfigureAwait(false);
        List<BenchFaultException> failures = [];
        Task<T> flashing;
        IAsyncDisposable loan = await capture.LendAsync("the flasher", cancellationToken).ConfigureAwait(false);
        await using (loan.ConfigureAwait(false))
        {
            flashing = act(cancellationToken);
            await ((Task)flashing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!Hardware.Entry.KeepPower && Hardware.Power is { } power)
            {
                await TryAsync(failures, "switching the supply off after flashing", t => power.CutAsync(null, t)).ConfigureAwait(false);
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
        return failures.Count > 0 ? throw failures[0] : await flashing.ConfigureAwait(false);
    }
}
