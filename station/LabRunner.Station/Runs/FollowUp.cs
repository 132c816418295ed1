using LabRunner.Hardware.Faults;
using LabRunner.Reports.Comparison;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Notify;
using LabRunner.Reports.Records;
using LabRunner.Station.Benches;
using LabRunner.Station.Jobs;
using Microsoft.Extensions.Hosting;

namespace LabRunner.Station.Runs;

/// <summary>
/// What is done after a run that asked for it: it is held against the run before of the same entry, and told. What was to run and will not is told too.
/// A station that dies meanwhile does it when it runs again. Thread safe.
/// </summary>
/// <param name="jobs">Whose runs have ended.</param>
/// <param name="news">What else is to be told.</param>
/// <param name="keeper">Told what happened.</param>
/// <param name="clock">Now.</param>
internal sealed class FollowUp(JobBook jobs, NewsBook news, BenchKeeper keeper, TimeProvider clock) : BackgroundService
{
    /// <summary>The comparison in a run's folder.</summary>
    public const string ComparisonFile = "report/comparison.html";

    // Older ones are nobody's news any more.
    private static readonly TimeSpan News = TimeSpan.FromDays(1);

    private readonly SemaphoreSlim _changed = new(1, 1);

    /// <inheritdoc/>
    public override void Dispose()
    {
        _changed.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        jobs.Changed += Wake;
        news.Changed += Wake;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                await _changed.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                foreach (Job job in jobs.All().Reverse().Where(IsDue))
                {
                    await FollowAsync(job, stoppingToken).ConfigureAwait(false);
                }

                foreach (StationNews item in news.All())
                {
                    await TellAsync(item, stoppingToken).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            jobs.Changed -= Wake;
            news.Changed -= Wake;
        }
    }

    private bool IsDue(Job job) =>
        job is { State: JobState.Done or JobState.Failed, After: null, Folder: not null } && (job.Compare || job.Notify is not null) && clock.GetUtcNow() - job.Ended < News;

    private async Task FollowAsync(Job job, CancellationToken stoppingToken)
    {
        List<string> said = [];
        try
        {
            string? compared = job.Compare ? Compare(job) : null;
            said.AddRange(compared is null ? [] : [compared]);
            if (job.Notify is { } file)
            {
                said.AddRange(await TellAsync(job, file, compared, stoppingToken).ConfigureAwait(false));
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }
        catch (Exception failure)
        {
            // A run that cannot be read, or a file that is gone: the run itself is as it was.
            said.Add(failure.Message);
        }

        string text = string.Join(' ', said);
        jobs.Change(job.Id, j => j with { After = text });
        if (text.Length > 0)
        {
            // A run that failed is compared with none.
            keeper.Say($"After run {job.Id}: {text}", job.Id);
        }
    }

    private string? Compare(Job job)
    {
        if (job.State != JobState.Done)
        {
            return null;
        }

        Job? before = jobs.All().FirstOrDefault(j => j.Entry == job.Entry && j.State == JobState.Done && j.Id != job.Id && j.Ended < job.Ended && Directory.Exists(j.Folder));
        if (before is null)
        {
            return "There is no run before to compare with.";
        }

        NightComparison comparison = NightComparison.Of([NightSummary.Read(before.Folder!)], [NightSummary.Read(job.Folder!)], new ComparisonRules());
        File.WriteAllText(Path.Combine(job.Folder!, ComparisonFile), ComparisonPage.Write(comparison));
        string builds(IReadOnlyList<NightSummary> nights) => string.Join(", ", NightComparison.Builds(nights));
        return SafeText.OneLine($"{ComparisonPage.Word(comparison.Overall)} against {Path.GetFileName(before.Folder)}: {builds(comparison.Before)} before, {builds(comparison.After)} now.", 500);
    }

    private Task<IEnumerable<string>> TellAsync(Job job, string file, string? compared, CancellationToken stoppingToken)
    {
        NotifyFile channels = NotifyFile.Load(file);
        NightNews told = NewsOf(job, channels.ReportUrl);
        string text = string.Join(' ', new[] { told.Text, job.State == JobState.Failed && told.Picture is not null ? job.Text : null, compared }.OfType<string>());
        return TellAsync(channels, told with { Text = text }, stoppingToken);
    }

    private NightNews NewsOf(Job job, string? reportUrl)
    {
        string name = Path.GetFileName(job.Folder!), ended = job.Text ?? "The run ended.";
        if (!File.Exists(Path.Combine(job.Folder!, JournalSchema.FileName)))
        {
            // The bench could not be opened: nothing ran, and there is nothing to draw.
            return NightNews.OfNoRun(keeper.Inventory.Name, job.Plan, name, $"{job.Owner} had it run, and there is no run: {ended}");
        }

        try
        {
            return NightNews.Of(job.Folder!, reportUrl);
        }
        catch (BenchFaultException unread)
        {
            return NightNews.OfNoRun(keeper.Inventory.Name, job.Plan, name, $"{ended} What it recorded cannot be read: {unread.Message}");
        }
    }

    private async Task TellAsync(StationNews item, CancellationToken stoppingToken)
    {
        string said;
        try
        {
            said = clock.GetUtcNow() - item.At < News
                ? string.Join(' ', await TellAsync(NotifyFile.Load(item.Notify), NightNews.OfNoRun(keeper.Inventory.Name, item.Plan, item.Name, item.Text), stoppingToken).ConfigureAwait(false))
                : "Not told: it is a day old.";
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }
        catch (Exception failure)
        {
            said = $"Not told: {failure.Message}";
        }

        news.Remove(item);
        keeper.Say($"News of '{item.Name}': {said}");
    }

    private async Task<IEnumerable<string>> TellAsync(NotifyFile channels, NightNews what, CancellationToken stoppingToken)
    {
        IReadOnlyList<Told> told = await new Notifier(clock, Environment.GetEnvironmentVariable).TellAsync(channels, what, stoppingToken).ConfigureAwait(false);
        return told.Select(t => t.Problem is null ? $"Told {t.Channel}." : $"Not told {t.Channel}: {t.Problem}");
    }

    private void Wake()
    {
        try
        {
            _changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake already.
        }
    }
}
