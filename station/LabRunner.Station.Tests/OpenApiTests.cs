using System.Text.Json;
using System.Text.Json.Serialization;
using LabRunner.Station.Api;
using LabRunner.Station.Tests.Support;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace LabRunner.Station.Tests;

/// <summary>The examples of the OpenAPI document: there, and what the endpoints really take and answer.</summary>
[CancelAfter(120_000)]
public sealed class OpenApiTests
{
    private static readonly JsonSerializerOptions Strict = new(Document.Json) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectRequiredConstructorParameters = true };

    private TestStation _station;
    private Operation[] _operations;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _station = await TestStation.StartAsync();
        using HttpClient client = _station.Client();
        JsonElement document = JsonDocument.Parse(await client.GetStringAsync(new Uri("openapi.json", UriKind.Relative))).RootElement;
        Dictionary<string, RouteEndpoint> endpoints = _station.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<IEndpointNameMetadata>() is not null).ToDictionary(e => e.Metadata.GetMetadata<IEndpointNameMetadata>()!.EndpointName);
        _operations =
        [
            .. document.GetProperty("paths").EnumerateObject().SelectMany(p => p.Value.EnumerateObject()).Select(o => o.Value).Where(o => o.TryGetProperty("operationId", out _))
                .Select(o => new Operation(o.GetProperty("operationId").GetString()!, o, endpoints[o.GetProperty("operationId").GetString()!])),
        ];
    }

    [OneTimeTearDown]
    public ValueTask EndAsync() => _station.DisposeAsync();

    [Test]
    public void EveryAnswerInJson_HasAnExample_ThatIsOfItsType()
    {
        List<string> seen = [];
        using (Assert.EnterMultipleScope())
        {
            foreach (Operation operation in _operations)
            {
                foreach (JsonProperty answer in operation.Text.GetProperty("responses").EnumerateObject().Where(r => r.Name[0] == '2'))
                {
                    if (!answer.Value.TryGetProperty("content", out JsonElement content) || !content.TryGetProperty("application/json", out JsonElement json))
                    {
                        continue;
                    }

                    Type? type = operation.Endpoint.Metadata.GetOrderedMetadata<IProducesResponseTypeMetadata>().Last(m => $"{m.StatusCode}" == answer.Name && m.Type is not null).Type;
                    seen.Add(operation.Name);
                    Assert.That(json.TryGetProperty("example", out JsonElement example), Is.True, $"{operation.Name} has no example of its answer {answer.Name} ({type})");
                    Assert.That(() => { _ = example.Deserialize(type!, Strict); }, Throws.Nothing, operation.Name);
                }
            }
        }

        Assert.That(seen, Has.Count.GreaterThan(35).And.Contains("GetBench").And.Contains("ListJobs").And.Contains("GetScorecard").And.Contains("FlashSlot"));
    }

    [Test]
    public void EveryOperation_SaysWhatItAnswers_AndWhatHasNoJsonIsKnown()
    {
        string[] others = ["BorrowBench", "GetRunFile", "StreamConsole", "StreamOperation", "StreamJob", "StopInjecting", "WriteConsole", "GetMetrics", "FetchFlashCopy"];
        IEnumerable<string> without = _operations.Where(o => !o.Text.GetProperty("responses").EnumerateObject()
            .Any(r => r.Name[0] == '2' && r.Value.TryGetProperty("content", out JsonElement content) && content.TryGetProperty("application/json", out _))).Select(o => o.Name);

        Assert.That(without, Is.EquivalentTo(others));
    }

    [Test]
    public void EveryBodyOfARequest_HasAnExample_ThatIsOfItsType()
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (Operation operation in _operations)
            {
                if (!operation.Text.TryGetProperty("requestBody", out JsonElement body) || !body.GetProperty("content").TryGetProperty("application/json", out JsonElement json))
                {
                    continue;
                }

                Assert.That(json.TryGetProperty("example", out JsonElement example), Is.True, operation.Name);
                Type type = operation.Endpoint.Metadata.GetMetadata<IAcceptsMetadata>()!.RequestType!;
                Assert.That(() => { _ = example.Deserialize(type, Strict); }, Throws.Nothing, operation.Name);
            }
        }
    }

    [Test]
    public void EveryOperation_TellsWhatItsRoleAndItsKindRefuse()
    {
        string[] Answers(string name) => [.. _operations.Single(o => o.Name == name).Text.GetProperty("responses").EnumerateObject().Select(r => r.Name)];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Answers("GetSlot"), Is.SupersetOf(new[] { "200", "401", "403", "404", "429" }).And.No.Member("409"));
            Assert.That(Answers("SwitchPower"), Is.SupersetOf(new[] { "200", "401", "403", "404", "409", "422", "429" }));
            Assert.That(Answers("TakeLease"), Is.SupersetOf(new[] { "201", "401", "403", "409", "429" }).And.No.Member("404"));
            Assert.That(Answers("IsAlive"), Has.Member("429").And.No.Member("401"));
            Assert.That(_operations.SelectMany(o => o.Text.GetProperty("responses").EnumerateObject()).Where(r => r.Name[0] == '4').Select(r => r.Value.GetProperty("content").EnumerateObject().Single().Name).Distinct(),
                Is.EqualTo(new[] { "application/problem+json" }));
        }
    }

    private sealed record Operation(string Name, JsonElement Text, RouteEndpoint Endpoint);
}
