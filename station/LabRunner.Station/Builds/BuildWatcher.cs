using System.Collections.Concurrent;
using LabRunner.Bench.Inventory;
using LabRunner.Station.Benches;
using LabRunner.Station.Schedule;
using Microsoft.Extensions.Hosting;

namespace LabRunner.Station.Builds;

/// <summary>Looks for new builds, each watch on its own. Thread safe.</summary>
/// <param name="schedule">Watches.</param>
/// <param name="inventory">The bench.</param>
/// <param name="desk">Makes jobs of builds.</param>
/// <param name="book">What was seen.</param>
/// <param name="keeper">Told what happened.</param>
/// <param name="clock">Now.</param>
internal sealed class BuildWatcher(StationSchedule schedule, BenchInventory inventory, BuildDesk desk, BuildBook book, BenchKeeper keeper, TimeProvider clock) : BackgroundService
{
    private readonly ConcurrentDictionary<string, (DateTimeOffset At, string? Problem)> _looks = new(StringComparer.Ordinal);

    /// <summary>When a watch looked last and what was wrong then; null: it has not looked yet.</summary>
    public (DateTimeOffset At, string? Problem)? Look(string watch) => _looks.TryGetValue(watch, out (DateTimeOffset, string?) look) ? look : null;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using Download download = new();
        await Task.WhenAll(schedule.Builds.Select(w => WatchAsync(w, download, stoppingToken))).ConfigureAwait(false);
    }

    private async Task WatchAsync(BuildWatch watch, Download download, CancellationToken stoppingToken)
    {
        IBuildSource source = watch.Place switch
        {
            { Folder: not null } => new FolderSource(watch, clock),
            { Url: not null } => new UrlSource(watch, book, download, clock),
            _ => new MqttSource(watch, inventory.Name, download, clock),
        };
        await using (source.ConfigureAwait(false))
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                await LookAsync(watch, source, stoppingToken).ConfigureAwait(false);

                // A file is seen twice before it counts, so a folder is looked at as often as its files may settle.
                TimeSpan pause = watch.Place.Folder is not null && watch.Settle > TimeSpan.Zero && watch.Settle < watch.Every ? watch.Settle : watch.Every;
                await Task.Delay(pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task LookAsync(BuildWatch watch, IBuildSource source, CancellationToken stoppingToken)
    {
        string? problem = null;
        try
        {
            foreach (string sentence in desk.Take(watch, await source.LookAsync(stoppingToken).ConfigureAwait(false)))
            {
                keeper.Say(sentence);
            }

            await source.AcceptAsync(stoppingToken).ConfigureAwait(false);
            problem = source.Refused;
            if (source.HasSeenAll && !book.Knows(watch))
            {
                book.Begin(watch);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }
        catch (Exception failure)
        {
            // A server that is down, or a full disk, ends no watch.
            problem = failure.Message;
        }

        if (problem is not null && Look(watch.Name)?.Problem != problem)
        {
            keeper.Say($"Builds of '{watch.Name}': {problem}");
        }

        _looks[watch.Name] = (clock.GetUtcNow(), problem);
    }
}
