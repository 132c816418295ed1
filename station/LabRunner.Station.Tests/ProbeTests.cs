using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Hardware.Power;
using LabRunner.Reports.Records;
using LabRunner.Station.Access;
using LabRunner.Station.Api;
using LabRunner.Station.Runs;
using LabRunner.Station.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LabRunner.Station.Tests;

/// <summary>An unknown board, probed by the station that watches it.</summary>
[CancelAfter(300_000)]
public sealed class ProbeTests
{
    private VirtualStation _station;
    private HttpClient _anna;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _station = await VirtualStation.StartAsync(timeScale: 20, bench: "virtual-variants");
        _anna = _station.Client("Anna");
    }

    [OneTimeTearDown]
    public async Task EndAsync()
    {
        _anna.Dispose();
        await _station.DisposeAsync();
    }

    [Test]
    public async Task Probe_FindsThePinsOfAnUnknownBoard_IsARun_AndLeavesTheSlotOff(CancellationToken cancellationToken)
    {
        HttpResponseMessage answer = await _anna.PostAsJsonAsync("slots/u1/probe", new { name = "new-one", toggles = 3, presses = 2, boots = 1, why = "new PCB" }, cancellationToken);
        string id = (await TestStation.JsonAsync(answer)).GetProperty("id").GetString()!;
        HttpResponseMessage meanwhile = await _anna.PostAsJsonAsync("slots/u1/press", new { }, cancellationToken);
        bool held = false;
        await TestStation.UntilAsync(() =>
        {
            held = _station.Services.GetRequiredService<RunSweeper>().Plan().Rows.Any(r => r.Run.StartsWith(id, StringComparison.Ordinal) && r.Why == "a process holds it");
            return held || _station.Services.GetRequiredService<Operations.OperationDesk>().Find(id)!.View.Ended is not null;
        });
        OperationView ended = (await VirtualStation.FollowAsync(_anna, id, cancellationToken))[^1].Ended!;
        Assert.That(ended.State, Is.EqualTo(OperationState.Done), ended.Problem?.Detail);
        ProbeSight sight = ended.Outcome!.Value.Deserialize<ProbeSight>(JsonSerializerOptions.Web)!;
        IncidentView[] incidents = (await _anna.GetFromJsonAsync<IncidentView[]>("slots/u1/incidents", Document.Json, cancellationToken))!;
        RunSummary run = (await _anna.GetFromJsonAsync<RunSummary[]>("runs", Document.Json, cancellationToken))!.Single(r => r.Name.StartsWith(id, StringComparison.Ordinal));
        ConsoleView console = (await _anna.GetFromJsonAsync<ConsoleView>("slots/u1/console?search=the%20probe%20has%20the%20port", Document.Json, cancellationToken))!;
        AuditEntry entry = _station.Services.GetRequiredService<AuditLog>().Newest(10).Single(e => e.What == "probe of u1 as new-one");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(sight.Template["pins"]!.AsObject().ToDictionary(p => p.Key, p => (string?)p.Value), Is.EquivalentTo(new Dictionary<string, string>
            {
                ["5"] = "Rel_n;1", ["0"] = "BL0937CF1;0", ["11"] = "BL0937CF;0", ["22"] = "Btn_n;1", ["1"] = "LED;1", ["4"] = "BL0937SEL_n;0",
            }));
            Assert.That(sight.Functions.Select(f => $"{f.Function} {f.Verdict}"), Has.All.EndsWith(" PASS"));
            Assert.That(sight.Functions.Select(f => f.Function), Is.SupersetOf(new[] { "uart", "strap", "rail", "boot", "relay-gap" }));
            Assert.That(meanwhile.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
            Assert.That(await TestStation.DetailAsync(meanwhile), Does.Contain("Anna is probing it since"));
            Assert.That(incidents.Where(i => !i.Expected).Select(i => i.Title), Is.Empty, "the watch takes nothing of it for a failure");
            Assert.That(held, Is.True, "retention leaves it alone while it goes on");
            Assert.That((run.Plan, run.Outcome, run.HasReport), Is.EqualTo(("probe", "completed", true)));
            Assert.That(run.Started, Is.EqualTo(ended.Created).Within(TimeSpan.FromSeconds(2)), "not when the watch began");
            Assert.That(console.Lines, Is.Not.Empty);
            Assert.That((entry.Owner, entry.Status, entry.Why), Is.EqualTo(("Anna", 202, "new PCB")));
            Assert.That(await _station.Slot("u1").Power!.ReadStateAsync(cancellationToken), Is.EqualTo(PowerState.Off));
        }
    }

    [Test]
    public async Task Cancelled_TheDutHasItsPinsBack_AndTheRunSaysThatItWasCut(CancellationToken cancellationToken)
    {
        await _station.Keeper.UseAsync("u2", "Anna", async (hand, token) => { await HandReady.EnsureUpAsync(hand, _ => { }, token); return true; }, cancellationToken);
        var before = await _station.Slot("u2").Plug!.GetPinsAsync(cancellationToken);
        string id = (await TestStation.JsonAsync(await _anna.PostAsJsonAsync("slots/u2/probe", new { name = "cut" }, cancellationToken))).GetProperty("id").GetString()!;
        await TestStation.UntilAsync(() => _station.Services.GetRequiredService<Operations.OperationDesk>().Find(id)!.View.Said.Any(s => s.StartsWith("Now cf", StringComparison.Ordinal)));
        await _anna.DeleteAsync(new Uri($"operations/{id}", UriKind.Relative), cancellationToken);
        OperationView ended = (await VirtualStation.FollowAsync(_anna, id, cancellationToken))[^1].Ended!;
        PowerState off = await _station.Slot("u2").Power!.ReadStateAsync(cancellationToken);
        await _station.Keeper.UseAsync("u2", "Anna", async (hand, token) => { await HandReady.EnsureUpAsync(hand, _ => { }, token); return true; }, cancellationToken);
        var after = await _station.Slot("u2").Plug!.GetPinsAsync(cancellationToken);
        string run = Directory.GetDirectories(_station.Options.RunsFolder, $"{id}-*").Single();

        using (Assert.EnterMultipleScope())
        {
            Assert.That((ended.State, ended.Problem?.Detail), Is.EqualTo((OperationState.Cancelled, "Anna cancelled it; the DUT was given its pins back, and power is off unless the slot keeps it.")));
            Assert.That(after.Roles, Is.EqualTo(before.Roles));
            Assert.That(off, Is.EqualTo(PowerState.Off));
            Assert.That(RunReader.ReadOutline(run).Outcome, Is.EqualTo("aborted: interrupted"));
        }
    }

    [TestCase("""{ "name": "../x" }""", "'../x' is no name of a board file")]
    [TestCase("""{ "name": "x", "toggles": 0 }""", "toggles: 0 is outside 1 to 200")]
    public async Task Order_ThatCannotBe_IsRefused(string order, string expected)
    {
        using StringContent content = new(order, System.Text.Encoding.UTF8, "application/json");
        HttpResponseMessage answer = await _anna.PostAsync(new Uri("slots/u1/probe", UriKind.Relative), content);

        Assert.That($"{(int)answer.StatusCode} {await TestStation.DetailAsync(answer)}", Does.StartWith("400 ").And.Contain(expected));
    }
}
