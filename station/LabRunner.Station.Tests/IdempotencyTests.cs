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
}
