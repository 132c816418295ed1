using Deque.AxeCore.Playwright;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Hardware.Power;
using LabRunner.Station.Access;
using LabRunner.Station.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace LabRunner.Station.Tests;

/// <summary>Firmware on the slot's page, in a real Chromium, written to a virtual plug.</summary>
[Category("page")]
[CancelAfter(240_000)]
[NonParallelizable]
public sealed class FirmwarePageTests
{
    private readonly System.Collections.Concurrent.ConcurrentQueue<string> _errors = [];
    private Chromium _chromium;
    private VirtualStation _station;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _chromium = await Chromium.StartAsync();

        // As fast as copper: two people must see a flash go, and a page asks every three seconds.
        _station = await VirtualStation.StartAsync(timeScale: 1);
    }

    [OneTimeTearDown]
    public async Task EndAsync()
    {
        await (_chromium?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_station?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    [TearDown]
    public void ExpectNoErrors() => Assert.That(_errors, Is.Empty, "errors of the page's own scripts");

    [Test]
    public async Task Person_FlashesASlot_IsAskedBefore_AndSeesItGo_AlsoFromElsewhere()
    {
        await using IBrowserContext annas = await _chromium.Browser.NewContextAsync(), bobs = await _chromium.Browser.NewContextAsync(new() { ViewportSize = new() { Width = 390, Height = 844 } });
        IPage anna = await OpenAsync(annas, "Anna"), bob = await OpenAsync(bobs, "Bob");
        ILocator form = anna.GetByRole(AriaRole.Region, new() { Name = "Firmware" }), seen = bob.GetByRole(AriaRole.Region, new() { Name = "Firmware" });
        await form.GetByLabel("File").SetInputFilesAsync(new FilePayload { Name = "notes.txt", MimeType = "text/plain", Buffer = "not firmware"u8.ToArray() });
        await form.GetByRole(AriaRole.Button, new() { Name = "Flash…" }).ClickAsync();
        await Assertions.Expect(anna.Locator("#note")).ToContainTextAsync("no known image begins like this");
        await form.GetByLabel("File").SetInputFilesAsync(new FilePayload { Name = "build.bin", MimeType = "application/octet-stream", Buffer = VirtualImages.WholeFlash("1.18.231") });
        await anna.GetByLabel("Why").FillAsync("build 231");
        await form.GetByRole(AriaRole.Button, new() { Name = "Flash…" }).ClickAsync();
        await Assertions.Expect(anna.Locator("#ask-body")).ToContainTextAsync("BL602 whole-flash image, 2,097,152 bytes, version 1.18.231.");
        await anna.Locator("#ask-yes").ClickAsync();
        await Assertions.Expect(form.GetByRole(AriaRole.Progressbar)).ToBeVisibleAsync();
        await Assertions.Expect(seen.GetByRole(AriaRole.Status)).ToContainTextAsync("Flashing build.bin for Anna");
        await Assertions.Expect(seen.GetByRole(AriaRole.Button, new() { Name = "Cancel it" })).ToBeDisabledAsync();
        await Chromium.PictureAsync(anna, "firmware-going");
        await bob.Keyboard.PressAsync("b");
        await Assertions.Expect(bob.Locator(".slot", new() { HasText = "p1" })).ToContainTextAsync("Flashing build.bin for Anna since ");
        await Chromium.PictureAsync(bob, "firmware-card");
        await bob.Keyboard.PressAsync("1");
        await Assertions.Expect(form.GetByRole(AriaRole.Status)).ToContainTextAsync("Flashing build.bin is done");
        await Assertions.Expect(form.Locator("ol.said li").Last).ToHaveTextAsync("BOOT is released and power off.");
        var found = await anna.RunAxe();
        int overflow = await bob.EvaluateAsync<int>("() => document.documentElement.scrollWidth - innerWidth");
        await Chromium.PictureAsync(anna, "firmware-done");
        await Chromium.PictureAsync(bob, "firmware-phone");

        using (Assert.EnterMultipleScope())
        {
            Assert.That((await _station.LinesAsync("p1")).Power, Is.EqualTo(PowerState.Off));
            Assert.That(_station.Services.GetRequiredService<AuditLog>().Newest(100).Where(a => a.Action.EndsWith("/flash", StringComparison.Ordinal)).Select(a => a.Why), Is.EqualTo(new[] { "build 231" }));
            Assert.That(found.Violations.Where(v => v.Impact is "serious" or "critical").Select(v => $"{v.Id}: {v.Help}"), Is.Empty);
            Assert.That(overflow, Is.LessThanOrEqualTo(0), "the page is wider than a phone");
        }
    }

    [Test]
    public async Task Update_IsBegunWithItsReason()
    {
        await using IBrowserContext annas = await _chromium.Browser.NewContextAsync();
        IPage anna = await OpenAsync(annas, "Anna");
        ILocator form = anna.GetByRole(AriaRole.Region, new() { Name = "Firmware" });
        await anna.GetByLabel("Why").FillAsync("build 232");
        await form.GetByLabel("File").SetInputFilesAsync(new FilePayload { Name = "build.ota", MimeType = "application/octet-stream", Buffer = VirtualImages.Ota("1.18.232") });
        await form.GetByRole(AriaRole.Button, new() { Name = "Update…" }).ClickAsync();
        await anna.Locator("#ask-yes").ClickAsync();
        await TestStation.UntilAsync(() => Updates().Any());
        Assert.That(Updates(), Is.EqualTo(new[] { "build 232" }));
    }

    private IEnumerable<string?> Updates() =>
        _station.Services.GetRequiredService<AuditLog>().Newest(100).Where(a => a.Action.EndsWith("/ota", StringComparison.Ordinal)).Select(a => a.Why);

    private Task<IPage> OpenAsync(IBrowserContext context, string owner) => Chromium.OpenAsync(context, new Uri(_station.Address, "/#/slot/p1"), owner, _errors.Enqueue);
}
