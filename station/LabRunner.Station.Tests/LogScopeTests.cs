using System.Net.Http.Json;
using LabRunner.Station.Jobs;
using LabRunner.Station.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LabRunner.Station.Tests;

/// <summary>Which slot and which run a line of the log is of.</summary>
[CancelAfter(120_000)]
public sealed class LogScopeTests
{
    private TestStation _station;

    [SetUp]
    public async Task StartAsync() => _station = await TestStation.StartAsync();

    [TearDown]
    public ValueTask EndAsync() => _station.DisposeAsync();

    [Test]
    public async Task WhatARunSays_CarriesTheRun_FromItsBeginningToItsEnd_AndWhatComesAfterDoesNot()
    {
        using HttpClient anna = _station.Client(owner: "Anna");
        string job = (await TestStation.JsonAsync(await anna.PostAsJsonAsync("jobs", new { plan = "smoke" }))).GetProperty("id").GetString()!;
        await TestStation.UntilAsync(() => _station.Log.Of("The fake night plays smoke.") is not null);
        await anna.DeleteAsync(new Uri($"jobs/{job}", UriKind.Relative));
        await TestStation.UntilAsync(() => _station.Services.GetRequiredService<JobBook>().Find(job)!.IsOver && _station.Keeper.Now is { Job: null, Bench: not null });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(_station.Log.Of($"Run {job} (plan smoke) of Anna begins."), Is.EqualTo(((string?)null, job)));
            Assert.That(_station.Log.Of("The fake night plays smoke."), Is.EqualTo(((string?)null, job)));
            Assert.That(_station.Log.Of($"Run {job} ended"), Is.EqualTo(((string?)null, job)));
            Assert.That(_station.Log.Of("stopped, answered 200"), Is.EqualTo(((string?)null, job)));
            Assert.That(_station.Log.Of("slots are watched"), Is.EqualTo(((string?)null, (string?)null)));
        }
    }

    [TestCase("p2: the end of 'power' failed: it did not follow", "p2")]
    [TestCase("Bench fault: slot p1: the supply does not follow. Look at it.", "p1")]
    [TestCase("Slot p2 leaves the pool: it does not serve.", "p2")]
    [TestCase("Slot p1 is back in the pool: it serves.", "p1")]
    [TestCase("Slot p11 is none of this bench.", null)]
    [TestCase("The guard process is gone; a new one is started.", null)]
    [TestCase("p22: no slot of this bench", null)]
    public void WhatIsOfOneSlot_CarriesIt(string sentence, string? slot)
    {
        _station.Keeper.Say(sentence);

        Assert.That(_station.Log.Of(sentence), Is.EqualTo((slot, (string?)null)));
    }

    [Test]
    public async Task Incident_CarriesItsRun_AndInAWatchNone()
    {
        using HttpClient anna = _station.Client(owner: "Anna");
        await FreezeAsync(anna);
        (string?, string?)? watched = _station.Log.Of("incident 1, NET_FREEZE");
        string job = (await TestStation.JsonAsync(await anna.PostAsJsonAsync("jobs", new { plan = "smoke" }))).GetProperty("id").GetString()!;
        await TestStation.UntilAsync(() => _station.Keeper.Now is { Bench: not null, Job: not null });
        int before = Incidents();
        await FreezeAsync(anna, before);
        _station.Opener.RunMayEnd.SetResult();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(watched, Is.EqualTo(("p1", (string?)null)));
            Assert.That(_station.Log.Of("incident 1, NET_FREEZE"), Is.EqualTo(("p1", job)));
        }
    }

    private async Task FreezeAsync(HttpClient client, int before = 0)
    {
        await client.PostAsJsonAsync("slots/p1/power", new { state = "on" });
        await TestStation.UntilAsync(() => _station.Keeper.Now.Bench?.Session.GetLive()[0].Status.Ready == true);
        _station.Opener.Plugs["p1"].FreezeNetwork();
        await TestStation.UntilAsync(() => Incidents() > before);
    }

    private int Incidents() => _station.Log.Lines.Count(l => l.Text.Contains("incident 1, NET_FREEZE", StringComparison.Ordinal));

    [Test]
    public async Task Request_CarriesItsSlot()
    {
        using HttpClient anna = _station.Client(owner: "Anna");
        await anna.PostAsJsonAsync("slots/p2/power", new { state = "on" });

        Assert.That(_station.Log.Of("power on of p2, answered 200"), Is.EqualTo(("p2", (string?)null)));
    }
}
