using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using LabRunner.Station.Access;
using LabRunner.Station.Jobs;
using LabRunner.Station.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace LabRunner.Station.Tests.Schedule;

/// <summary>A slot that fails its health check leaves the pool until it passes.</summary>
[CancelAfter(120_000)]
[NonParallelizable]
public sealed class HealthTests
{
    private FakeTimeProvider _clock;
    private TestStation _station;
    private HttpClient _client;

    [SetUp]
    public async Task StartAsync()
    {
        _clock = new(ScheduleFiles.At("2026-06-01T10:30Z"));
        _station = await TestStation.StartAsync(schedule: "health: { fresh: 1h, again: 10m, limit: 20s }\n", clock: _clock);
        _client = _station.Client(owner: "Anna");
    }

    [TearDown]
    public async Task EndAsync()
    {
        _client.Dispose();
        await _station.DisposeAsync();
    }

    [Test]
    public async Task Slot_ThatDoesNotServe_IsLeftOutOfTheRun_AndComesBackWhenItPasses()
    {
        _station.Opener.Plugs["p2"].Bricked = true;
        _station.Opener.Made = (name, plug) => plug.Bricked = name == "p2" && _station.Opener.Begun.IsEmpty;
        string id = (await TestStation.JsonAsync(await _client.PostAsJsonAsync("jobs", new { plan = "check" }))).GetProperty("id").GetString()!;
        await TestStation.UntilAsync(() => _station.Opener.Begun.Count == 1);
        JsonElement pool = await _client.GetFromJsonAsync<JsonElement>("pool");
        JsonElement slots = await _client.GetFromJsonAsync<JsonElement>("slots");
        string during = _station.Services.GetRequiredService<JobBook>().Find(id)!.Text!;
        _station.Opener.RunMayEnd.SetResult();
        await TestStation.UntilAsync(() => _station.Services.GetRequiredService<JobBook>().Find(id)!.IsOver && _station.Keeper.Now.Bench is not null);
        _clock.Advance(TimeSpan.FromMinutes(10));
        await UntilAsync(() => _client.GetFromJsonAsync<JsonElement>("pool").Result.GetProperty("slots")[1].GetProperty("inPool").GetBoolean());
        using HttpClient chief = _station.Client(Role.Administer);
        JsonElement[] log = (await chief.GetFromJsonAsync<JsonElement[]>("audit"))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(pool.GetProperty("slots").EnumerateArray().Select(s => $"{s.GetProperty("slot")} {s.GetProperty("inPool")} {s.GetProperty("health").GetProperty("state")}"), Is.EqualTo(new[] { "p1 True Good", "p2 False Bad" }));
            Assert.That(slots[1].GetProperty("outOfPool").GetString(), Does.Contain("does not serve 20 s after its power came"));
            Assert.That(_station.Opener.Begun.First().Slots, Is.EqualTo(new[] { "p1" }));
            Assert.That(during, Is.EqualTo("Without p2, out of the pool."));
            Assert.That(log.Select(e => $"{e.GetProperty("who")}: {e.GetProperty("what")}"), Has.Some.StartsWith("the health check: Slot p2 leaves the pool: ").And.Some.StartsWith("the health check: Slot p2 is back in the pool: "));
            Assert.That(_station.Opener.Plugs["p1"].State, Is.EqualTo(PowerState.Off), "what the check switched on it switches off");
        }
    }

    [Test]
    public async Task Machine_ThatIsNotFit_LetsNoRunBegin_UntilItIs()
    {
        _station.Opener.MachineProblem = "Space: 12 MB are free";
        string id = (await TestStation.JsonAsync(await _client.PostAsJsonAsync("jobs", new { plan = "check" }))).GetProperty("id").GetString()!;
        JobBook jobs = _station.Services.GetRequiredService<JobBook>();
        await TestStation.UntilAsync(() => jobs.Find(id)!.Text is not null);
        string waits = jobs.Find(id)!.Text!;
        _station.Opener.MachineProblem = null;
        HttpResponseMessage asked = await _client.PostAsJsonAsync("pool/check", new { why = "made room" });
        await TestStation.UntilAsync(() => _station.Opener.Begun.Count == 1);
        _station.Opener.RunMayEnd.SetResult();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(waits, Is.EqualTo("It waits: the machine is not fit for a run: Space: 12 MB are free. It is looked at again."));
            Assert.That(asked.StatusCode, Is.EqualTo(HttpStatusCode.Accepted));
        }
    }

    [Test]
    public async Task Slot_ThatSomebodyHas_IsLeftAlone_AndStaysAsItWas()
    {
        using HttpClient bob = _station.Client(owner: "Bob");
        await bob.PostAsJsonAsync("leases", new { slots = new[] { "p2" }, minutes = 30 });
        await _client.PostAsJsonAsync("pool/check", new { });
        await TestStation.UntilAsync(() => _client.GetFromJsonAsync<JsonElement>("pool").Result.GetProperty("checked").ValueKind == JsonValueKind.String);
        JsonElement pool = await _client.GetFromJsonAsync<JsonElement>("pool");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(pool.GetProperty("slots").EnumerateArray().Select(s => $"{s.GetProperty("inPool")} {s.GetProperty("health").GetProperty("state")}"), Is.EqualTo(new[] { "True Good", "True Unknown" }));
            Assert.That(pool.GetProperty("slots").EnumerateArray().Select(s => s.GetProperty("health").GetProperty("looked").ValueKind), Is.EqualTo(new[] { JsonValueKind.String, JsonValueKind.Null }));
            Assert.That(_station.Opener.Plugs["p2"].Log, Has.None.EqualTo("on"));
        }
    }

    [Test]
    public async Task Slot_WhoseSupplyFails_IsOutOfThePool_AlsoAfterARestart()
    {
        _station.Opener.Plugs["p1"].OnFails = new BenchFaultException(FaultKind.Power, "p1", "the outlet does not answer", "Look at it");
        await _client.PostAsJsonAsync("pool/check", new { });
        await TestStation.UntilAsync(() => !_client.GetFromJsonAsync<JsonElement>("pool").Result.GetProperty("slots")[0].GetProperty("inPool").GetBoolean());
        _station = await _station.AgainAsync();
        using HttpClient later = _station.Client();
        JsonElement slot = await later.GetFromJsonAsync<JsonElement>("slots/p1");

        Assert.That(slot.GetProperty("outOfPool").GetString(), Does.Contain("the outlet does not answer"));
    }

    [Test]
    public async Task Slot_ThatTheInventoryHasNoMore_HoldsNoRunUp()
    {
        const string Bad = """{ "state": "Bad", "text": "it does not serve", "since": "2026-05-01T00:00Z", "looked": "2026-06-01T10:29Z" }""";
        await File.WriteAllTextAsync(Path.Combine(_station.Options.StateFolder, "pool.json"), $$"""{ "p9": {{Bad.Replace("10:29", "09:29", StringComparison.Ordinal)}}, "p2": {{Bad}}, "p1": null }""");
        _station = await _station.AgainAsync();
        using HttpClient later = _station.Client(owner: "Anna");
        string? known = (await later.GetFromJsonAsync<JsonElement>("slots/p2")).GetProperty("outOfPool").GetString();
        await later.PostAsJsonAsync("jobs", new { plan = "check" });
        await TestStation.UntilAsync(() => _station.Opener.Begun.Count == 1);
        _station.Opener.RunMayEnd.SetResult();

        Assert.That(known, Is.EqualTo("it does not serve"), "what the bench still has is remembered");
    }

    [Test]
    public async Task CheckThatIsFreshForNoTime_LetsTheRunItWasMadeForBegin()
    {
        await File.WriteAllTextAsync(Path.Combine(_station.Folder, "schedule.yaml"), "schedule: fake\nhealth: { fresh: 0s, limit: 20s }\n");
        _station = await _station.AgainAsync();
        using HttpClient later = _station.Client(owner: "Anna");
        await later.PostAsJsonAsync("jobs", new { plan = "check" });
        await UntilAsync(() => _station.Opener.Begun.Count == 1);
        _station.Opener.RunMayEnd.SetResult();

        Assert.That(_station.Log.Lines.Count(l => l.Text.StartsWith("Health check: every slot", StringComparison.Ordinal)), Is.EqualTo(1));
    }

    [Test]
    public async Task RunOfAnEntry_BeginsAfterACheck_ThoughTheScheduleSaysNothingOfIt_AndARunOfPeopleDoesNot()
    {
        await File.WriteAllTextAsync(Path.Combine(_station.Folder, "schedule.yaml"), "schedule: fake\n");
        _station = await _station.AgainAsync();
        _station.Opener.Made = (name, plug) => plug.Bricked = name == "p2";
        _station.Opener.RunMayEnd.SetResult();
        using HttpClient later = _station.Client(owner: "Anna");
        await later.PostAsJsonAsync("jobs", new { plan = "check" });
        await TestStation.UntilAsync(() => _station.Opener.Begun.Count == 1 && _station.Keeper.Now is { Job: null, Bench: not null });
        bool checkedForPeople = Checks() > 0;
        _station.Services.GetRequiredService<JobBook>().Put(new Job { Id = "night", Plan = "check", Owner = "the schedule", Created = _clock.GetUtcNow(), Entry = "night" });
        await UntilAsync(() => _station.Opener.Begun.Count == 2);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((checkedForPeople, Checks()), Is.EqualTo((false, 1)));
            Assert.That(_station.Opener.Begun.Select(j => j.Slots), Is.EqualTo(new[] { null, new[] { "p1" } }));
        }

        int Checks() => _station.Log.Lines.Count(l => l.Text.StartsWith("Health check: every slot", StringComparison.Ordinal));
    }

    [Test]
    public async Task WhatIsBad_IsLookedAtAgainAlone()
    {
        _station.Opener.Plugs["p2"].Bricked = true;
        _station.Opener.MachineProblem = "Space: 12 MB are free";
        await _client.PostAsJsonAsync("pool/check", new { });
        await UntilAsync(() => Looked(1) is not null);
        string[] first = [.. _station.Opener.Plugs["p1"].Log];
        _station.Opener.Plugs["p2"].Bricked = false;
        DateTimeOffset? before = Looked(1);
        _clock.Advance(TimeSpan.FromMinutes(10));
        await UntilAsync(() => Looked(1) != before && LookedAtMachine() > before);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first, Has.Some.EqualTo("on"), "the check that somebody asks for looks at all");
            Assert.That(_station.Opener.Plugs["p1"].Log.Count(l => l == "on"), Is.EqualTo(first.Count(l => l == "on")), "what is good keeps quiet");
        }
    }

    /// <summary>When a slot was looked at last.</summary>
    private DateTimeOffset? Looked(int slot) => _client.GetFromJsonAsync<JsonElement>("pool").Result.GetProperty("slots")[slot].GetProperty("health").GetProperty("looked") is { ValueKind: JsonValueKind.String } at ? at.GetDateTimeOffset() : null;

    private DateTimeOffset LookedAtMachine() => _client.GetFromJsonAsync<JsonElement>("pool").Result.GetProperty("machine").GetProperty("looked").GetDateTimeOffset();

    /// <summary>As time goes on.</summary>
    private Task UntilAsync(Func<bool> isSo) => TestStation.UntilAsync(() =>
    {
        _clock.Advance(TimeSpan.FromSeconds(1));
        return isSo();
    });
}
