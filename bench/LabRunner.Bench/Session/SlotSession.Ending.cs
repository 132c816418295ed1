using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Units;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Session;

/// <content>The safe state, and the end of watch and console.</content>
internal sealed partial class SlotSession
{
    // Machine time: the safe state must come soon whatever the run's clock does. Each part has its own, so that one that hangs costs no other.
    private static readonly TimeSpan PartLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SwitchingLimit = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _supply = new(1, 1);
    private bool _sealed;

    /// <summary>Ends whatever the bench does to the slot of its own accord, and refuses power from now on.</summary>
    public void Seal()
    {
        if (!Volatile.Read(ref _sealed))
        {
            Volatile.Write(ref _sealed, true);
            _ = _stop.CancelAsync();
        }
    }

    /// <summary>Everything off and released as far as it goes, the supply first; failures are collected, none stops the rest.</summary>
    /// <param name="lockReason">Why nothing may switch on again, also where the slot keeps its power; null at the end of a night.</param>
    public async Task<IReadOnlyList<BenchFaultException>> MakeSafeAsync(string? lockReason = null)
    {
        List<BenchFaultException> failures = [];
        bool cut = lockReason is not null || !Hardware.Entry.KeepPower;
        Volatile.Write(ref _off, cut || _off);
        if (cut && Hardware.Power is { } power)
        {
            // A switching on its way must not come after this one; one that hangs must not keep it from coming. A locked supply takes none.
            bool mine = lockReason is null && await _supply.WaitAsync(SwitchingLimit).ConfigureAwait(false);
            await TryAsync(failures, "switching the supply off", t => power.CutAsync(lockReason, t)).ConfigureAwait(false);
            if (mine)
            {
                _supply.Release();
            }
        }

        failures.AddRange(await ReleaseAsync().ConfigureAwait(false));
        failures.ForEach(f => Note(Clock.Elapsed, "safe-state-failure", f.Message));
        return failures;
    }

    // Button, straps and pulses: what holds the DUT or speaks to it besides its supply.
    private async Task<IReadOnlyList<BenchFaultException>> ReleaseAsync()
    {
        List<BenchFaultException> failures = [];
        if (Hardware.Button is { } button)
        {
            await TryAsync(failures, "letting the button go", t => button.SetAsync(false, t)).ConfigureAwait(false);
        }

        if (Hardware.BootStrap is { } boot)
        {
            await TryAsync(failures, "releasing the BOOT strap", t => boot.SetAsync(false, t)).ConfigureAwait(false);
        }

        if (Hardware.Reset is { } reset)
        {
            await TryAsync(failures, "releasing reset", t => reset.SetAsync(false, t)).ConfigureAwait(false);
        }

        foreach (PulseChannel channel in Hardware.Pulses is null ? [] : Enum.GetValues<PulseChannel>())
        {
            await TryAsync(failures, "stopping the pulses", t => Hardware.Pulses!.SetAsync(channel, default, Bl0937Model.PulseWidth, t)).ConfigureAwait(false);
        }

        return failures;
    }

    private async Task TryAsync(List<BenchFaultException> failures, string what, Func<CancellationToken, Task> action)
    {
        using CancellationTokenSource limit = new(PartLimit, TimeProvider.System);
        try
        {
            await action(limit.Token).WaitAsync(PartLimit + SwitchingLimit, TimeProvider.System).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            failures.Add(failure as BenchFaultException ?? new BenchFaultException(
                FaultKind.Power, Name, $"{what} failed ({failure.Message})", "Make the slot safe by hand", failure));
        }
    }

    /// <summary>Ends the watch: nothing of it runs or stays open afterwards.</summary>
    public async Task StopWatchAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        try
        {
            await Task.WhenAll(_tasks.ToArray()).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            Note(Clock.Elapsed, "watch-ended", failure.Message);
        }

        TimeSpan now = Clock.Elapsed;
        _led?.Dispose();
        if (_temperature?.Summary() is { } temperature)
        {
            Note(now, "temperature", temperature);
        }

        lock (_gate)
        {
            _tracker.Finish(now);
            foreach (IntentRecord intent in OpenIntents().ToList())
            {
                CloseIntent(intent.Id);
            }

            EndWithoutPower(now);
            if (_blind is { } blind)
            {
                Save(blind with { Ended = now.TotalSeconds });
                _blind = null;
            }

            OnBroker(now, up: true);
            OnAccessPoint(now, up: true);
            _ledger.Finish(now);
        }

        _observers.ForEach(o => o.Finish(now));
    }

    /// <summary>Closes the console. The watch has been stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_capture is not null)
        {
            await _capture.DisposeAsync().ConfigureAwait(false);
        }

        _stop.Dispose();
    }
}
