using LabRunner.Bench.Api;
using LabRunner.Bench.Hosting;
using LabRunner.Hardware.Faults;
using LabRunner.Reports.Records;
using LabRunner.Station.Client;
using LabRunner.Station.Jobs;
using LabRunner.Station.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace LabRunner.Station.Tests;

/// <summary>NUnit fixtures on the bench of a station: the same interface as in a night, over a WebSocket on the station's Unix socket.</summary>
[CancelAfter(120_000)]
[NonParallelizable]
public sealed class LendingTests
{
    private TestStation _station;

    [SetUp]
    public async Task StartAsync()
    {
        _station = await TestStation.StartAsync();
        Environment.SetEnvironmentVariable(StationClient.Variable, _station.Options.Socket);
    }

    [TearDown]
    public async Task EndAsync()
    {
        Environment.SetEnvironmentVariable(StationClient.Variable, null);
        await _station.DisposeAsync();
    }

    private JobBook Jobs => _station.Services.GetRequiredService<JobBook>();

    [Test]
    public async Task Fixtures_HaveTheBenchOfTheStation_AndWhatTheyDoIsARunWithAReport(CancellationToken cancellationToken)
    {
        using HttpClient bob = _station.Client(owner: "Bob");
        HttpResponseMessage refused;
        ConsoleText? beat;
        IBenchLink link = await BorrowAsync(cancellationToken);
        await using (link)
        {
            refused = await bob.PostAsJsonAsync("slots/p1/power", new { state = "off" }, cancellationToken);
            long mark = await link.Api.MarkConsoleAsync("p1", cancellationToken);
            long test = await link.Api.BeginTestAsync("p1", "S99", "Speaks", "Lent.Speaks", cancellationToken);
            beat = await link.Api.ExpectAsync("p1", "Info:MAIN:Time", mark, TimeSpan.FromSeconds(60), cancellationToken);
            await link.Api.PressAsync("p1", TimeSpan.FromMilliseconds(100), cancellationToken);
            await link.Api.EndTestAsync(test, Verdict.Pass, null, null, cancellationToken);
            await Assert.ThatAsync(() => link.Api.ReadRailAsync("p1", cancellationToken), Throws.TypeOf<BenchFaultException>().With.Message.Contains("the slot has no rail"));
        }

        await TestStation.UntilAsync(() => Jobs.All().Single().IsOver && _station.Keeper.Now is { Job: null, Bench: not null });
        Job job = Jobs.All().Single();
        RunRecord run = RunReader.Read(job.Folder!);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
            Assert.That(beat?.Text, Does.Contain("Info:MAIN:Time"));
            Assert.That((job.State, job.Lent, run.Outcome), Is.EqualTo((JobState.Done, true, "completed")), job.Text);
            Assert.That(run.Tests.Select(t => $"{t.FullName} {t.Verdict}"), Is.EqualTo(new[] { "Lent.Speaks Pass" }));
            Assert.That(run.Events.Where(e => e.Kind == EventKinds.Lent), Is.Empty, "it was of this machine, and gave it back");
        }
    }

    [Test]
    public async Task Station_OfAnotherBench_IsAnErrorForWhoeverNamesIt(CancellationToken cancellationToken)
    {
        const string Other = "it has the bench 'fake', and 'virtual' is asked for. Say --bench fake";
        using (Assert.EnterMultipleScope())
        {
            await Assert.ThatAsync(() => StationClient.FindAsync("virtual", null, cancellationToken), Throws.TypeOf<BenchFaultException>().With.Message.Contains(Other));
            await Assert.ThatAsync(() => BorrowAsync(cancellationToken, "virtual"), Throws.TypeOf<BenchFaultException>().With.Message.Contains(Other));
        }
    }

    [Test]
    public async Task Bench_ThatSomebodyHas_IsNotLent_WithWhoAndUntilWhen(CancellationToken cancellationToken)
    {
        using HttpClient bob = _station.Client(owner: "Bob");
        await bob.PostAsJsonAsync("leases", new { slots = new[] { "p1" }, minutes = 30, purpose = "bisecting" }, cancellationToken);

        await Assert.ThatAsync(
            () => BorrowAsync(cancellationToken), Throws.TypeOf<BenchFaultException>().With.Property("Kind").EqualTo(FaultKind.Lease).And.Message.Contains("Bob has p1 for 'bisecting' until"));
        Assert.That(Jobs.All().Single().State, Is.EqualTo(JobState.Stopped), "nobody waits for it any more");
    }

    [Test]
    public async Task Bench_IsLentToNobodyOverTheNetworkWithoutAToken(CancellationToken cancellationToken)
    {
        using HttpClient anna = _station.Client(owner: "Anna");
        JsonElement job = await TestStation.JsonAsync(await anna.PostAsJsonAsync("jobs", new { plan = "check", lend = true }, cancellationToken));
        using HttpRequestMessage request = new(HttpMethod.Get, $"jobs/{job.GetProperty("id").GetString()}/bench");
        request.Headers.Add("Connection", "Upgrade");
        request.Headers.Add("Upgrade", "websocket");
        request.Headers.Add("Sec-WebSocket-Version", "13");
        request.Headers.Add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        HttpResponseMessage answer = await anna.SendAsync(request, cancellationToken);
        await anna.DeleteAsync(new Uri($"jobs/{job.GetProperty("id").GetString()}", UriKind.Relative), cancellationToken);

        Assert.That((answer.StatusCode, (await TestStation.DetailAsync(answer)).Contains("on the station's Unix socket or with a token", StringComparison.Ordinal)), Is.EqualTo((HttpStatusCode.BadRequest, true)));
    }

    private Task<IBenchLink> BorrowAsync(CancellationToken cancellationToken, string? bench = null) => BenchConnection.OpenAsync(
        new Dictionary<string, string> { ["bench"] = bench ?? _station.Options.Bench, ["plan"] = "check", ["slots"] = "p1" }, cancellationToken);
}
