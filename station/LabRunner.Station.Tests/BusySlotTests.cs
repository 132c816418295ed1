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

    [TestCase("slots/p2/power")]
    [TestCase("slots/p2/meter")]
    public async Task Look_AtASlotThatARunLeavesOut_IsRefusedWithTheRun(string path)
    {
        JsonElement job = await TestStation.JsonAsync(await _bob.PostAsJsonAsync("jobs", new { plan = "check", slots = new[] { "p1" } }));
        await TestStation.UntilAsync(() => _station.Keeper.Now is { Job: not null, Bench: not null });
        using HttpResponseMessage left = await _anna.GetAsync(new Uri(path, UriKind.Relative)), act = await _anna.PostAsJsonAsync("slots/p2/press", new { });
        using HttpResponseMessage used = await _anna.GetAsync(new Uri(path.Replace("p2", "p1", StringComparison.Ordinal), UriKind.Relative));
        string told = await TestStation.DetailAsync(left);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((left.StatusCode, used.StatusCode), Is.EqualTo((HttpStatusCode.Conflict, HttpStatusCode.OK)));
            Assert.That(told, Does.Contain($"slot p2: the bench is Bob's for run {job.GetProperty("id").GetString()} (plan check) until"));
            Assert.That(await TestStation.DetailAsync(act), Is.EqualTo(told));
        }
    }

    [Test]
    public async Task JobOfSomebodyElse_IsNotStopped_ButByAnAdministrator()
    {
        using HttpClient chief = _station.Client(Access.Role.Administer, "chief");
        string id = (await TestStation.JsonAsync(await _bob.PostAsJsonAsync("jobs", new { plan = "check" }))).GetProperty("id").GetString()!;
        await TestStation.UntilAsync(() => _station.Keeper.Now is { Job: not null, Bench: not null });
        Uri job = new($"jobs/{id}", UriKind.Relative);
        using HttpResponseMessage stolen = await _anna.DeleteAsync(job);
        bool goesOn = _station.Keeper.Now.Job is not null;
        using HttpResponseMessage stopped = await chief.DeleteAsync(job);
        await TestStation.UntilAsync(() => _bob.GetFromJsonAsync<JsonElement>(job).Result.GetProperty("state").GetString() == "Stopped");

        using (Assert.EnterMultipleScope())
        {
            Assert.That((stolen.StatusCode, stopped.StatusCode), Is.EqualTo((HttpStatusCode.Forbidden, HttpStatusCode.OK)));
            Assert.That(await TestStation.DetailAsync(stolen), Is.EqualTo($"Job {id} is Bob's. Ask Bob or an administrator."));
            Assert.That(goesOn, Is.True);
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
