using System.Net;
using System.Net.Http.Json;
using LabRunner.Bench.Hosting.Lending;
using LabRunner.Station.Access;
using LabRunner.Station.Jobs;
using LabRunner.Station.Leases;
using LabRunner.Station.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LabRunner.Station.Tests;

/// <summary>What people write for other people is shown on terminals: text that does something there is refused.</summary>
[CancelAfter(120_000)]
public sealed class PlainTextTests
{
    private const string Escape = "\u001b]0;owned\u0007", Turned = "a\u202eb";

    private TestStation _station;

    [OneTimeSetUp]
    public async Task StartAsync() => _station = await TestStation.StartAsync();

    [OneTimeTearDown]
    public ValueTask EndAsync() => _station.DisposeAsync();

    [TestCase(Escape)]
    [TestCase(Turned)]
    public async Task Text_ThatDoesSomethingOnATerminal_IsRefused_WhereverItStands(string text)
    {
        using HttpClient anna = _station.Client(owner: "Anna"), odd = _station.Client(owner: text), why = _station.Client(owner: "Anna");
        why.DefaultRequestHeaders.Add(Caller.WhyHeader, Uri.EscapeDataString(text));
        (string Name, HttpResponseMessage Answer)[] answers =
        [
            (StationDoor.OwnerHeader, await odd.PostAsJsonAsync("leases", new { slots = new[] { "p1" } })),
            (Caller.WhyHeader, await why.PostAsJsonAsync("leases", new { slots = new[] { "p1" } })),
            ("purpose", await anna.PostAsJsonAsync("leases", new { slots = new[] { "p1" }, purpose = text })),
            ("why", await anna.PostAsJsonAsync("jobs", new { plan = "check", why = text })),
            ("title", await anna.PostAsJsonAsync("slots/p1/probe", new { name = "x", title = text })),
        ];

        using (Assert.EnterMultipleScope())
        {
            foreach ((string name, HttpResponseMessage answer) in answers)
            {
                Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest), name);
                Assert.That(await TestStation.DetailAsync(answer), Does.StartWith(name).And.Contain("the reading direction"));
            }

            Assert.That(_station.Services.GetRequiredService<LeaseDesk>().All(), Is.Empty);
            Assert.That(_station.Services.GetRequiredService<JobBook>().All(), Is.Empty);
            Assert.That(File.ReadAllText(Path.Combine(_station.Options.StateFolder, "audit.jsonl")), Does.Not.Contain("owned").And.Not.Contain("202e").IgnoreCase);
        }
    }

    [Test]
    public async Task Name_OfUnusualLetters_IsTaken()
    {
        using HttpClient client = _station.Client(owner: "Jürgen 李 🙂");

        Assert.That((await client.GetFromJsonAsync<System.Text.Json.JsonElement>("me")).GetProperty("owner").GetString(), Is.EqualTo("Jürgen 李 🙂"));
    }
}
