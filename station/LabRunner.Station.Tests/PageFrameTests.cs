using LabRunner.Station.Tests.Support;
using Microsoft.Playwright;

namespace LabRunner.Station.Tests;

/// <summary>What all views have in common: addresses, keys, screens of any size.</summary>
public sealed class PageFrameTests : PageFixture
{
    [TestCase("/#/nothing")]
    [TestCase("/#/slot/p1/else")]
    [TestCase("/#/slot/%E0%A4%A")]
    public async Task Address_OfNoView_SaysSo(string path)
    {
        IPage page = await OpenAsync(path);
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "There is no such page" })).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("nav [aria-current]")).ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Link, new() { Name = "To the bench" }).ClickAsync();
        await Assertions.Expect(page.Locator(".slot")).ToHaveCountAsync(2);
    }

    [TestCase("/#/slot/p9", "There is no slot p9")]
    [TestCase("/#/run/nobody", "There is no run 'nobody'.")]
    public async Task Address_OfNothing_SaysWhatThereIsNot(string path, string sentence)
    {
        IPage page = await OpenAsync(path);
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync(sentence);
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Power on" })).ToHaveCountAsync(0);
    }

    // What is on mains is not known before the station has told its slots, and nothing on mains is switched unasked.
    [TestCase("/#/slot/p1", "Power on", "Power off", "Cycle", "Press", "Inject…", "Write…", "Take it…", "Flash…", "Update…")]
    [TestCase("/#/queue", "Put into the queue")]
    [TestCase("/#/calendar", "Look at all slots now")]
    public async Task Nothing_CanBeDone_BeforeTheStationHasToldItsSlots(string path, params string[] buttons)
    {
        IPage page = await OpenAsync("/");
        await Assertions.Expect(page.Locator(".slot")).ToHaveCountAsync(2);
        TaskCompletionSource told = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await page.RouteAsync("**/api/*/slots", async route =>
        {
            await told.Task;
            await route.ContinueAsync();
        });
        await page.EvaluateAsync("hash => { location.hash = hash; }", path[1..]);
        await page.ReloadAsync();
        ILocator Button(string name) => page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });
        foreach (string name in buttons)
        {
            await Assertions.Expect(Button(name)).ToBeDisabledAsync();
        }

        told.SetResult();
        await Assertions.Expect(Button(buttons[0])).ToBeEnabledAsync();
    }

    [Test]
    public async Task Keys_AreNamedOnThePage_AndDoWhatTheySay()
    {
        IPage page = await OpenAsync("/");
        await Assertions.Expect(page.Locator(".slot")).ToHaveCountAsync(2);
        await page.Keyboard.PressAsync("?");
        ILocator asked = page.Locator("#ask");
        await Assertions.Expect(asked).ToContainTextAsync("the queue");
        await Assertions.Expect(asked.GetByRole(AriaRole.Button)).ToHaveTextAsync("Close");
        await ExpectSoundAsync(page);
        await Chromium.PictureAsync(page, "keys");
        await page.Keyboard.PressAsync("q");
        await Assertions.Expect(asked).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(asked).ToBeHiddenAsync();
        foreach ((string key, string end) in new[] { ("q", "#/queue"), ("c", "#/calendar"), ("r", "#/runs"), ("2", "#/slot/p2"), ("b", "#/"), ("1", "#/slot/p1") })
        {
            await page.Keyboard.PressAsync(key);
            await Assertions.Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex($"{System.Text.RegularExpressions.Regex.Escape(end)}$"));
        }

        ILocator pause = page.GetByRole(AriaRole.Button, new() { Name = "Pause" }), follow = page.GetByRole(AriaRole.Button, new() { Name = "Follow" });

        // The address is new before the view is, and a key goes to the view that is there.
        await Assertions.Expect(pause).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("p");
        await Assertions.Expect(follow).ToHaveAttributeAsync("aria-pressed", "true");
        await page.Keyboard.PressAsync("p");
        await Assertions.Expect(pause).ToHaveAttributeAsync("aria-pressed", "false");
        await page.Keyboard.PressAsync("/");
        await Assertions.Expect(page.GetByRole(AriaRole.Searchbox)).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("b");
        Assert.That(page.Url, Does.EndWith("#/slot/p1"), "a letter in a field is a letter");
        await page.Keyboard.PressAsync("Tab");
        await page.GetByRole(AriaRole.Button, new() { Name = "Keys: press ?" }).ClickAsync();
        await Assertions.Expect(asked).ToBeVisibleAsync();
        await asked.GetByRole(AriaRole.Button).ClickAsync();

        // A question after that has both its buttons again.
        await page.GetByRole(AriaRole.Button, new() { Name = "Take it…" }).ClickAsync();
        await Assertions.Expect(asked.GetByRole(AriaRole.Button)).ToHaveCountAsync(2);
    }

    [Test]
    public async Task Focus_StaysOnACard_ThoughTheCardsAreMadeAnew()
    {
        IPage page = await OpenAsync("/");
        await page.GetByRole(AriaRole.Link, new() { Name = "p2" }).FocusAsync();
        await page.EvaluateAsync("() => { window.first = document.activeElement; }");
        await page.WaitForFunctionAsync("() => !window.first.isConnected");
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "p2" })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");

        Assert.That(page.Url, Does.EndWith("#/slot/p2"));
    }
}
