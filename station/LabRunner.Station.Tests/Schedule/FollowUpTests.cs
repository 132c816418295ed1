using LabRunner.Hardware.Faults;
using LabRunner.Station.Builds;
using LabRunner.Station.Jobs;
using LabRunner.Station.Runs;
using LabRunner.Station.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LabRunner.Station.Tests.Schedule;

/// <summary>After a run of an entry: compared with the one before, and told.</summary>
[CancelAfter(120_000)]
[NonParallelizable]
public sealed class FollowUpTests
{
    [Test]
    public async Task Run_IsComparedWithTheOneBefore_AndTold_AlsoWhenTheStationEndedMeanwhile()
    {
        await using NewsHook hook = await NewsHook.StartAsync();
        TestStation station = await TestStation.StartAsync();
        station.Opener.RunMayEnd.SetResult();
        string notify = await NotifyAsync(station, hook);
        JobBook jobs = station.Services.GetRequiredService<JobBook>();
        Job first = await RunAsync(jobs, "a", notify);
        Job second = await RunAsync(jobs, "b", notify);
        using HttpClient client = station.Client();
        HttpResponseMessage page = await client.GetAsync(new Uri($"runs/{Path.GetFileName(second.Folder)}/comparison.html", UriKind.Relative));
        string html = await page.Content.ReadAsStringAsync();

        // As a station leaves it that ends between the run's end and the news of it.
        jobs.Put(second with { After = null });
        station = await station.AgainAsync();
        JobBook later = station.Services.GetRequiredService<JobBook>();
        await TestStation.UntilAsync(() => later.Find("b")!.After is not null);
        await station.DisposeAsync();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.After, Is.EqualTo("There is no run before to compare with. Told webhook (channel 1)."));
            Assert.That(second.After, Does.StartWith($"CANNOT TELL against {Path.GetFileName(first.Folder)}: ").And.EndWith("Told webhook (channel 1)."));
            Assert.That(html, Does.Contain("CANNOT TELL"));
            Assert.That(later.Find("b")!.After, Is.EqualTo(second.After));
            Assert.That(hook.Told, Has.Count.GreaterThanOrEqualTo(2));
            Assert.That(hook.Told[0], Does.Contain("There is no run before to compare with."));
            Assert.That(hook.Told[1], Does.Contain("CANNOT TELL against"));
        }
    }

    [Test]
    public async Task Run_WhoseBenchCannotBeOpened_IsTold_WithoutAPicture()
    {
        await using NewsHook hook = await NewsHook.StartAsync();
        await using TestStation station = await TestStation.StartAsync();
        station.Opener.RunFault = new BenchFaultException(FaultKind.Serial, "slot p1", "its console is gone", "Plug the adapter in");
        Job job = await RunAsync(station.Services.GetRequiredService<JobBook>(), "a", await NotifyAsync(station, hook));

        using (Assert.EnterMultipleScope())
        {
            Assert.That((job.State, job.After), Is.EqualTo((JobState.Failed, "Told webhook (channel 1).")));
            Assert.That(Directory.Exists(job.Folder), Is.False);
            Assert.That(hook.Told, Is.EqualTo(new[] { $"INVALID: fake, check: {BuildDesk.Owner} had it run, and there is no run: {job.Text}" }));
            Assert.That(job.Text, Does.Contain("its console is gone").And.Contain("Plug the adapter in"));
        }
    }

    [Test]
    public async Task WhatWasLeftOut_IsTold_AlsoWhenTheStationEndedMeanwhile_AndOnce()
    {
        await using NewsHook hook = await NewsHook.StartAsync();
        TestStation station = await TestStation.StartAsync();
        string notify = await NotifyAsync(station, hook);
        NewsBook book = station.Services.GetRequiredService<NewsBook>();
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        book.Put(new StationNews("night 1", notify, "check", "Entry 'night': left out.", now));
        await TestStation.UntilAsync(() => book.All().Count == 0);

        // As a station leaves it that ends before it has told.
        book.Put(new StationNews("night 2", Path.Combine(station.Folder, "none.yaml"), "check", "Nobody hears of it.", now));
        await TestStation.UntilAsync(() => book.All().Count == 0);
        new NewsBook(station.Options.StateFolder).Put(new StationNews("night 3", notify, "check", "Entry 'night': left out again.", now));
        station = await station.AgainAsync();
        await TestStation.UntilAsync(() => hook.Told.Count == 2 && station.Services.GetRequiredService<NewsBook>().All().Count == 0);
        await station.DisposeAsync();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(hook.Told, Is.EqualTo(new[] { "INVALID: fake, check: Entry 'night': left out.", "INVALID: fake, check: Entry 'night': left out again." }));
            Assert.That(station.Log.Lines.Select(l => l.Text), Has.Some.EqualTo("News of 'night 3': Told webhook (channel 1)."));
        }
    }

    [Test]
    public async Task Channel_ThatCannotBeHad_IsSaid_AndTheRunStaysAsItWas()
    {
        await using TestStation station = await TestStation.StartAsync();
        station.Opener.RunMayEnd.SetResult();
        Job job = await RunAsync(station.Services.GetRequiredService<JobBook>(), "a", Path.Combine(station.Folder, "none.yaml"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(job.After, Does.Contain("none.yaml").And.Contain("there is no such file"));
            Assert.That(job.State, Is.EqualTo(JobState.Done));
        }
    }

    private static async Task<string> NotifyAsync(TestStation station, NewsHook hook)
    {
        string notify = Path.Combine(station.Folder, "notify.yaml");
        await File.WriteAllTextAsync(notify, $"channels:\n  - {{ kind: webhook, url: \"{hook.Address}\" }}\n");
        return notify;
    }

    private static async Task<Job> RunAsync(JobBook jobs, string id, string notify)
    {
        jobs.Put(new Job { Id = id, Plan = "check", Owner = BuildDesk.Owner, Created = TimeProvider.System.GetUtcNow(), Entry = "stable", Compare = true, Notify = notify });
        await TestStation.UntilAsync(() => jobs.Find(id)!.After is not null);
        return jobs.Find(id)!;
    }
}
