using LabRunner.Reports.Drawing;
using LabRunner.Station.Jobs;

namespace LabRunner.Station.Benches;

/// <content>The bench without a plan: every console captured, the slots looked at.</content>
internal sealed partial class BenchKeeper
{
    private const int KeptWatches = 5;

    /// <summary>Watches the bench until a job is due, the bench breaks, or the station ends.</summary>
    /// <returns>
    /// The job that may begin: its check was made, and is not asked for anew once the bench is closed, which may take longer than a check is fresh. Null: none.
    /// </returns>
    private async Task<string?> WatchAsync(CancellationToken stoppingToken)
    {
        IWatchedBench watched;
        _pulse.Begin("opening the bench", OpenLimit);
        try
        {
            watched = await _opener.WatchAsync(WatchFolder(), sentence => Say(sentence), stoppingToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception failure)
        {
            Enter(null, null, failure.Message.TrimEnd('.'));
            Say($"The bench cannot be opened: {failure.Message}");
            await PauseAsync(TryAgain, stoppingToken).ConfigureAwait(false);
            return null;
        }

        OpenBench bench = watched.Bench;
        string? begins = null;
        try
        {
            _consoles.Follow(bench, "the station watches");
            Enter(bench, null, "");
            bool looked = false;
            Say($"The bench '{_inventory.Name}' is open: {Words.Count(bench.Slots.Count, "slot")} {(bench.Slots.Count == 1 ? "is" : "are")} watched.");
            while (!stoppingToken.IsCancellationRequested && !bench.Broken.IsCompleted)
            {
                _pulse.Begin("watching", TryAgain * 3);

                _jobs.WriteLeft();

                // Taken before the look at the queue, so that no change falls between.
                Task changed = Volatile.Read(ref _changed).Task;
                Job? waiting = _turn.Next(IsInUse);
                bool runWaits = waiting is not null;
                looked &= runWaits;
                if (_holds.Sentence is null && !looked && _pool.Due(waiting) is { } look)
                {
                    // The sentinel first, then the others together.
                    _pulse.Begin("checking the slots", OpenLimit + (2 * _pool.Rule.Limit));
                    await _health.RunAsync(look, this, bench, stoppingToken).ConfigureAwait(false);
                    looked = runWaits;
                    continue;
                }

                if (runWaits)
                {
                    begins = waiting!.Id;
                    break;
                }

                // Leases and quiet hours end by time too, and nobody tells.
                await Task.WhenAny(changed, bench.Broken, Task.Delay(TryAgain, _clock, stoppingToken)).ConfigureAwait(false);
            }

            if (bench.Broken.IsCompleted)
            {
                Say($"Bench fault: {(await bench.Broken.ConfigureAwait(false)).Message}");
            }
        }
        finally
        {
            _pulse.Begin("closing the bench", OpenLimit);
            await LeaveAsync("the bench changes hands").ConfigureAwait(false);
            try
            {
                await watched.FinishAsync().ConfigureAwait(false);
                await _consoles.LeaveAsync().ConfigureAwait(false);
            }
            finally
            {
                await watched.DisposeAsync().ConfigureAwait(false);
                Past.Add(bench.Folder);
            }
        }

        if (bench.Broken.IsCompleted)
        {
            await PauseAsync(TryAgain, stoppingToken).ConfigureAwait(false);
        }

        return begins;
    }

    /// <summary>Folder of a new watch; the oldest ones go.</summary>
    private string WatchFolder()
    {
        string watches = _options.WatchFolder;
        StateFile.MakeFolder(watches);
        foreach (string old in Directory.GetDirectories(watches).OrderDescending(StringComparer.Ordinal).Skip(KeptWatches - 1))
        {
            // Out of sight first: what is read back at the start must not meet half a watch.
            string leaving = Path.Combine(watches, $".{Path.GetFileName(old).TrimStart('.')}");
            if (leaving != old)
            {
                Directory.Move(old, leaving);
            }

            Directory.Delete(leaving, recursive: true);
        }

        return Path.Combine(watches, JobBook.NewId(_clock.GetUtcNow()));
    }
}
