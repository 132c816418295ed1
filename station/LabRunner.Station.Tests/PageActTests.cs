using System.Collections.Concurrent;
using System.Net.Http.Json;
using LabRunner.Hardware.Pulses;
using LabRunner.Station.Access;
using LabRunner.Station.Jobs;
using LabRunner.Station.Leases;
using LabRunner.Station.Operations;
using LabRunner.Station.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Microsoft.Playwright;

namespace LabRunner.Station.Tests;

/// <summary>What is done from the page: with a reason, by somebody who has a name, and once.</summary>
public sealed class PageActTests : PageFixture
{
    private AuditLog Audit => Station.Services.GetRequiredService<AuditLog>();

    [Test]
    public async Task Pulses_AreStopped_WithTheReason()
    {
        IPage page = await OpenAsync("/#/slot/p1", width: 390, height: 844);
        using HttpClient client = Station.Client(owner: "Anna");
        await client.PostAsJsonAsync("slots/p1/inject", new { watts = 60, forSeconds = 3600 });
        double before = Station.Opener.Pulses["p1"].Of(PulseChannel.Cf);
        await page.GetByLabel("Why").FillAsync("wrong slot");
        await page.GetByRole(AriaRole.Button, new() { Name = "Stop pulses" }).ClickAsync();
        await TestStation.UntilAsync(() => Audit.Newest(1)[0].Action.StartsWith("DELETE", StringComparison.Ordinal));
        await ExpectSoundAsync(page);
        await Chromium.PictureAsync(page, "slot-acts-390");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(before, Is.Positive);
            Assert.That(Station.Opener.Pulses["p1"].Of(PulseChannel.Cf), Is.Zero);
            Assert.That((Audit.Newest(1)[0].What, Audit.Newest(1)[0].Why), Is.EqualTo(("pulses of p1 stopped", "wrong slot")));
        }
    }

    [Test]
    public async Task Job_IsStopped_WithAReason()
    {
        IPage page = await OpenAsync("/#/queue", width: 390, height: 844);
        using HttpClient client = Station.Client(owner: "Anna");
        await client.PostAsJsonAsync("jobs", new { plan = "check" });
        await page.GetByRole(AriaRole.Button, new() { Name = "Stop", Exact = true }).ClickAsync();
        await ExpectSoundAsync(page);
        await Chromium.PictureAsync(page, "stop-job-390");
        await ReasonAsync(page, "the build is wrong – löschen", "DELETE /api/v1/jobs/");
    }

    [Test]
    public async Task Lease_IsTakenByAName_AndGivenBack_WithAReason()
    {
        IPage page = await OpenAsync("/#/slot/p1", owner: "");
        await page.GetByRole(AriaRole.Button, new() { Name = "Take it…" }).ClickAsync();
        await Assertions.Expect(page.Locator("#ask")).ToContainTextAsync("say your name first");
        await page.Locator("#ask-yes").ClickAsync();
        await Assertions.Expect(page.Locator("#note")).ToHaveTextAsync("p1 was not taken: nobody's name was said.");
        await page.GetByRole(AriaRole.Button, new() { Name = "Take it…" }).ClickAsync();
        await page.GetByLabel("Your name").FillAsync("Carla");
        await page.Locator("#ask-yes").ClickAsync();
        await Assertions.Expect(page.Locator("#ask")).ToContainTextAsync("Take p1 for yourself");
        await page.Locator("#ask-yes").ClickAsync();
        LeaseDesk leases = Station.Services.GetRequiredService<LeaseDesk>();
        await TestStation.UntilAsync(() => leases.Of("p1")?.Owner == "Carla");
        await Assertions.Expect(page.Locator("#who")).ToContainTextAsync("Carla");
        await page.GetByRole(AriaRole.Button, new() { Name = "End lease…" }).ClickAsync();
        await ReasonAsync(page, "done early", "DELETE /api/v1/leases/");

        Assert.That(leases.All(), Is.Empty);
    }

    [Test]
    public async Task CheckOfThePool_IsAskedFor_WithAReason()
    {
        IPage page = await OpenAsync("/#/calendar");
        await page.GetByRole(AriaRole.Button, new() { Name = "Look at all slots now" }).ClickAsync();
        await ReasonAsync(page, "new wires", "POST /api/v1/pool/check");
    }

    [Test]
    public async Task Operation_IsCancelled_WithAReason()
    {
        Operation operation = await Station.Services.GetRequiredService<OperationDesk>().BeginAsync(
            new OperationOrder("flash", "is flashing", "p2", "Anna", null, null, "whole.bin"),
            async (_, _, _, ending) =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ending);
                return new OperationEnd(true, null);
            });
        IPage page = await OpenAsync("/#/slot/p2");
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel it" }).ClickAsync();
        await ReasonAsync(page, "wrong file", $"DELETE /api/v1/operations/{operation.View.Id}");
    }

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

    [Test]
    public async Task OldRuns_AreRemoved_WithAReason()
    {
        await using TestStation station = await TestStation.StartAsync(Role.Administer, schedule: "retention: { keepFor: 30d, keepNewest: 0 }\n");
        string folder = Directory.CreateDirectory(Path.Combine(station.Options.RunsFolder, "old")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "journal.db"), "");
        Directory.SetLastWriteTimeUtc(folder, TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-31));
        IPage page = await OpenAsync("/#/calendar", address: station.Address);
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove them now" }).ClickAsync();
        await ExpectSoundAsync(page);
        await ReasonAsync(page, "the card is full", "POST /api/v1/retention", station);
        await Assertions.Expect(page.GetByText("None goes.")).ToBeVisibleAsync();

        Assert.That(Directory.Exists(folder), Is.False);
    }

    [TestCase(false, "")]
    [TestCase(true, "Mains will be switched at the bench")]
    public async Task Probe_NamesItsBoard_WarnsOfMains_AndSaysTheReason(bool mains, string warning)
    {
        await using TestStation station = await TestStation.StartAsync(mains: mains);
        IPage page = await OpenAsync("/#/slot/p1", width: 390, height: 844, address: station.Address);
        await page.GetByLabel("Why").FillAsync("new PCB");
        await page.GetByRole(AriaRole.Button, new() { Name = "Probe…" }).ClickAsync();
        await Assertions.Expect(page.Locator("#ask")).ToContainTextAsync(warning);
        string question = await page.Locator("#ask").InnerTextAsync();
        await page.GetByLabel("Name of the board").FillAsync("sm-028-v1.4");
        await ExpectSoundAsync(page);
        await Chromium.PictureAsync(page, $"probe-390-{mains}");
        await page.Locator("#ask-yes").ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "Firmware" })).ToContainTextAsync("sm-028-v1.4");
        AuditEntry asked = station.Services.GetRequiredService<AuditLog>().Newest(1)[0];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(question.Contains("Mains", StringComparison.Ordinal), Is.EqualTo(mains));
            Assert.That((asked.What, asked.Status, asked.Why, asked.Owner), Is.EqualTo(("probe of p1 as sm-028-v1.4", 202, "new PCB", "Anna")));
        }
    }

    [Test]
    public async Task Network_ThatFallsSilent_IsSaid_AndAskedAgain()
    {
        IPage page = await OpenAsync("/");
        await Assertions.Expect(page.Locator("#bench-state")).ToHaveTextAsync("watching, no run");
        bool silent = true;
        await page.Clock.InstallAsync();
        await page.RouteAsync("**/api/v1/**", route => silent ? Task.CompletedTask : route.ContinueAsync());
        await page.ReloadAsync();
        await page.Clock.RunForAsync(31_000);
        await Assertions.Expect(page.Locator("#bench-state")).ToHaveTextAsync("The station does not answer; trying again.");
        silent = false;
        await page.Clock.RunForAsync(2_000);
        await page.Clock.RunForAsync(31_000);
        await Assertions.Expect(page.Locator("#bench-state")).ToHaveTextAsync("watching, no run");
    }

    /// <summary>Says why in the question that is open, and expects it in the audit log with what was done.</summary>
    private async Task ReasonAsync(IPage page, string why, string action, TestStation? station = null)
    {
        AuditLog audit = (station ?? Station).Services.GetRequiredService<AuditLog>();
        await page.Locator("#ask").GetByLabel("Why").FillAsync(why);
        await page.Locator("#ask-yes").ClickAsync();
        await TestStation.UntilAsync(() => audit.Newest(100).Any(a => a.Action.StartsWith(action, StringComparison.Ordinal)));
        Assert.That(audit.Newest(100).Where(a => a.Action.StartsWith(action, StringComparison.Ordinal)).Select(a => a.Why), Is.EqualTo(new[] { why }));
    }
}
