using System.Net.Http.Json;
using System.Text.Json;
using LabRunner.Hardware.Power;
using LabRunner.Station.Access;
using LabRunner.Station.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace LabRunner.Station.Tests;

/// <summary>A key whose first request was cut off in the middle.</summary>
[CancelAfter(120_000)]
public sealed class IdempotencyTests
{
    [Test]
    public async Task Caller_WhoWentAwayInTheMiddle_AndAsksAgainUnderTheSameKey_HasItDone_AndTheAuditLogSaysBoth(CancellationToken cancellationToken)
    {
        await using TestStation station = await TestStation.StartAsync();
        using HttpClient client = station.Client();
        client.DefaultRequestHeaders.Add("Idempotency-Key", "once");
        AuditLog audit = station.Services.GetRequiredService<AuditLog>();
        object order = new { state = "cycle", offSeconds = 5 };
        using (CancellationTokenSource gone = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
        {
            await station.Keeper.UseAsync("p1", "Anna", async (hand, token) => { await hand.SwitchAsync(true, token); return true; }, cancellationToken);
            Task<HttpResponseMessage> first = client.PostAsJsonAsync("slots/p1/power", order, gone.Token);
            await TestStation.UntilAsync(() => station.Opener.Plugs["p1"].State == PowerState.Off);
            await gone.CancelAsync();
            await Assert.ThatAsync(() => first, Throws.InstanceOf<OperationCanceledException>());
        }

        await TestStation.UntilAsync(() => audit.Newest(1).Count == 1);
        int cut = audit.Newest(1)[0].Status;
        using HttpResponseMessage answer = await client.PostAsJsonAsync("slots/p1/power", order, cancellationToken);
        JsonElement sight = await TestStation.JsonAsync(answer);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(cut, Is.EqualTo(499));
            Assert.That(sight.GetProperty("device").GetString(), Is.EqualTo("on"));
            Assert.That(answer.Headers.Contains("Idempotency-Replayed"), Is.False);
            Assert.That(audit.Newest(1)[0].Status, Is.EqualTo(200));
        }
    }

    [Test]
    public async Task NextStation_GivesTheFirstAnswerAgain_AndDoesNothing(CancellationToken cancellationToken)
    {
        TestStation station = await TestStation.StartAsync();
        using HttpClient client = station.Client(owner: "Anna");
        client.DefaultRequestHeaders.Add("Idempotency-Key", "build-228");
        HttpResponseMessage first = await client.PostAsJsonAsync("leases", new { slots = new[] { "p1" }, minutes = 60 }, cancellationToken);
        string told = await first.Content.ReadAsStringAsync(cancellationToken);

        // As a station leaves it that was killed while it wrote.
        await File.AppendAllTextAsync(Path.Combine(station.Options.StateFolder, "keys.jsonl"), "{\"key\":\"ha", cancellationToken);
        await using TestStation next = await station.AgainAsync();
        using HttpClient again = next.Client(owner: "Anna");
        again.DefaultRequestHeaders.Add("Idempotency-Key", "build-228");
        HttpResponseMessage second = await again.PostAsJsonAsync("leases", new { slots = new[] { "p1" }, minutes = 60 }, cancellationToken);
        HttpResponseMessage another = await again.PostAsJsonAsync("leases", new { slots = new[] { "p2" }, minutes = 60 }, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((second.StatusCode, await second.Content.ReadAsStringAsync(cancellationToken)), Is.EqualTo((first.StatusCode, told)));
            Assert.That(second.Headers.Location, Is.EqualTo(first.Headers.Location));
            Assert.That(second.Headers.Contains("Idempotency-Replayed"), Is.True);
            Assert.That((int)another.StatusCode, Is.EqualTo(422));
            Assert.That(await again.GetFromJsonAsync<JsonElement[]>("leases", cancellationToken), Has.Length.EqualTo(1));
        }
    }

    [Test]
    public async Task Key_IsForgottenAfterADay_AlsoOverARestart(CancellationToken cancellationToken)
    {
        Microsoft.Extensions.Time.Testing.FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow());
        TestStation station = await TestStation.StartAsync(clock: clock);
        await SwitchAsync(station, cancellationToken);
        clock.Advance(TimeSpan.FromHours(23));
        TestStation next = await station.AgainAsync();
        HttpResponseMessage same = await SwitchAsync(next, cancellationToken);
        clock.Advance(TimeSpan.FromHours(2));
        await using TestStation last = await next.AgainAsync();
        HttpResponseMessage anew = await SwitchAsync(last, cancellationToken);

        Assert.That((same.Headers.Contains("Idempotency-Replayed"), anew.Headers.Contains("Idempotency-Replayed")), Is.EqualTo((true, false)));
    }

    [Test]
    public async Task DiskThatTakesNoKeys_KeepsNobodyFromSwitching(CancellationToken cancellationToken)
    {
        await using TestStation station = await TestStation.StartAsync();
        Directory.CreateDirectory(Path.Combine(station.Options.StateFolder, "keys.jsonl"));
        HttpResponseMessage first = await SwitchAsync(station, cancellationToken), second = await SwitchAsync(station, cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((int)first.StatusCode, Is.EqualTo(200));
            Assert.That(second.Headers.Contains("Idempotency-Replayed"), Is.True, "this station still knows");
            Assert.That(station.Log.Lines.Count(l => l.Text.StartsWith("Idempotency keys cannot be kept", StringComparison.Ordinal)), Is.EqualTo(1));
        }
    }

    [Test]
    public async Task AnswerWithoutABody_IsGivenAgain_AndIsNoFailureInTheLog(CancellationToken cancellationToken)
    {
        await using TestStation station = await TestStation.StartAsync();
        using HttpClient client = station.Client();
        client.DefaultRequestHeaders.Add("Idempotency-Key", "stop");
        HttpResponseMessage first = await client.DeleteAsync(new Uri("slots/p1/inject", UriKind.Relative), cancellationToken);
        HttpResponseMessage second = await client.DeleteAsync(new Uri("slots/p1/inject", UriKind.Relative), cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(((int)first.StatusCode, (int)second.StatusCode, second.Headers.Contains("Idempotency-Replayed")), Is.EqualTo((204, 204, true)));
            Assert.That(station.Log.Lines.Where(l => l.Text.Contains("failed", StringComparison.Ordinal)), Is.Empty);
        }
    }

    private static async Task<HttpResponseMessage> SwitchAsync(TestStation station, CancellationToken cancellationToken)
    {
        using HttpClient client = station.Client();
        client.DefaultRequestHeaders.Add("Idempotency-Key", "once");
        return await client.PostAsJsonAsync("slots/p1/power", new { state = "on" }, cancellationToken);
    }

    [Test]
    public async Task OneKey_OfTwoPeopleAtOneAccount_IsTwo(CancellationToken cancellationToken)
    {
        await using TestStation station = await TestStation.StartAsync();
        using HttpClient anna = station.Client(owner: "Anna"), bob = station.Client(owner: "Bob");
        anna.DefaultRequestHeaders.Add("Idempotency-Key", "1");
        bob.DefaultRequestHeaders.Add("Idempotency-Key", "1");
        HttpResponseMessage first = await anna.PostAsJsonAsync("leases", new { slots = new[] { "p1" } }, cancellationToken);
        HttpResponseMessage second = await bob.PostAsJsonAsync("leases", new { slots = new[] { "p2" } }, cancellationToken);

        Assert.That(((int)first.StatusCode, (int)second.StatusCode), Is.EqualTo((201, 201)));
    }
}
