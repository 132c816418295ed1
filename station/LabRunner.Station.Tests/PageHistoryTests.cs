using System.Net.Http.Json;
using LabRunner.Station.Tests.Support;
using Microsoft.Playwright;

namespace LabRunner.Station.Tests;

/// <summary>Incidents on the page: on the card, in the timeline, on a page of their own, and after a restart.</summary>
public sealed class PageHistoryTests : PageFixture
{
    [Test]
    public async Task Incident_IsOpenedFromItsCard_AlsoAfterARestartOfTheStation()
    {
        using HttpClient client = Station.Client();
        await client.PostAsJsonAsync("slots/p2/power", new { state = "on" });
        await TestStation.UntilAsync(() => Station.Keeper.Now.Bench!.Session.GetLive().Single(l => l.Status.Slot == "p2").Status.Ready);
        IPage page = await OpenAsync("/");
        Station.Opener.Plugs["p2"].FreezeNetwork();
        ILocator card = page.Locator(".slot", new() { HasText = "p2" });
        await card.Locator("a.incident", new() { HasText = "NET_FREEZE" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "Incident" })).ToContainTextAsync("goes on now");
        await RestartAsync();

        page = await OpenAsync("/", width: 390, height: 844);
        card = page.Locator(".slot.off", new() { HasText = "p2" });
        await Assertions.Expect(card).ToContainTextAsync("NET_FREEZE");
        await ExpectSoundAsync(page);
        await Chromium.PictureAsync(page, "bench-past-390");
        await card.Locator("a.incident").ClickAsync();
        ILocator incident = page.GetByRole(AriaRole.Region, new() { Name = "Incident" });
        await Assertions.Expect(incident).ToContainTextAsync("was not over when its record ended");
        await Assertions.Expect(incident.Locator("ul.evidence li").First).ToBeVisibleAsync();
        await ExpectSoundAsync(page);
        await Chromium.PictureAsync(page, "incident-390");
        await page.GetByRole(AriaRole.Link, new() { Name = "Back to p2" }).ClickAsync();
        await page.Locator("ol.events a.incident", new() { HasText = "NET_FREEZE" }).ClickAsync();
        await Assertions.Expect(incident).ToContainTextAsync("NET_FREEZE");
        await page.EvaluateAsync("() => { location.hash = location.hash.replace(/[0-9]+$/, '99'); }");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "This incident is not kept any more" })).ToBeVisibleAsync();
    }
}
