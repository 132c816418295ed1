using System.Globalization;
using LabRunner.Hardware.Faults;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Session;

/// <content>How a night ends, in good order or not.</content>
public sealed partial class BenchSession
{
    private const string Completed = "completed";

    private bool _finished;
    private bool _safe;
    private bool _closed;
    private int _disposed;

    /// <summary>
    /// Ends the night: closes what is open, runs the end-of-night analyses, asks the DUTs for their identity, writes the verdicts, makes the
    /// bench safe and closes the journal. A night that was not completed is made safe before anything is asked. A second call does nothing.
    /// </summary>
    /// <param name="outcome">completed, or aborted: why.</param>
    /// <param name="cancellationToken">Shortens the identity questions only; the rest always runs.</param>
    public async Task FinishAsync(string outcome, CancellationToken cancellationToken)
    {
        await _ending.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (_finished)
            {
                return;
            }

            _finished = true;
            _heart?.WatchEnds();
            if (outcome != Completed)
            {
                await SafeStateAsync().ConfigureAwait(false);
            }

            await IdentifyLastAsync(cancellationToken).ConfigureAwait(false);
            await _stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll([_beats, _listening, .. _tails]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.WhenAll(_slots.Values.Select(s => TryAsync($"slot {s.Name}", "its watch did not end in order", s.StopWatchAsync))).ConfigureAwait(false);
            double now = _options.Clock.Elapsed.TotalSeconds;
            CloseRecords(now);
            Analyse();
            WriteVerdicts(now, outcome);
            Meta(MetaKeys.Ended, now.ToString("R", CultureInfo.InvariantCulture));
            Meta(MetaKeys.Outcome, outcome);
        }
        finally
        {
            // Whatever the analysis does, the bench gets safe and the journal gets closed.
            if (!_closed)
            {
                _closed = true;
                await TryAsync("bench", "the safe state was not reached", SafeStateAsync).ConfigureAwait(false);
                await CloseAsync().ConfigureAwait(false);
            }

            _ending.Release();
        }
    }

    /// <summary>All outputs off (unless a slot keeps its power), straps and buttons released, pulses stopped. Never throws half way: failures go to the events and to <see cref="Faults"/>.</summary>
    public async Task SafeStateAsync()
    {
        _safe = true;
        UnwatchSafety();
        await _stopping.ConfigureAwait(false);

        // All ladders and presses stop first, so that nobody gives power to a slot behind its back.
        foreach (SlotSession slot in _slots.Values)
        {
            slot.Seal();
        }

        await RestoreNetworkAsync().ConfigureAwait(false);
        foreach (IReadOnlyList<BenchFaultException> failures in await Task.WhenAll(_slots.Values.Select(s => s.MakeSafeAsync())).ConfigureAwait(false))
        {
            foreach (BenchFaultException failure in failures)
            {
                _faults.Add(failure);
            }
        }

        // Last: until here the coils need their supply to be switched in good order.
        if (_heart is not null)
        {
            await _heart.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Always reaches the safe state; a night that was not finished is marked as aborted.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
        {
            return;
        }

        if (!_finished)
        {
            try
            {
                await SafeStateAsync().ConfigureAwait(false);
            }
            finally
            {
                using CancellationTokenSource now = new();
                await now.CancelAsync().ConfigureAwait(false);
                await FinishAsync("aborted: the session was closed before the night was over", now.Token).ConfigureAwait(false);
            }
        }
        else if (!_safe)
        {
            await SafeStateAsync().ConfigureAwait(false);
        }

        _stop.Dispose();
        _ending.Dispose();
    }

    private async Task CloseAsync()
    {
        await Task.WhenAll(_slots.Values.Select(s => TryAsync($"slot {s.Name}", "its console did not close in order", () => s.DisposeAsync().AsTask()))).ConfigureAwait(false);
        if (_mqtt is not null)
        {
            await TryAsync("MQTT broker", "the connection did not close in order", () => _mqtt.DisposeAsync().AsTask()).ConfigureAwait(false);
        }

        await TryAsync(_options.RunFolder, "the journal did not close in order", () => _journal.DisposeAsync().AsTask()).ConfigureAwait(false);
        if (_journal.Lost > 0)
        {
            _faults.Add(new BenchFaultException(FaultKind.Storage, _options.RunFolder, $"{_journal.Lost} journal rows were lost", "Free disk space and repeat the night"));
        }
    }

    // At the end of a night a part that fails must not keep the others from being closed.
    private async Task TryAsync(string place, string problem, Func<Task> close)
    {
        try
        {
            await close().ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            _faults.Add(failure as BenchFaultException ?? new BenchFaultException(FaultKind.Process, place, $"{problem} ({failure.Message})", "Report this with the run folder", failure));
        }
    }
}
