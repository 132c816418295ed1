using System.Net.Http.Json;
using LabRunner.Hardware.Pulses;
using LabRunner.Station.Access;
using LabRunner.Station.Benches;
using LabRunner.Station.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace LabRunner.Station.Tests;

/// <summary>A slot's page: what is done there is asked and explained, what its console says is shown as it is meant.</summary>
public sealed class PageSlotTests : PageFixture
{
    [Test]
    public async Task Reason_GoesWithEveryAct_IntoTheAuditLog()
    {
        AuditLog audit = Station.Services.GetRequiredService<AuditLog>();
        IPage page = await OpenAsync("/#/slot/p1");
        await page.GetByLabel("Why").FillAsync("does it boot?");
        foreach (string button in new[] { "Power on", "Press", "Inject…", "Write…", "Cycle" })
        {
            int before = audit.Newest(100).Count;
            await page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();
            if (button.EndsWith('…'))
            {
                if (button == "Write…")
                {
                    await page.GetByLabel("Text (a line end is added)").FillAsync("status");
                }

                await page.Locator("#ask-yes").ClickAsync();
            }

            await TestStation.UntilAsync(() => audit.Newest(100).Count > before);
        }

        await page.GetByLabel("Why").FillAsync("");
        await page.GetByRole(AriaRole.Button, new() { Name = "Power off" }).ClickAsync();
        await TestStation.UntilAsync(() => audit.Newest(100).Count == 6);

        IReadOnlyList<AuditEntry> all = audit.Newest(100);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(all.Select(a => a.Status), Is.All.InRange(200, 204));
            Assert.That(all.Skip(1).Select(a => a.Why), Is.All.EqualTo("does it boot?"));
            Assert.That(all[0].Why, Is.Null);
        }
    }

    [Test]
    public async Task Pulses_AreNotFedIntoASlotOnMains_Unasked()
    {
        await using TestStation station = await TestStation.StartAsync(mains: true);
        IPage page = await OpenAsync("/#/slot/p1", address: station.Address);
        ILocator inject = page.GetByRole(AriaRole.Button, new() { Name = "Inject…" });
        await inject.ClickAsync();
        await Assertions.Expect(page.Locator("#ask")).ToContainTextAsync("Feed pulses into p1 with mains?");
        await Assertions.Expect(page.Locator("#ask")).ToContainTextAsync("Is the bench closed, and is nobody at it?");
        await Chromium.PictureAsync(page, "inject-mains");
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.Locator("#ask")).ToBeHiddenAsync();
        double cancelled = station.Opener.Pulses["p1"].Of(PulseChannel.Cf);
        await inject.ClickAsync();
        await page.Locator("#ask-yes").ClickAsync();
        await TestStation.UntilAsync(() => station.Opener.Pulses["p1"].Of(PulseChannel.Cf) > 0);

        Assert.That(cancelled, Is.Zero);
    }

    [Test]
    public async Task Console_ShowsColours_AndNothingOfItBecomesMarkup()
    {
        Station.Services.GetRequiredService<ConsoleKeeper>().Of("p1")!.Append(
        [
            (TimeProvider.System.GetUtcNow(), "\u001b[1;31mover heat\u001b[0m at \u001b[38;5;32m70\u001b[39m \u001b[2Jdegrees"),
            (TimeProvider.System.GetUtcNow(), "\u001b[33m<img src=x onerror=\"window.hurt=1\"><b>bold</b>\u001b[0m"),
        ]);
        IPage page = await OpenAsync("/#/slot/p1");
        ILocator hot = page.Locator(".console .line span.c1.strong"), sly = page.Locator(".console .line span.c3");
        await Assertions.Expect(hot).ToHaveTextAsync("over heat");
        await Assertions.Expect(sly).ToHaveTextAsync("<img src=x onerror=\"window.hurt=1\"><b>bold</b>");
        await Assertions.Expect(hot).ToHaveCSSAsync("color", "rgb(248, 113, 113)");
        await Assertions.Expect(page.Locator(".console .line", new() { HasText = "over heat at 70 degrees" })).ToBeVisibleAsync();
        await ExpectSoundAsync(page);
        await Chromium.PictureAsync(page, "console-colours");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await page.Locator(".console img, .console b").CountAsync(), Is.Zero);
            Assert.That(await page.EvaluateAsync<bool>("() => window.hurt === undefined"), Is.True);
        }
    }
}
