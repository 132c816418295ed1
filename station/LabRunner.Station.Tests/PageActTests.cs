using System.Collections.Concurrent;
using LabRunner.Station.Jobs;
using LabRunner.Station.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Microsoft.Playwright;

namespace LabRunner.Station.Tests;

/// <summary>What is done from the page: with a reason, by somebody who has a name, and once.</summary>
public sealed class PageActTests : PageFixture
{
    [Test]
    public async Task Job_WhoseAnswerTheNetworkTakesAway_IsInTheQueueOnce()
    {
        IPage page = await OpenAsync("/#/queue");
        ConcurrentQueue<string> keys = [];
        await page.RouteAsync("**/api/v1/jobs", async route =>
        {
            if (route.Request.Method != "POST")
            {
                await route.ContinueAsync();
                return;
            }

            keys.Enqueue(route.Request.Headers["idempotency-key"]);
            if (keys.Count > 1)
            {
                await route.ContinueAsync();
                return;
            }

            await route.FetchAsync();
            await route.AbortAsync("connectionreset");
        });
        await page.GetByLabel("Plan").SelectOptionAsync("check");
        await page.GetByRole(AriaRole.Button, new() { Name = "Put into the queue" }).ClickAsync();
        await TestStation.UntilAsync(() => keys.Count == 2);
        await Assertions.Expect(page.Locator("tbody tr", new() { HasText = "check" })).ToHaveCountAsync(1);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(keys.Distinct().Count(), Is.EqualTo(1));
            Assert.That(Station.Services.GetRequiredService<JobBook>().All(), Has.Count.EqualTo(1));
        }
    }

    [Test]
    public async Task SilentConsole_ThatShowsItIsThere_GoesOn()
    {
        FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow());
        await using TestStation station = await TestStation.StartAsync(clock: clock);
        IPage page = await OpenAsync("/#/slot/p1", address: station.Address);
        await Assertions.Expect(page.Locator("#slot-word")).ToHaveTextAsync("off");
        for (int i = 0; i < 10; i++)
        {
            clock.Advance(Api.EventStream.Silence);
            await page.EvaluateAsync("() => new Promise(requestAnimationFrame)");
        }

        await station.Opener.Plugs["p1"].Console.SayAsync("still here\r\n");
        await Assertions.Expect(page.Locator(".console .line", new() { HasText = "still here" })).ToHaveCountAsync(1);
    }

}
