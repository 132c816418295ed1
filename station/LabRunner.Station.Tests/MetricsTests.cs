using System.Net.Http.Json;
using System.Text.RegularExpressions;
using LabRunner.Station.Access;
using LabRunner.Station.Benches;
using LabRunner.Station.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LabRunner.Station.Tests;

/// <summary>What Prometheus gets, read as Prometheus reads it.</summary>
[CancelAfter(120_000)]
public sealed partial class MetricsTests
{
    private TestStation _station;

    [SetUp]
    public async Task StartAsync() => _station = await TestStation.StartAsync();

    [TearDown]
    public ValueTask EndAsync() => _station.DisposeAsync();

    [Test]
    public async Task Scrape_TellsOfASlotThatIsSwitchedOn()
    {
        using HttpClient client = _station.Client();
        await client.PostAsJsonAsync("slots/p1/power", new { state = "on" });
        await TestStation.UntilAsync(() => ScrapeAsync(client).Result.Of("labrunner_slot_heap_free_bytes", ("slot", "p1")) > 0);
        PrometheusText scrape = await ScrapeAsync(client);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(scrape.Of("labrunner_slot_heap_free_bytes", ("slot", "p1")), Is.EqualTo(100_000));
            Assert.That(scrape.Of("labrunner_slot_powered", ("slot", "p1")), Is.EqualTo(1));
            Assert.That(scrape.Of("labrunner_slot_powered", ("slot", "p2")), Is.Zero);
            Assert.That(scrape.Of("labrunner_slot_uptime_seconds", ("slot", "p1")), Is.GreaterThanOrEqualTo(0));
            Assert.That(scrape.Of("labrunner_slot_state", ("slot", "p2"), ("state", "off")), Is.EqualTo(1));
            Assert.That(scrape.Samples.Where(s => s.Name == "labrunner_slot_state" && s.Labels["slot"] == "p1").Sum(s => s.Value), Is.EqualTo(1), "a slot is in one state");
            Assert.That(scrape.Of("labrunner_bench_state", ("state", "watching")), Is.EqualTo(1));
            Assert.That(scrape.Of("labrunner_host_storage_free_bytes", ("folder", "state")), Is.GreaterThan(0));
        }
    }

    [Test]
    public async Task Readings_OfASlotThatIsSwitchedOff_AreNoFiguresOfNow()
    {
        using HttpClient client = _station.Client();
        await client.PostAsJsonAsync("slots/p2/power", new { state = "on" });
        await TestStation.UntilAsync(() => ScrapeAsync(client).Result.Of("labrunner_slot_heap_free_bytes", ("slot", "p2")) > 0);
        await client.PostAsJsonAsync("slots/p2/power", new { state = "off" });
        await TestStation.UntilAsync(() => ScrapeAsync(client).Result.Of("labrunner_slot_powered", ("slot", "p2")) == 0);
        PrometheusText scrape = await ScrapeAsync(client);

        Assert.That(scrape.Samples.Where(s => s.Labels.GetValueOrDefault("slot") == "p2" && s.Name.StartsWith("labrunner_slot_", StringComparison.Ordinal)).Select(s => s.Name).Distinct(), Has.Member("labrunner_slot_powered")
            .And.None.EqualTo("labrunner_slot_heap_free_bytes").And.None.EqualTo("labrunner_slot_uptime_seconds").And.None.EqualTo("labrunner_slot_voltage_volts"));
    }

    [Test]
    public async Task ConsoleLines_AreCountedWithTheirBytes()
    {
        using HttpClient client = _station.Client();
        await client.PostAsJsonAsync("slots/p1/power", new { state = "on" });
        await _station.Opener.Plugs["p1"].Console.SayAsync("grün\n");
        await TestStation.UntilAsync(() => ScrapeAsync(client).Result.Of("labrunner_console_lines_total", ("slot", "p1")) > 0);
        PrometheusText scrape = await ScrapeAsync(client);
        double lines = scrape.Of("labrunner_console_lines_total", ("slot", "p1"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(lines, Is.LessThanOrEqualTo(_station.Services.GetRequiredService<ConsoleKeeper>().Read.Single(r => r.Slot == "p1").Lines));
            Assert.That(scrape.Of("labrunner_console_io_bytes_total", ("slot", "p1")), Is.GreaterThanOrEqualTo(lines));
            Assert.That(scrape.Types["labrunner_console_lines_total"], Is.EqualTo("counter"));
        }
    }

    [Test]
    public async Task QueueLeasesAndRefusals_AreCounted()
    {
        using HttpClient anna = _station.Client(owner: "Anna");
        using HttpClient bob = _station.Client(owner: "Bob");
        using HttpClient looker = _station.Client(Role.Look);
        await anna.PostAsJsonAsync("leases", new { slots = new[] { "p1" }, minutes = 30 });
        await bob.PostAsJsonAsync("jobs", new { plan = "smoke" });
        await bob.PostAsJsonAsync("slots/p1/power", new { state = "on" });
        await looker.PostAsJsonAsync("slots/p2/power", new { state = "on" });
        PrometheusText scrape = await ScrapeAsync(anna);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(scrape.Of("labrunner_leases_active"), Is.EqualTo(1));
            Assert.That(scrape.Of("labrunner_queue_jobs"), Is.EqualTo(1));
            Assert.That(scrape.Of("labrunner_station_refusals_total", ("http_response_status_code", "409")), Is.EqualTo(1));
            Assert.That(scrape.Of("labrunner_station_refusals_total", ("http_response_status_code", "403")), Is.EqualTo(1));
        }
    }

    [Test]
    public async Task Run_TellsHowLongItHasGoneOn()
    {
        using HttpClient client = _station.Client();
        await client.PostAsJsonAsync("jobs", new { plan = "smoke" });
        await TestStation.UntilAsync(() => _station.Keeper.Now is { Bench: not null, Job: not null });
        PrometheusText during = await ScrapeAsync(client);
        _station.Opener.RunMayEnd.SetResult();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(during.Of("labrunner_bench_state", ("state", "running")), Is.EqualTo(1));
            Assert.That(during.Of("labrunner_run_elapsed_seconds", ("plan", "smoke")), Is.GreaterThanOrEqualTo(0));
        }
    }

    [Test]
    public async Task Incident_IsCountedWhenItIsOver_AndStaysCounted()
    {
        using HttpClient client = _station.Client();
        await client.PostAsJsonAsync("slots/p1/power", new { state = "on" });
        await TestStation.UntilAsync(() => ScrapeAsync(client).Result.Of("labrunner_slot_state", ("slot", "p1"), ("state", "ready")) == 1);
        _station.Opener.Plugs["p1"].FreezeNetwork();
        await TestStation.UntilAsync(() => ScrapeAsync(client).Result.Of("labrunner_slot_incidents_open", ("slot", "p1")) == 1);
        await client.PostAsJsonAsync("jobs", new { plan = "smoke" });
        await TestStation.UntilAsync(() => _station.Keeper.Now is { Bench: not null, Job: not null });

        // An answer is the same for a moment, whoever asks.
        await TestStation.UntilAsync(() => Over(ScrapeAsync(client).Result).Length > 0);
        PrometheusText after = await ScrapeAsync(client);
        _station.Opener.RunMayEnd.SetResult();

        Assert.That(Over(after).Select(s => (s.Labels["class"], s.Labels["expected"], s.Value)), Is.EqualTo(new[] { ("NET_FREEZE", "false", 1.0) }));

        static ScrapedSample[] Over(PrometheusText scrape) => [.. scrape.Samples.Where(s => s.Name == "labrunner_slot_incidents_total" && s.Labels["slot"] == "p1")];
    }

    [Test]
    public async Task Names_FollowTheConventions()
    {
        using HttpClient client = _station.Client();
        PrometheusText scrape = await ScrapeAsync(client);
        string[] own = [.. scrape.Types.Keys.Where(n => n.StartsWith("labrunner", StringComparison.Ordinal))];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(own, Is.SupersetOf(new[] { "labrunner_bench_state", "labrunner_slot_state", "labrunner_queue_jobs", "labrunner_leases_active", "labrunner_host_storage_free_bytes" }));
            Assert.That(own.Where(n => !ConventionalName().IsMatch(n)), Is.Empty);
            Assert.That(own.Where(n => (scrape.Types[n] == "counter") != n.EndsWith("_total", StringComparison.Ordinal)), Is.Empty);
            Assert.That(scrape.Types.Keys, Has.Some.StartsWith("dotnet_").And.Some.StartsWith("http_server_"), "the runtime and the web server tell too");
        }
    }

    private async Task<PrometheusText> ScrapeAsync(HttpClient client)
    {
        using HttpResponseMessage answer = await client.GetAsync(new Uri(_station.Address, "/metrics"));
        return new PrometheusText(await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync());
    }

    [GeneratedRegex(@"\Alabrunner(_[a-z][a-z0-9]*)+(_dBm)?\z")]
    private static partial Regex ConventionalName();
}
