using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using LabRunner.Bench.Hosting.Nights;
using LabRunner.Station.Benches;
using LabRunner.Station.Jobs;

namespace LabRunner.Station.Api;

/// <summary>Something that happened in a job; one of the four is set.</summary>
/// <param name="Waits">Why it waits, as long as it does.</param>
/// <param name="Number">Of <paramref name="Said"/>: counts up, also over starts of the station; a viewer goes on after the last it has.</param>
/// <param name="Said">A sentence of its run.</param>
/// <param name="Shown">Its slots as they are now.</param>
/// <param name="Ended">The last event: how it ended.</param>
public sealed record JobEvent(string? Waits = null, long? Number = null, string? Said = null, NightSnapshot? Shown = null, JobView? Ended = null);

/// <summary>A job as who follows it sees it, from the queue to its end.</summary>
internal static class JobStream
{
    private static string? Runs(BenchKeeper keeper) => keeper.Now.Job is { } job ? $"It waits: run {job.Id} (plan {job.Plan}) of {job.Owner} goes on." : null;

    /// <summary>Events until its end, or the station's.</summary>
    public static async IAsyncEnumerable<SseItem<JobEvent>> EventsAsync(
        string id, long next, JobBook jobs, JobFeed feed, BenchKeeper keeper, CancellationToken stopping, [EnumeratorCancellation] CancellationToken token)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(token, stopping);
        (string? waits, NightSnapshot? shown) = (null, null);
        while (jobs.Find(id) is { } job)
        {
            Task changed = feed.Changed;
            job = jobs.Find(id) ?? job;
            if (job.State == JobState.Queued && (job.Text ?? Runs(keeper)) is { } text && text != waits)
            {
                waits = text;
                yield return new SseItem<JobEvent>(new JobEvent(Waits: text), "waits");
            }

            (long first, IReadOnlyList<string> sentences, NightSnapshot? picture) = feed.From(id, next);
            next = first + sentences.Count;
            for (int i = 0; i < sentences.Count; i++)
            {
                yield return new SseItem<JobEvent>(new JobEvent(Number: first + i, Said: sentences[i]), "said") { EventId = (first + i).ToString(CultureInfo.InvariantCulture) };
            }

            if (picture is not null && picture != shown)
            {
                shown = picture;
                yield return new SseItem<JobEvent>(new JobEvent(Shown: picture), "shown");
            }

            if (job.IsOver)
            {
                yield return new SseItem<JobEvent>(new JobEvent(Ended: JobEndpoints.View(job, keeper)), "ended");
                yield break;
            }

            Task waiting = changed.WaitAsync(either.Token);
            await waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (waiting.IsCanceled)
            {
                yield break;
            }
        }
    }
}
