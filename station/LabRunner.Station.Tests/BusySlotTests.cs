using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LabRunner.Hardware.Power;
using LabRunner.Station.Tests.Support;

namespace LabRunner.Station.Tests;

/// <summary>A slot at which something takes long: off comes first, and a health check waits for nobody.</summary>
[CancelAfter(120_000)]
public sealed class BusySlotTests
{
    private TestStation _station;
    private HttpClient _anna, _bob;

    [SetUp]
    public async Task StartAsync()
    {
        _station = await TestStation.StartAsync();
        (_anna, _bob) = (_station.Client(owner: "Anna"), _station.Client(owner: "Bob"));
    }

    [TearDown]
    public async Task EndAsync()
    {
        _anna.Dispose();
        _bob.Dispose();
        await _station.DisposeAsync();
    }

    [Test]
    public async Task Off_CancelsWhatIsUnderWayAndWhatWaits_WhoeverDoesIt()
    {
        Task<HttpResponseMessage> cycle = await CycleAsync("p1");
        Task<HttpResponseMessage> waits = _anna.PostAsJsonAsync("slots/p1/power", new { state = "on", forSeconds = 3600 });
        await TestStation.UntilAsync(() => _station.Keeper.HandsAt("p1") == 2);
        HttpResponseMessage off = await _bob.PostAsJsonAsync("slots/p1/power", new { state = "off" });
        string[] told = [await TestStation.DetailAsync(await cycle), await TestStation.DetailAsync(await waits)];
        string[] log = [.. _station.Opener.Plugs["p1"].Log];
        HttpResponseMessage again = await _anna.PostAsJsonAsync("slots/p1/power", new { state = "on" });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(off.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That((await cycle).StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
            Assert.That(told, Is.All.Contain("Bob had it switched off while this was done"));
            Assert.That(log[^1], Is.EqualTo("off"));
            Assert.That(again.StatusCode, Is.EqualTo(HttpStatusCode.OK), "off is not for ever");
        }
    }

    [Test]
    public async Task HealthCheck_LeavesASlotAloneThatSomebodyIsAt()
    {
        Task<HttpResponseMessage> cycle = await CycleAsync("p2");
        await _bob.PostAsJsonAsync("pool/check", new { });
        await TestStation.UntilAsync(() => _bob.GetFromJsonAsync<JsonElement>("pool").Result.GetProperty("checked").ValueKind == JsonValueKind.String);
        JsonElement pool = await _bob.GetFromJsonAsync<JsonElement>("pool");
        bool goesOn = !cycle.IsCompleted;
        await _bob.PostAsJsonAsync("slots/p2/power", new { state = "off" });
        await cycle;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(pool.GetProperty("slots").EnumerateArray().Select(s => s.GetProperty("health").GetProperty("state").GetString()), Is.EqualTo(new[] { "Good", "Unknown" }));
            Assert.That(goesOn, Is.True);
        }
    }

    /// <summary>Anna's cycle of an hour without power, begun.</summary>
    private async Task<Task<HttpResponseMessage>> CycleAsync(string slot)
    {
        await _anna.PostAsJsonAsync($"slots/{slot}/power", new { state = "on" });
        Task<HttpResponseMessage> cycle = _anna.PostAsJsonAsync($"slots/{slot}/power", new { state = "cycle", offSeconds = 3600 });
        await TestStation.UntilAsync(() => _station.Opener.Plugs[slot].State == PowerState.Off);
        return cycle;
    }
}
