using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Nights;
using LabRunner.Hardware.Faults;
using LabRunner.Reports.Formats;
using LabRunner.Station.Api;
using LabRunner.Station.Jobs;

namespace LabRunner.Station.Client;

/// <content>The queue: jobs put into it, looked at, followed to their end, stopped.</content>
public sealed partial class StationClient
{
    // A run that is stopped makes the bench safe and writes its report.
    private static readonly TimeSpan StopLimit = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan AskLimit = TimeSpan.FromMinutes(1);

    /// <summary>Puts a plan into the queue.</summary>
    public Task<JobView> AddJobAsync(JobRequest request, CancellationToken cancellationToken) => PostAsync<JobView>("jobs", request, cancellationToken);

    /// <summary>Jobs, newest first.</summary>
    public Task<IReadOnlyList<JobView>> JobsAsync(CancellationToken cancellationToken) => GetAsync<IReadOnlyList<JobView>>("jobs", cancellationToken);

    /// <summary>One job.</summary>
    /// <exception cref="UsageException">There is none of this id.</exception>
    public Task<JobView> JobAsync(string id, CancellationToken cancellationToken) => GetAsync<JobView>($"jobs/{Uri.EscapeDataString(id)}", cancellationToken);

    /// <summary>Takes a job out of the queue, or ends its run.</summary>
    /// <returns>As it is now; a run that ends still makes the bench safe.</returns>
    public Task<JobView> StopJobAsync(string id, CancellationToken cancellationToken) => DeleteAsync<JobView>($"jobs/{Uri.EscapeDataString(id)}", cancellationToken);

    /// <summary>Plays a plan as a job of the station, and shows it as a night of one's own. Cancelled, the job is stopped there, and its report waited for.</summary>
    /// <param name="request">What.</param>
    /// <param name="view">Shows it.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="UsageException">The station has no such plan or slot.</exception>
    /// <exception cref="OperationCanceledException">It was stopped before it began.</exception>
    /// <exception cref="BenchFaultException">There is no run to report: somebody else stopped it, the bench could not be opened, or the station does not answer any more.</exception>
    public async Task<NightResult> PlayAsync(JobRequest request, INightView view, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(view);
        cancellationToken.ThrowIfCancellationRequested();
        JobView job = await AskAsync(request, view, cancellationToken).ConfigureAwait(false);
        view.Say($"Job {job.Id} of the station's queue ({Where}). Ctrl-C stops it.");
        try
        {
            job = await FollowJobAsync(job.Id, view, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            using CancellationTokenSource limit = new(StopLimit, TimeProvider.System);
            try
            {
                await StopJobAsync(job.Id, limit.Token).ConfigureAwait(false);
            }
            catch (BenchFaultException silent) when (silent.InnerException is HttpRequestException)
            {
                throw new BenchFaultException(FaultKind.Network, $"station {Where}", $"it does not answer, and job {job.Id} may go on there", $"Once it answers: ./lab queue stop {job.Id}", silent);
            }

            job = await FollowJobAsync(job.Id, view, limit.Token).ConfigureAwait(false);
            if (job is { Run: null, State: JobState.Stopped })
            {
                throw;
            }
        }

        return await ResultAsync(job, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Shows a job until it ends, over ends of the station too.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="view">Shows it.</param>
    /// <param name="cancellationToken">Ends the look; the job goes on.</param>
    /// <exception cref="BenchFaultException">Kind Network: the station does not answer any more.</exception>
    public async Task<JobView> FollowJobAsync(string id, INightView view, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(view);
        long next = 0;
        Hope hope = new(view.Say, $"The station does not answer. Its next start goes on with job {id}; then also: ./lab queue follow {id}");
        while (true)
        {
            await foreach (JobEvent happened in EventsAsync<JobEvent>(FormattableString.Invariant($"jobs/{Uri.EscapeDataString(id)}/stream?from={next}"), hope, cancellationToken).ConfigureAwait(false))
            {
                if (happened.Ended is { } ended)
                {
                    return ended;
                }

                if (happened.Shown is { } shown)
                {
                    view.Show(shown);
                }
                else if ((happened.Said ?? happened.Waits) is { } said)
                {
                    next = happened.Number + 1 ?? next;
                    view.Say(said);
                }
            }

            await Task.Delay(Again, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Puts a job into the queue whatever becomes of the answer: under one key, again and again, so that it is there once.</summary>
    private async Task<JobView> AskAsync(JobRequest request, INightView view, CancellationToken cancellationToken)
    {
        string? key = KeyFor(HttpMethod.Post, request);
        Hope hope = new(view.Say, "The station does not answer. It is asked again, for the same job.");
        while (true)
        {
            // Not by the caller's token: a job whose id was never heard could not be stopped.
            using CancellationTokenSource limit = new(AskLimit, TimeProvider.System);
            try
            {
                return await PostAsync<JobView>("jobs", request, key, limit.Token).ConfigureAwait(false);
            }
            catch (Exception silent) when (silent is OperationCanceledException or BenchFaultException { InnerException: HttpRequestException })
            {
                if (cancellationToken.IsCancellationRequested || !hope.IsLeft())
                {
                    throw new BenchFaultException(
                        FaultKind.Network, $"station {Where}", "it does not answer, and may have the job in its queue", "Look there before you ask again: ./lab queue list", silent);
                }
            }

            await Task.Delay(Again, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>How a job that is over ended, as a night of one's own does.</summary>
    /// <param name="job">It.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BenchFaultException">There is no run to report.</exception>
    public async Task<NightResult> ResultAsync(JobView job, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(job);
        BenchFaultException? fault = job.Problem is { Fault: { } kind } known ? new(kind, known.Place!, known.Problem!, known.Remedy!)
            : job.State == JobState.Failed ? new(FaultKind.Process, $"job {job.Id}", job.Text?.TrimEnd('.') ?? "it failed", "See the station's log")
            : null;
        BenchFaultException NoRun() => fault ?? new(FaultKind.Lease, $"job {job.Id}", job.Text?.TrimEnd('.') ?? "it was stopped", "Ask for it again");
        if (job.Run is not { } run)
        {
            throw NoRun();
        }

        try
        {
            Scorecard card = await GetAsync<Scorecard>($"runs/{Uri.EscapeDataString(run)}/scorecard", cancellationToken).ConfigureAwait(false);
            string folder = card.Paths is { } paths ? Path.GetDirectoryName(Path.GetDirectoryName(paths.Html))! : run;
            return new NightResult(folder, Placed(card, run), job.State == JobState.Stopped, fault);
        }
        catch (UsageException)
        {
            // The bench was never open, so that nothing was recorded.
            throw NoRun();
        }
    }

    /// <summary>The reports of a station elsewhere stand at its address, not in a folder of this machine.</summary>
    private Scorecard Placed(Scorecard card, string run) => IsHere || card.Paths is not { } paths ? card
        : card with { Paths = paths with { Html = new Uri(_http.BaseAddress!, $"runs/{Uri.EscapeDataString(run)}/report.html").ToString() } };
}
