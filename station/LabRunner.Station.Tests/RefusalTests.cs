using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using LabRunner.Station.Tests.Support;

namespace LabRunner.Station.Tests;

/// <summary>Whatever is refused, is refused in a sentence that says what is wrong and what to do, and speaks of no class of the program.</summary>
[CancelAfter(120_000)]
[NonParallelizable]
public sealed class RefusalTests
{
    private TestStation _station;

    [OneTimeSetUp]
    public async Task StartAsync() => _station = await TestStation.StartAsync();

    [OneTimeTearDown]
    public ValueTask EndAsync() => _station.DisposeAsync();

    [TestCase("GET", "nothing", null, 404, "There is nothing at /api/v1/nothing")]
    [TestCase("PUT", "bench", null, 405, "/api/v1/bench takes GET, not PUT")]
    [TestCase("BREW", "slots/p1/power", null, 405, "takes GET, POST, not BREW")]
    [TestCase("POST", "leases", "text:{}", 415, "Content-Type: application/json")]
    [TestCase("POST", "leases", "", 400, "The request has no body. Send JSON")]
    [TestCase("POST", "leases", "null", 400, "The request has no body. Send JSON")]
    [TestCase("POST", "leases", "[]", 400, "The body has at $ (character 2 of line 1) what does not belong there")]
    [TestCase("POST", "leases", "{\"slots\":[\"p1\"", 400, "The body is no JSON, at character 15 of line 1")]
    [TestCase("POST", "leases", "{\"slotz\":[\"p1\"]}", 400, "The body has 'slotz', which nothing here is called")]
    [TestCase("POST", "leases", "{\"slots\":[\"p1\"],\"minutes\":\"x\"}", 400, "The body has at $.minutes")]
    [TestCase("POST", "jobs", "{}", 400, "The body lacks 'plan'")]
    [TestCase("GET", "slots/p1/console?from=soon", null, 400, "from: 'soon' is no value for it")]
    [TestCase("GET", "slots/p1/meter?volts=NaN", null, 400, "volts: NaN is outside")]
    public async Task Refusal_IsASentence(string method, string path, string? body, int status, string says)
    {
        using HttpClient client = _station.Client();
        using HttpRequestMessage request = new(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = body.StartsWith("text:", StringComparison.Ordinal) ? new StringContent(body[5..], Encoding.UTF8, "text/plain") : new StringContent(body, Encoding.UTF8, "application/json");
        }

        using HttpResponseMessage answer = await client.SendAsync(request);
        JsonElement problem = await TestStation.JsonAsync(answer);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((int)answer.StatusCode, Is.EqualTo(status));
            Assert.That(answer.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/problem+json"));
            Assert.That(problem.GetProperty("detail").GetString(), Does.Contain(says).And.Not.Contain("LabRunner").And.Not.Contain("parameter"));
        }
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Body_ThatIsTooLarge_IsRefusedWithTheLimit_WithAndWithoutALength(bool chunked)
    {
        using HttpClient client = _station.Client();
        using HttpRequestMessage request = new(HttpMethod.Post, "leases") { Content = new StringContent($"{{\"purpose\":\"{new string('x', 70_000)}\"}}", Encoding.UTF8, "application/json") };
        request.Headers.TransferEncodingChunked = chunked;
        using HttpResponseMessage answer = await client.SendAsync(request);

        Assert.That((answer.StatusCode, await TestStation.DetailAsync(answer)), Is.EqualTo((HttpStatusCode.RequestEntityTooLarge, "A request has at most 64 KiB, a firmware file 16 MiB. Send less.")));
    }

    [Test]
    public async Task Lease_OfWhoGivesNoName_IsRefusedWithHowToGiveOne()
    {
        using HttpClient nobody = _station.Client(), named = _station.Client(owner: "Anna");
        using HttpResponseMessage refused = await nobody.PostAsJsonAsync("leases", new { slots = new[] { "p2" } });
        using HttpResponseMessage taken = await named.PostAsJsonAsync("leases", new { slots = new[] { "p2" } });
        using HttpResponseMessage kept = await nobody.PostAsJsonAsync("slots/p2/press", new { });
        await named.DeleteAsync(taken.Headers.Location!);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((refused.StatusCode, taken.StatusCode, kept.StatusCode), Is.EqualTo((HttpStatusCode.BadRequest, HttpStatusCode.Created, HttpStatusCode.Conflict)));
            Assert.That(await TestStation.DetailAsync(refused), Does.Contain("you gave no name. Send the header X-LabRunner-Owner: NAME"));
        }
    }
}
