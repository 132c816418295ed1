using System.Net.Http.Json;
using System.Text.Json;
using LabRunner.Station.Runs;
using LabRunner.Station.Tests.Support;

namespace LabRunner.Station.Tests;

/// <summary>What happened to slots before the bench was opened as it is now.</summary>
[CancelAfter(120_000)]
[NonParallelizable]
public sealed class ChronicleTests
{
    private TestStation _station;

    [SetUp]
    public async Task StartAsync() => _station = await TestStation.StartAsync();

    [TearDown]
    public ValueTask EndAsync() => _station.DisposeAsync();

    [Test]
    public async Task Incident_OutlivesARunAndARestart_AndABrokenRecordCostsNothing()
    {
        using HttpClient client = _station.Client(owner: "Anna");
        await FreezeAsync(client, "p2");
        JsonElement live = await LastAsync(client, "p2");
        await client.PostAsJsonAsync("jobs", new { plan = "check", slots = new[] { "p1" } });
        await TestStation.UntilAsync(() => _station.Opener.Begun.Count == 1 && _station.Keeper.Now is { Bench: not null, Job: not null });
        JsonElement during = await LastAsync(client, "p2");
        _station.Opener.RunMayEnd.SetResult();
        await TestStation.UntilAsync(() => _station.Keeper.Now is { Bench: not null, Job: null });
        JsonElement after = await LastAsync(client, "p2");

        Break("20990101T000000Z-no-journal", []);
        Break("20990101T000001Z-garbage", [("journal.db", "this is no database")]);
        _station = await _station.AgainAsync();
        using HttpClient again = _station.Client(owner: "Anna");
        await TestStation.UntilAsync(() => LastAsync(again, "p2").Result.ValueKind == JsonValueKind.Object);
        JsonElement restarted = await LastAsync(again, "p2");
        JsonElement[] events = (await again.GetFromJsonAsync<JsonElement[]>("slots/p2/events"))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(live.GetProperty("open").GetBoolean(), Is.True);
            foreach (JsonElement past in new[] { during, after, restarted })
            {
                Assert.That(past.GetProperty("class").GetString(), Is.EqualTo("NET_FREEZE"));
                Assert.That(past.GetProperty("record").GetString(), Is.EqualTo(live.GetProperty("record").GetString()));
                Assert.That(past.GetProperty("at").GetDateTimeOffset(), Is.EqualTo(live.GetProperty("at").GetDateTimeOffset()).Within(TimeSpan.FromMilliseconds(1)));
                Assert.That(past.GetProperty("open").GetBoolean(), Is.False, "the bench changed hands");
                Assert.That(past.GetProperty("evidence").GetArrayLength(), Is.GreaterThan(0));
            }

            Assert.That(events.Select(e => e.GetProperty("kind").GetString()), Does.Contain("incident").And.Contain("boot").And.Contain("act").And.Contain("bench"));
            Assert.That(events.Select(e => e.GetProperty("at").GetDateTimeOffset()), Is.Ordered);
        }
    }

    [Test]
    public async Task Incident_WhosePlugAPersonPowerCycled_SaysSo_AndOneThatEndedByItselfDoesNot()
    {
        using HttpClient client = _station.Client(owner: "Anna");
        await FreezeAsync(client, "p1");
        await FreezeAsync(client, "p2");
        _station.Opener.Plugs["p1"].ThawNetwork();
        using HttpResponseMessage switched = await client.PostAsJsonAsync("slots/p2/power", new { state = "cycle", offSeconds = 3, why = "it hangs" });
        await TestStation.UntilAsync(() => new[] { "p1", "p2" }.All(slot => !LastAsync(client, slot).Result.GetProperty("open").GetBoolean()));
        JsonElement alone = await LastAsync(client, "p1"), helped = await LastAsync(client, "p2");

        using (Assert.EnterMultipleScope())
        {
            Assert.That((int)switched.StatusCode, Is.EqualTo(200));
            Assert.That((alone.GetProperty("recovery").GetString(), helped.GetProperty("recovery").GetString()), Is.EqualTo(("self", "person")));
            Assert.That(helped.GetProperty("story").GetString(), Does.Contain("(person: power on by Anna)"));
        }
    }

    [Test]
    public async Task Record_OfAnotherBench_TellsNothing_AndOneThatCannotBeReadIsSaid()
    {
        using HttpClient client = _station.Client();
        await FreezeAsync(client, "p2");
        _station = await _station.AgainAsync();
        Break("20990101T000001Z-garbage", [("journal.db", "this is no database")]);
        List<string> said = [];
        Chronicle mine = new("fake", _station.Options.WatchFolder, _station.Options.RunsFolder, said.Add), others = new("another", _station.Options.WatchFolder, _station.Options.RunsFolder, _ => { });
        mine.Load();
        others.Load();
        string record = mine.Incidents("p2", null).Single().Record;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(mine.Incidents("p1", null), Is.Empty);
            Assert.That(mine.Incidents("p2", except: record), Is.Empty, "the open bench tells of itself");
            Assert.That(others.Incidents("p2", null), Is.Empty);
            Assert.That(said, Has.Count.EqualTo(1).And.Some.Contains("garbage is not shown: "));
        }
    }

    private async Task FreezeAsync(HttpClient client, string slot)
    {
        await client.PostAsJsonAsync($"slots/{slot}/power", new { state = "on" });
        await TestStation.UntilAsync(() => _station.Keeper.Now.Bench!.Session.GetLive().Single(l => l.Status.Slot == slot).Status.Ready);
        _station.Opener.Plugs[slot].FreezeNetwork();
        await TestStation.UntilAsync(() => LastAsync(client, slot).Result.ValueKind == JsonValueKind.Object);
    }

    private static async Task<JsonElement> LastAsync(HttpClient client, string slot) => (await client.GetFromJsonAsync<JsonElement>($"slots/{slot}")).GetProperty("lastIncident");

    private void Break(string name, (string File, string Text)[] files)
    {
        string folder = Path.Combine(_station.Options.WatchFolder, name);
        Directory.CreateDirectory(folder);
        foreach ((string file, string text) in files)
        {
            File.WriteAllText(Path.Combine(folder, file), text);
        }
    }
}
