using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using LabRunner.Hardware.Faults;
using LabRunner.Station.Tests.Support;

namespace LabRunner.Station.Tests;

/// <summary>What a monitor and a stranger are told: whether the bench is open, and to wait after wrong tokens.</summary>
[CancelAfter(120_000)]
[NonParallelizable]
public sealed class HealthEndpointTests
{
    private TestStation _station;

    [SetUp]
    public async Task StartAsync() => _station = await TestStation.StartAsync();

    [TearDown]
    public ValueTask EndAsync() => _station.DisposeAsync();

    [Test]
    public async Task Ready_IsSo_WhileTheBenchIsOpenOnly()
    {
        using HttpClient client = _station.Client();
        Assert.That((await client.GetAsync(new Uri("health/ready", UriKind.Relative))).StatusCode, Is.EqualTo(HttpStatusCode.OK));

        _station.Opener.WatchFault = new BenchFaultException(FaultKind.Gpio, "chip", "it is gone", "Plug it in");
        (await client.PostAsJsonAsync("jobs", new { plan = "check", why = "test" })).EnsureSuccessStatusCode();
        _station.Opener.RunMayEnd.SetResult();
        await TestStation.UntilAsync(() => _station.Keeper.Problem.Contains("it is gone", StringComparison.Ordinal));
        Assert.That((await client.GetAsync(new Uri("health/ready", UriKind.Relative))).StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That((await client.GetAsync(new Uri("health/live", UriKind.Relative))).StatusCode, Is.EqualTo(HttpStatusCode.OK));

        _station.Opener.WatchFault = null;
        await TestStation.UntilAsync(() => client.GetAsync(new Uri("health/ready", UriKind.Relative)).Result.StatusCode == HttpStatusCode.OK);
    }

    [Test]
    public async Task WrongTokens_AfterTen_MustWait()
    {
        using HttpClient client = _station.Client();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "lab_wrong");
        List<HttpStatusCode> answers = [];
        for (int i = 0; i < 11; i++)
        {
            answers.Add((await client.GetAsync(new Uri("slots", UriKind.Relative))).StatusCode);
        }

        HttpResponseMessage last = await client.GetAsync(new Uri("slots", UriKind.Relative));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(answers.Take(10), Is.All.EqualTo(HttpStatusCode.Unauthorized));
            Assert.That(answers[10], Is.EqualTo(HttpStatusCode.TooManyRequests));
            Assert.That(await TestStation.DetailAsync(last), Does.Match(@"More than ten in a minute from this address\. Ask again in \d+ s\.$"));
        }
    }
}
