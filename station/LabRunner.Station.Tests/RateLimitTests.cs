using System.Globalization;
using System.Net;
using LabRunner.Station.Access;
using LabRunner.Station.Client;
using LabRunner.Station.Tests.Support;

namespace LabRunner.Station.Tests;

/// <summary>Who asks too often waits; nobody else does.</summary>
[CancelAfter(120_000)]
public sealed class RateLimitTests
{
    private TestStation _station;

    [SetUp]
    public async Task StartAsync() => _station = await TestStation.StartAsync(change: o => o with { RequestsAtOnce = 3, RequestsPerSecond = 1 });

    [TearDown]
    public ValueTask EndAsync() => _station.DisposeAsync();

    [Test]
    public async Task Caller_WhoAsksTooOften_IsToldWhenToAskAgain_AndIsServedThen(CancellationToken cancellationToken)
    {
        using HttpClient hasty = _station.Client(Role.Look, "hasty"), calm = _station.Client(Role.Look, "calm");
        HttpResponseMessage refused = await AskUntilAsync(hasty, HttpStatusCode.TooManyRequests, cancellationToken);
        HttpResponseMessage other = await calm.GetAsync(new Uri("slots", UriKind.Relative), cancellationToken);
        string detail = await TestStation.DetailAsync(refused);
        HttpResponseMessage later = await AskUntilAsync(hasty, HttpStatusCode.OK, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/problem+json"));
            Assert.That(int.Parse(refused.Headers.GetValues("Retry-After").Single(), CultureInfo.InvariantCulture), Is.EqualTo(1));
            Assert.That(detail, Is.EqualTo("hasty may ask 3 times at once and 1 times a second. Ask again in 1 s."));
            Assert.That((other.StatusCode, later.StatusCode), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.OK)));
        }
    }

    [Test]
    [NonParallelizable]
    public async Task Socket_HasNoLimit(CancellationToken cancellationToken)
    {
        Environment.SetEnvironmentVariable(StationClient.Variable, _station.Options.Socket);
        try
        {
            using StationClient client = (await StationClient.FindAsync(_station.Options.Bench, null, cancellationToken))!;
            for (int i = 0; i < 20; i++)
            {
                await client.MeAsync(cancellationToken);
            }
        }
        finally
        {
            Environment.SetEnvironmentVariable(StationClient.Variable, null);
        }
    }

    // On a busy machine the limit refills between two requests: asked again and again, it is met all the same.
    private static async Task<HttpResponseMessage> AskUntilAsync(HttpClient client, HttpStatusCode wanted, CancellationToken cancellationToken)
    {
        while (true)
        {
            HttpResponseMessage answer = await client.GetAsync(new Uri("slots", UriKind.Relative), cancellationToken);
            if (answer.StatusCode == wanted)
            {
                return answer;
            }
        }
    }
}
