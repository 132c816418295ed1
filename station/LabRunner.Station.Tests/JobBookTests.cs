using System.Diagnostics;
using System.Net.Http.Json;
using LabRunner.Station.Jobs;
using LabRunner.Station.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LabRunner.Station.Tests;

/// <summary>What becomes of a job stays so, also where it was stopped in the last moment or the disk is full.</summary>
[CancelAfter(120_000)]
public sealed class JobBookTests
{
    [Test]
    public async Task Job_ThatIsStoppedWhenItsTurnHasJustCome_DoesNotRun(CancellationToken cancellationToken)
    {
        BeginningClock clock = new();
        await using TestStation station = await TestStation.StartAsync(clock: clock);
        using HttpClient client = station.Client(owner: "Anna");
        JobBook jobs = station.Services.GetRequiredService<JobBook>();
        clock.Begins = () =>
        {
            // As DELETE does.
            Job waits = jobs.Queue().Single();
            jobs.Change(waits.Id, j => j with { State = JobState.Stopped, Text = "Anna took it out of the queue." });
        };
        string stopped = await AddAsync();
        await TestStation.UntilAsync(() => jobs.Find(stopped)!.IsOver && station.Keeper.Now.Bench is not null);
        string next = await AddAsync();
        await TestStation.UntilAsync(() => !station.Opener.Begun.IsEmpty);
        station.Opener.RunMayEnd.SetResult();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(station.Opener.Begun.Select(j => j.Id), Is.EqualTo(new[] { next }));
            Assert.That((jobs.Find(stopped)!.State, jobs.Find(stopped)!.Folder), Is.EqualTo((JobState.Stopped, (string?)null)));
        }

        async Task<string> AddAsync() => (await TestStation.JsonAsync(await client.PostAsJsonAsync("jobs", new { plan = "check" }, cancellationToken))).GetProperty("id").GetString()!;
    }

    [Test]
    public void Fact_ThatTheDiskDoesNotTake_IsSoAllTheSame_AndIsWrittenLater()
    {
        string folder = Directory.CreateTempSubdirectory("jobs-").FullName;
        JobBook jobs = new(folder);
        Job job = new() { Id = "j1", Plan = "check", Owner = "Anna", Created = DateTimeOffset.UnixEpoch, State = JobState.Running };
        jobs.Put(job);

        // Where the half file would be: it cannot be written.
        string half = Path.Combine(folder, "jobs", "j1.json.new");
        Directory.CreateDirectory(half);
        string? problem = jobs.PutFact(job with { State = JobState.Done });
        jobs.WriteLeft();
        JobState[] states = [jobs.Find("j1")!.State, new JobBook(folder).Find("j1")!.State];
        Directory.Delete(half);
        jobs.WriteLeft();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(problem, Does.Contain("cannot be written"));
            Assert.That(states, Is.EqualTo(new[] { JobState.Done, JobState.Running }));
            Assert.That(new JobBook(folder).Find("j1")!.State, Is.EqualTo(JobState.Done));
        }

        Directory.Delete(folder, recursive: true);
    }

    /// <summary>The machine's clock, which does something once when the keeper begins a job: between the look at the queue and the run.</summary>
    private sealed class BeginningClock : TimeProvider
    {
        private Action? _begins;

        public Action? Begins
        {
            set => _begins = value;
        }

        public override DateTimeOffset GetUtcNow()
        {
            if (_begins is not null && new StackTrace().GetFrames().Any(f => f.GetMethod() is { Name: "Begin", DeclaringType.Name: "BenchKeeper" }))
            {
                Interlocked.Exchange(ref _begins, null)?.Invoke();
            }

            return System.GetUtcNow();
        }
    }
}
