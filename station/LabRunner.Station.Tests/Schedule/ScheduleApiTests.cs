using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LabRunner.Bench.Inventory;
using LabRunner.Station.Access;
using LabRunner.Station.Jobs;
using LabRunner.Station.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace LabRunner.Station.Tests.Schedule;

/// <summary>A whole station over plugs in memory that does things by itself.</summary>
[CancelAfter(120_000)]
[NonParallelizable]
public sealed class ScheduleApiTests
{
    private FakeTimeProvider _clock;

    [SetUp]
    public void SetUp() => _clock = new(ScheduleFiles.At("2026-06-01T10:30Z"));

    [Test]
    public async Task Entry_ThatIsDue_RunsByItself_AndTheQuietHoursHoldTheNextOneUp()
    {
        await using TestStation station = await TestStation.StartAsync(
            schedule: "quietHours:\n  noon: { from: \"12:00\", to: \"13:00\" }\nentries:\n  hourly: { cron: \"0 * * * *\", plan: check, slots: [p2], why: \"each hour\" }\n", clock: _clock);
        using HttpClient client = station.Client();
        JobBook jobs = station.Services.GetRequiredService<JobBook>();
        await TestStation.UntilAsync(() => File.Exists(Path.Combine(station.Options.StateFolder, "schedule.json")));
        JsonElement before = await client.GetFromJsonAsync<JsonElement>("schedule?count=2");
        await AdvanceAsync(() => jobs.All().Count == 1, TimeSpan.FromMinutes(30));
        await TestStation.UntilAsync(() => station.Keeper.Now is { Job: not null, Bench: not null });
        station.Opener.RunMayEnd.SetResult();
        await TestStation.UntilAsync(() => jobs.All().Single().IsOver);
        await AdvanceAsync(() => jobs.All().Count == 2, TimeSpan.FromMinutes(60));
        await TestStation.UntilAsync(() => jobs.Queue().SingleOrDefault()?.Text is not null);
        JsonElement during = await client.GetFromJsonAsync<JsonElement>("schedule");
        string waits = jobs.Queue().Single().Text!;
        await AdvanceAsync(() => jobs.All().Count(j => j.IsOver) == 2, TimeSpan.FromMinutes(60));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(before.GetProperty("due").EnumerateArray().Select(d => $"{d.GetProperty("at").GetDateTimeOffset():HH:mm} {d.GetProperty("startsAt").GetDateTimeOffset():HH:mm}"), Is.EqualTo(new[] { "11:00 11:00", "12:00 13:00" }));
            Assert.That(station.Opener.Begun.First().Slots, Is.EqualTo(new[] { "p2" }));
            Assert.That(during.GetProperty("quietUntil").GetDateTimeOffset(), Is.EqualTo(ScheduleFiles.At("2026-06-01T13:00Z")));
            Assert.That(during.GetProperty("entries")[0].GetProperty("last").GetProperty("text").GetString(), Does.Contain("it waits for the end of the quiet hours at 2026-06-01 13:00:00Z"));
            Assert.That(waits, Does.Contain("quiet hours until 2026-06-01 13:00:00Z"));
        }
    }

    [Test]
    public async Task Run_ThatIsPinned_OutlivesItsAge_AndASweepTellsTheAuditLog()
    {
        await using TestStation station = await TestStation.StartAsync(schedule: "retention: { keepFor: 30d, keepNewest: 0 }\n", clock: _clock);
        using HttpClient anna = station.Client(Role.Use, "Anna");
        using HttpClient bob = station.Client(Role.Use, "Bob");
        using HttpClient chief = station.Client(Role.Administer);
        foreach (string run in new[] { "old", "reference" })
        {
            string folder = Directory.CreateDirectory(Path.Combine(station.Options.RunsFolder, run)).FullName;
            await File.WriteAllTextAsync(Path.Combine(folder, "journal.db"), "");
            Directory.SetLastWriteTimeUtc(folder, _clock.GetUtcNow().UtcDateTime.AddDays(-31));
        }

        HttpResponseMessage pinned = await anna.PostAsJsonAsync("runs/reference/pin", new { why = "1.18.228" });
        Directory.SetLastWriteTimeUtc(Path.Combine(station.Options.RunsFolder, "reference"), _clock.GetUtcNow().UtcDateTime.AddDays(-31));
        HttpResponseMessage taken = await bob.PostAsJsonAsync("runs/reference/pin", new { why = "mine" });
        HttpResponseMessage stolen = await bob.DeleteAsync(new Uri("runs/reference/pin", UriKind.Relative));
        JsonElement planned = await bob.GetFromJsonAsync<JsonElement>("retention");
        HttpResponseMessage refused = await bob.PostAsJsonAsync("retention", new { });
        JsonElement done = await TestStation.JsonAsync(await chief.PostAsJsonAsync("retention", new { why = "full" }));
        JsonElement[] log = (await chief.GetFromJsonAsync<JsonElement[]>("audit?count=2"))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(pinned.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(await TestStation.DetailAsync(taken), Is.EqualTo("Anna pinned it. Ask Anna or an administrator."));
            Assert.That(await TestStation.DetailAsync(stolen), Is.EqualTo("Anna pinned it. Ask Anna or an administrator."));
            Assert.That(planned.GetProperty("runs").EnumerateArray().Select(r => $"{r.GetProperty("run")} {r.GetProperty("goes")} {r.GetProperty("why")}"), Is.EqualTo(new[] { "old True older than 30d", "reference False pinned by Anna: 1.18.228" }));
            Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
            Assert.That(done.GetProperty("done").GetBoolean(), Is.True);
            Assert.That(Directory.EnumerateDirectories(station.Options.RunsFolder).Select(Path.GetFileName), Is.EqualTo(new[] { "reference" }));
            Assert.That(log.Select(e => e.GetProperty("what").GetString()), Has.Some.StartsWith("run old of").And.Some.EqualTo("old runs removed now"));
        }
    }

    [Test]
    public async Task Station_WithAWrongSchedule_IsRefusedWithAllMistakes() => await Assert.ThatAsync(
        () => TestStation.StartAsync(schedule: "entries:\n  a: { cron: never, plan: check }\n"),
        Throws.TypeOf<FileProblemsException>().With.Message.Contains("'never' is no time that comes again"));

    /// <summary>Lets the station's wall clock go on, a step at a time, until it has seen it: whoever waits must have begun to.</summary>
    private async Task AdvanceAsync(Func<bool> isSo, TimeSpan by)
    {
        _clock.Advance(by);
        await TestStation.UntilAsync(() =>
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            return isSo();
        });
    }
}
