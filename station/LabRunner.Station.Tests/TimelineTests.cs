using System.Net.Http.Json;
using System.Text.Json;
using LabRunner.Bench.Session;
using LabRunner.Reports.Records;
using LabRunner.Station.Api;
using LabRunner.Station.Jobs;
using LabRunner.Station.Tests.Support;

namespace LabRunner.Station.Tests;

/// <summary>What is told of what was done and of what is to come: the events of a slot, the end of a run, what became of a job.</summary>
[CancelAfter(120_000)]
public sealed class TimelineTests
{
    [Test]
    public async Task Events_HaveWhatWasDoneByHand_InOrder_WithWhoAndWhy_AndNothingThatWasRefused(CancellationToken cancellationToken)
    {
        await using TestStation station = await TestStation.StartAsync();
        using HttpClient anna = station.Client(owner: "Anna");
        (await anna.PostAsJsonAsync("slots/p1/power", new { state = "on" }, cancellationToken)).EnsureSuccessStatusCode();
        (await anna.PostAsJsonAsync("slots/p1/inject", new { watts = 60, why = "calibration" }, cancellationToken)).EnsureSuccessStatusCode();
        (await anna.PostAsJsonAsync("slots/p1/press", new { lengthMs = 120, answerMs = 0 }, cancellationToken)).EnsureSuccessStatusCode();
        (await anna.PostAsJsonAsync("slots/p1/console", new { text = "help" }, cancellationToken)).EnsureSuccessStatusCode();
        await anna.PostAsJsonAsync("slots/p1/inject", new { watts = -1 }, cancellationToken);
        (await anna.DeleteAsync(new Uri("slots/p1/inject", UriKind.Relative), cancellationToken)).EnsureSuccessStatusCode();
        EventView[] events = (await anna.GetFromJsonAsync<EventView[]>("slots/p1/events", Document.Json, cancellationToken))!;
        EventView[] others = (await anna.GetFromJsonAsync<EventView[]>("slots/p2/events", Document.Json, cancellationToken))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(events.Where(e => e.Text.Contains(", by Anna", StringComparison.Ordinal)).Select(e => $"{e.Kind}: {e.Text}"), Is.EqualTo(new[]
            {
                "act: 60 W at 230 V, power factor 1, into p1, by Anna: calibration", "act: press of p1, 120 ms × 1, by Anna", "act: 4 characters to the console of p1, by Anna", "act: pulses of p1 stopped, by Anna",
            }));
            Assert.That(events.Select(e => e.At), Is.Ordered);
            Assert.That(others.Select(e => e.Text), Has.None.Contains("p1"));
        }
    }

    [Test]
    public async Task RunThatWasGoneOnWith_TellsWhenItMayEnd(CancellationToken cancellationToken)
    {
        TestStation first = await TestStation.StartAsync();
        using (HttpClient anna = first.Client(owner: "Anna"))
        {
            await anna.PostAsJsonAsync("jobs", new { plan = "check", slots = new[] { "p1" } }, cancellationToken);
            await TestStation.UntilAsync(() => first.Keeper.Now is { Bench: not null, Job: not null });
        }

        await using TestStation second = await first.AgainAsync();
        await TestStation.UntilAsync(() => second.Keeper.Now is { Bench: not null, Job: not null });
        BenchSession session = second.Keeper.Now.Bench!.Session;
        long test = await session.BeginTestAsync("p1", "S17", "Runs", "S17.Runs", cancellationToken);
        await session.EndTestAsync(test, Verdict.Pass, null, null, cancellationToken);
        await session.BeginTestAsync("p1", "S02", "Cuts", "S02.Cuts", cancellationToken);
        using HttpClient later = second.Client(owner: "Anna");
        await TestStation.UntilAsync(() => later.GetFromJsonAsync<JobView[]>("jobs", Document.Json).Result![0].Progress is { Least: > 0 });
        JobView job = (await later.GetFromJsonAsync<JobView[]>("jobs", Document.Json, cancellationToken))![0];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(job.Resumed, Is.EqualTo(1));
            Assert.That(job.ExpectedEnd, Is.GreaterThan(TimeProvider.System.GetUtcNow()));
        }
    }

    [Test]
    public void WhatWasSaidToBeInTheQueue_IsToldAsItIsNow()
    {
        string folder = Directory.CreateTempSubdirectory("became-").FullName;
        try
        {
            JobBook jobs = new(folder);
            Job job = new() { Id = "j1", Plan = "smoke", Owner = "Anna", Created = DateTimeOffset.UnixEpoch };
            List<string> told = [jobs.Became("in the queue as job j1.", "j1")];
            foreach (Job now in (Job[])[job, job with { State = JobState.Running }, job with { State = JobState.Done, Verdict = "PASS", Text = "Nothing failed." }, job with { State = JobState.Stopped, Text = "Bob took it out of the queue." }])
            {
                jobs.Put(now);
                told.Add(jobs.Became("in the queue as job j1.", "j1"));
            }

            told.Add(jobs.Became("refused: it is no firmware.", null));
            Assert.That(told, Is.EqualTo(new[]
            {
                "in the queue as job j1.", "in the queue as job j1.", "runs as job j1.", "played as job j1: PASS. Nothing failed.", "stopped as job j1: Bob took it out of the queue.", "refused: it is no firmware.",
            }));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
