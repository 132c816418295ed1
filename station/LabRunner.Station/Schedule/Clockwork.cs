using LabRunner.Station.Benches;
using LabRunner.Station.Runs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LabRunner.Station.Schedule;

/// <summary>Does what is due: looks at the agenda when an entry is, and now and then, since a wall clock may be set; and removes old runs.</summary>
/// <param name="agenda">What is due.</param>
/// <param name="sweeper">Removes old runs.</param>
/// <param name="keeper">Told what happened.</param>
/// <param name="clock">Now.</param>
/// <param name="services">Has the certificate, where there is one.</param>
internal sealed class Clockwork(Agenda agenda, RunSweeper sweeper, BenchKeeper keeper, TimeProvider clock, IServiceProvider services) : BackgroundService
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    // A station that has just started has better to do.
    private static readonly TimeSpan FirstSweep = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        (long since, TimeSpan sweep) = (clock.GetTimestamp(), FirstSweep);
        while (!stoppingToken.IsCancellationRequested)
        {
            Try("The schedule cannot be kept", () =>
            {
                foreach (string sentence in agenda.Look())
                {
                    keeper.Say(sentence);
                }
            });
            if (sweeper.Rule is { } rule && clock.GetElapsedTime(since) >= sweep)
            {
                (since, sweep) = (clock.GetTimestamp(), rule.Every);
                Try("Old runs cannot be removed", Sweep);
            }

            // One that runs out is told of though nobody comes.
            _ = services.GetService<StationCertificate>()?.Current;
            TimeSpan wait = agenda.Next() - clock.GetUtcNow() is { } until && until < Longest ? until : Longest;
            await Task.Delay(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Sweep()
    {
        SweepPlan done = sweeper.Sweep();
        string[] gone = [.. done.Rows.Where(r => r.Goes).Select(r => r.Run)];
        if (gone.Length > 0)
        {
            keeper.Say($"Removed {gone.Length} old runs: {string.Join(", ", gone)}.");
        }

        if (done.Problem is { } problem)
        {
            keeper.Say($"Old runs: {problem}");
        }
    }

    // A full disk, say, ends no station: what is due stays due.
    private void Try(string what, Action act)
    {
        try
        {
            act();
        }
        catch (Exception failure)
        {
            keeper.Say($"{what}: {failure.Message}");
        }
    }
}
