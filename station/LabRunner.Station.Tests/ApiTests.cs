using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Bench.Tests.Session;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Pulses;
using LabRunner.Station.Access;
using LabRunner.Station.Client;
using LabRunner.Station.Consoles;
using LabRunner.Station.Jobs;
using LabRunner.Station.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LabRunner.Station.Tests;

/// <summary>What the API does to a bench of plugs in memory.</summary>
[CancelAfter(120_000)]
[NonParallelizable]
public sealed class ApiTests
{
    private TestStation _station;

    [SetUp]
    public async Task StartAsync() => _station = await TestStation.StartAsync();

    [TearDown]
    public ValueTask EndAsync() => _station.DisposeAsync();

    [Test]
    public async Task Slots_WaitWithoutPower_UntilSomebodySwitchesThemOn()
    {
        using HttpClient client = _station.Client();
        JsonElement before = await client.GetFromJsonAsync<JsonElement>("slots/p1");
        HttpResponseMessage answer = await client.PostAsJsonAsync("slots/p1/power", new { state = "on" });
        JsonElement sight = await TestStation.JsonAsync(answer);
        await TestStation.UntilAsync(() => client.GetFromJsonAsync<JsonElement>("slots/p1").Result.GetProperty("heapBytes").ValueKind == JsonValueKind.Number);
        JsonElement after = await client.GetFromJsonAsync<JsonElement>("slots/p1");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(before.GetProperty("power").GetString(), Is.EqualTo("off"));
            Assert.That(sight.GetProperty("device").GetString(), Is.EqualTo("on"));
            Assert.That(after.GetProperty("power").GetString(), Is.EqualTo("on"));
            Assert.That(after.GetProperty("heapBytes").GetInt64(), Is.EqualTo(100_000));
            Assert.That(_station.Opener.Plugs["p2"].State, Is.EqualTo(PowerState.Off));
        }
    }

    [Test]
    public async Task Power_ForAWhile_GoesOffByItself_UnlessItIsAskedForAgain()
    {
        using HttpClient client = _station.Client();
        await client.PostAsJsonAsync("slots/p1/power", new { state = "on", forSeconds = 0.2 });
        await client.PostAsJsonAsync("slots/p2/power", new { state = "on", forSeconds = 0.2 });
        await client.PostAsJsonAsync("slots/p2/power", new { state = "on" });
        await TestStation.UntilAsync(() => _station.Opener.Plugs["p1"].State == PowerState.Off);

        Assert.That(_station.Opener.Plugs["p2"].State, Is.EqualTo(PowerState.On));
    }

    [Test]
    public async Task Power_ForAWhile_GoesOffByItself_AlsoWhereWhatCameOfItCouldNotBeSeen()
    {
        using HttpClient client = _station.Client();
        FakePlug plug = _station.Opener.Plugs["p2"];
        int before = plug.Log.Count;
        plug.SenseFails = new BenchFaultException(FaultKind.Gpio, "relay sense of p2", "the line cannot be read", "Look at its wire");
        using HttpResponseMessage answer = await client.PostAsJsonAsync("slots/p2/power", new { state = "on", forSeconds = 0.2 });
        plug.SenseFails = null;
        await TestStation.UntilAsync(() => plug.Log.Skip(before).LastOrDefault(entry => entry is "on" or "off") == "off");

        Assert.That((answer.StatusCode, plug.State, plug.Log.Skip(before).Contains("on")), Is.EqualTo((HttpStatusCode.BadGateway, PowerState.Off, true)));
    }

    [Test]
    public async Task Press_OfASlotThatIsOff_GivesPowerAndTakesItAgain()
    {
        using HttpClient client = _station.Client();
        JsonElement answer = await TestStation.JsonAsync(await client.PostAsJsonAsync("slots/p1/press", new { lengthMs = 100, answerMs = 500 }));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.GetProperty("sight").GetProperty("answered").GetBoolean(), Is.True);
            Assert.That(_station.Opener.Plugs["p1"].State, Is.EqualTo(PowerState.Off));
        }
    }

    [Test]
    public async Task Injection_TellsWhatIsEmitted_AndStops()
    {
        using HttpClient client = _station.Client();
        JsonElement sight = await TestStation.JsonAsync(await client.PostAsJsonAsync("slots/p1/inject", new { watts = 60, volts = 230 }));
        double during = _station.Opener.Pulses["p1"].Of(PulseChannel.Cf);
        await client.DeleteAsync(new Uri("slots/p1/inject", UriKind.Relative));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(sight.GetProperty("watts").GetDouble(), Is.EqualTo(60).Within(0.01));
            Assert.That(during, Is.GreaterThan(1));
            Assert.That(_station.Opener.Pulses["p1"].Of(PulseChannel.Cf), Is.Zero);
        }
    }

    [Test]
    public async Task SecondPerson_IsRefusedALeasedSlot_WithWhoAndUntilWhen()
    {
        using HttpClient anna = _station.Client(owner: "Anna");
        using HttpClient bob = _station.Client(owner: "Jürgen");
        JsonElement lease = await TestStation.JsonAsync(await anna.PostAsJsonAsync("leases", new { slots = new[] { "p1" }, minutes = 30, purpose = "bisecting" }));
        HttpResponseMessage refused = await bob.PostAsJsonAsync("slots/p1/power", new { state = "on" });
        HttpResponseMessage taken = await bob.PostAsJsonAsync("leases", new { slots = new[] { "p1" } });
        HttpResponseMessage stolen = await bob.DeleteAsync(new Uri($"leases/{lease.GetProperty("id").GetString()}", UriKind.Relative));
        HttpResponseMessage other = await bob.PostAsJsonAsync("slots/p2/power", new { state = "on" });
        HttpResponseMessage own = await anna.PostAsJsonAsync("slots/p1/power", new { state = "on" });
        using HttpClient chief = _station.Client(Role.Administer);
        HttpResponseMessage broken = await chief.DeleteAsync(new Uri($"leases/{lease.GetProperty("id").GetString()}", UriKind.Relative));
        HttpResponseMessage after = await bob.PostAsJsonAsync("slots/p1/power", new { state = "off" });

        JsonElement refusal = await TestStation.JsonAsync(refused);
        string until = lease.GetProperty("expires").GetDateTimeOffset().UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
            Assert.That(refused.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/problem+json"));
            Assert.That(refusal.GetProperty("detail").GetString(), Does.Contain("Anna has it for 'bisecting' until " + until));
            Assert.That(taken.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
            Assert.That(stolen.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
            Assert.That((await TestStation.JsonAsync(stolen)).GetProperty("type").GetString(), Is.EqualTo("urn:labrunner:problem:owner"));
            Assert.That(refusal.GetProperty("remedy").GetString(), Does.EndWith($"./lab lease break {lease.GetProperty("id").GetString()} --bench fake"));
            Assert.That(other.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(own.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(broken.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(after.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        }
    }

    [Test]
    public async Task Act_WithAKey_IsDoneOnce_AndAnotherActUnderItIsRefused()
    {
        using HttpClient client = _station.Client();
        client.DefaultRequestHeaders.Add("Idempotency-Key", "once");
        HttpResponseMessage first = await client.PostAsJsonAsync("slots/p1/power", new { state = "cycle", offSeconds = 0.1 });
        int switched = _station.Opener.Plugs["p1"].Log.Count;
        HttpResponseMessage second = await client.PostAsJsonAsync("slots/p1/power", new { state = "cycle", offSeconds = 0.1 });
        HttpResponseMessage other = await client.PostAsJsonAsync("slots/p1/power", new { state = "off" });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await second.Content.ReadAsStringAsync(), Is.EqualTo(await first.Content.ReadAsStringAsync()));
            Assert.That(_station.Opener.Plugs["p1"].Log.Count(l => l is "on"), Is.EqualTo(1));
            Assert.That(switched, Is.GreaterThan(1));
            Assert.That(other.StatusCode, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        }
    }

    [TestCase("""{ "stat": "on" }""", "stat")]
    [TestCase("""{ "state": "upside" }""", "state is on, off or cycle")]
    [TestCase("""{ "state": "cycle", "offSeconds": -1 }""", "offSeconds: -1 is outside 0.1 to 3600")]
    [TestCase("not json", "")]
    public async Task Request_ThatIsWrong_IsNamedAndChangesNothing(string body, string told)
    {
        using HttpClient client = _station.Client();
        int before = _station.Opener.Plugs["p1"].Log.Count;
        HttpResponseMessage answer = await client.PostAsync(new Uri("slots/p1/power", UriKind.Relative), new StringContent(body, System.Text.Encoding.UTF8, "application/json"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
            Assert.That(await TestStation.DetailAsync(answer), Does.Contain(told));
            Assert.That(_station.Opener.Plugs["p1"].Log, Has.Count.EqualTo(before));
        }
    }

    [Test]
    public async Task EveryAct_DoneOrRefused_IsInTheAuditLogWithWhoAndWhy_AlsoAfterARestart()
    {
        using (HttpClient anna = _station.Client(Role.Use, "Anna"))
        {
            anna.DefaultRequestHeaders.Add("X-LabRunner-Why", "to see it boot");
            await anna.PostAsJsonAsync("slots/p1/power", new { state = "on" });
            await anna.PostAsJsonAsync("slots/p1/inject", new { watts = 60, why = "calibration" });
        }

        _station = await _station.AgainAsync();
        using HttpClient chief = _station.Client(Role.Administer);
        JsonElement[] log = (await chief.GetFromJsonAsync<JsonElement[]>("audit"))!;

        Assert.That(
            log.Select(e => $"{e.GetProperty("who")} {e.GetProperty("action")} {e.GetProperty("status")} {e.GetProperty("why")}"),
            Is.EqualTo(new[] { "Anna POST /api/v1/slots/p1/inject 200 calibration", "Anna POST /api/v1/slots/p1/power 403 to see it boot" }));
    }

    [Test]
    public async Task Program_OfThisMachine_IsKnownByItsAccount_AndDoesTheSameOverTheSocket()
    {
        Environment.SetEnvironmentVariable(StationClient.Variable, _station.Options.Socket);
        try
        {
            using StationClient client = (await StationClient.FindAsync("fake", null, default))!;
            var me = await client.MeAsync(default);
            PressSight press = await client.PressAsync("p1", new PressOrder { Answer = TimeSpan.FromMilliseconds(500) }, default);
            PowerSight sight = await client.PowerAsync("p1", "on", null, null, default);
            using (Assert.EnterMultipleScope())
            {
                Assert.That((me.Via, me.Role, me.Name), Is.EqualTo(("socket", "administer", Environment.UserName)));
                Assert.That(sight.Device, Is.EqualTo("on"));
                Assert.That(press.Answered, Is.True);
                await Assert.ThatAsync(() => client.PowerAsync("p7", "on", null, null, default), Throws.TypeOf<UsageException>().With.Message.Contains("it has p1, p2"));
            }
        }
        finally
        {
            Environment.SetEnvironmentVariable(StationClient.Variable, null);
        }
    }

    [Test]
    public async Task Console_IsFollowedOverARestartOfTheStation_WithoutALineMissing()
    {
        using HttpClient http = _station.Client();
        await http.PostAsJsonAsync("slots/p1/power", new { state = "on" });
        Environment.SetEnvironmentVariable(StationClient.Variable, _station.Options.Socket);
        using StationClient client = (await StationClient.FindAsync("fake", null, default))!;
        Environment.SetEnvironmentVariable(StationClient.Variable, null);
        using CancellationTokenSource enough = new();
        List<StoredLine> seen = [];
        bool again = false;
        try
        {
            await foreach (StoredLine line in client.FollowConsoleAsync("p1", 0, enough.Token))
            {
                seen.Add(line);
                if (!again && seen.Count > 20)
                {
                    again = true;
                    _station = await _station.AgainAsync();
                    using HttpClient second = _station.Client();
                    await second.PostAsJsonAsync("slots/p1/power", new { state = "on" });
                }

                if (again && seen.Count(l => l.Text.Contains("Booting", StringComparison.Ordinal)) == 2)
                {
                    break;
                }
            }
        }
        catch (OperationCanceledException)
        {
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(seen.Select(l => l.Number), Is.EqualTo(Enumerable.Range(0, seen.Count)));
            Assert.That(seen.Count(l => l.Text.StartsWith("--- gap: the station was not running", StringComparison.Ordinal)), Is.EqualTo(1));
        }
    }

    [Test]
    public async Task Job_WaitsForALease_Runs_KeepsOthersOut_AndHasAReport()
    {
        using HttpClient anna = _station.Client(owner: "Anna");
        using HttpClient bob = _station.Client(owner: "Bob");
        JsonElement lease = await TestStation.JsonAsync(await anna.PostAsJsonAsync("leases", new { slots = new[] { "p2" }, minutes = 30 }));
        await anna.PostAsJsonAsync("slots/p2/power", new { state = "on" });
        JsonElement job = await TestStation.JsonAsync(await bob.PostAsJsonAsync("jobs", new { plan = "check", slots = new[] { "p1" }, why = "nightly build" }));
        string id = job.GetProperty("id").GetString()!;
        JobBook jobs = _station.Services.GetRequiredService<JobBook>();
        await TestStation.UntilAsync(() => jobs.Find(id)!.Text is not null);
        string waits = jobs.Find(id)!.Text!;
        await anna.DeleteAsync(new Uri($"leases/{lease.GetProperty("id").GetString()}", UriKind.Relative));
        await TestStation.UntilAsync(() => _station.Keeper.Now is { Job: not null, Bench: not null });
        HttpResponseMessage refused = await anna.PostAsJsonAsync("slots/p1/power", new { state = "off" });
        JsonElement bench = await anna.GetFromJsonAsync<JsonElement>("bench");
        _station.Opener.RunMayEnd.SetResult();
        await TestStation.UntilAsync(() => jobs.Find(id)!.IsOver && _station.Keeper.Now.Bench is not null);
        string run = Path.GetFileName(jobs.Find(id)!.Folder!);
        HttpResponseMessage report = await anna.GetAsync(new Uri($"runs/{run}/report.html", UriKind.Relative));
        JsonElement[] runs = (await anna.GetFromJsonAsync<JsonElement[]>("runs"))!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(waits, Does.Contain("It waits: Anna has p2"));
            Assert.That(bench.GetProperty("state").GetString(), Is.EqualTo("running"));
            Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
            Assert.That(await TestStation.DetailAsync(refused), Does.Contain($"the bench is Bob's for run {id} (plan check)"));
            Assert.That(jobs.Find(id)!.State, Is.EqualTo(JobState.Done));
            Assert.That(await report.Content.ReadAsStringAsync(), Does.Contain("<html"));
            Assert.That(report.Headers.GetValues("Content-Security-Policy").Single(), Does.StartWith("sandbox"));
            Assert.That(runs.Select(r => r.GetProperty("name").GetString()), Is.EqualTo(new[] { run }));
        }
    }

    [Test]
    public async Task Job_ThatRunsWhenTheStationEnds_IsGoneOnWithByTheNext_AndOneThatIsStoppedIsNot()
    {
        using HttpClient client = _station.Client();
        string id = (await TestStation.JsonAsync(await client.PostAsJsonAsync("jobs", new { plan = "check" }))).GetProperty("id").GetString()!;
        await TestStation.UntilAsync(() => _station.Keeper.Now is { Job: not null, Bench: not null });
        _station = await _station.AgainAsync();
        await TestStation.UntilAsync(() => _station.Keeper.Now is { Job: not null, Bench: not null });
        Job begun = _station.Opener.Begun.Single();
        using HttpClient later = _station.Client();
        HttpResponseMessage stopped = await later.DeleteAsync(new Uri($"jobs/{id}", UriKind.Relative));
        JobBook jobs = _station.Services.GetRequiredService<JobBook>();
        await TestStation.UntilAsync(() => jobs.Find(id)!.IsOver);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((begun.Id, begun.Resumed), Is.EqualTo((id, 1)));
            Assert.That(stopped.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(jobs.Find(id)!.State, Is.EqualTo(JobState.Stopped));
        }
    }

    [Test]
    public async Task Queue_GoesByPriorityThenAge_AndTakesOnlySlotsThatHaveWhatIsNeeded()
    {
        using HttpClient client = _station.Client();
        await client.PostAsJsonAsync("jobs", new { plan = "check" });
        await TestStation.UntilAsync(() => _station.Keeper.Now is { Job: not null });
        foreach (int priority in new[] { 10, 90, 50, 90 })
        {
            await client.PostAsJsonAsync("jobs", new { plan = "check", needs = new[] { "bl602", "pulses" }, priority });
        }

        HttpResponseMessage none = await client.PostAsJsonAsync("jobs", new { plan = "check", needs = new[] { "unobtainium" } });
        HttpResponseMessage path = await client.PostAsJsonAsync("jobs", new { plan = "../plans/check.yaml" });
        IReadOnlyList<Job> queue = _station.Services.GetRequiredService<JobBook>().Queue();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(queue.Select(j => j.Priority), Is.EqualTo(new[] { 90, 90, 50, 10 }));
            Assert.That(queue[0].Created, Is.LessThan(queue[1].Created));
            Assert.That(queue[0].Slots, Is.EqualTo(new[] { "p1", "p2" }));
            Assert.That(none.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
            Assert.That(await TestStation.DetailAsync(path), Does.Contain("There is no plan"));
        }
    }

    [Test]
    public async Task SecondStation_OnTheSameFiles_IsRefused() => await Assert.ThatAsync(
        () => StationHost.StartAsync(_station.Options with { Socket = null }, _station.Opener, default), Throws.TypeOf<BenchFaultException>().With.Message.Contains("another station"));
}
