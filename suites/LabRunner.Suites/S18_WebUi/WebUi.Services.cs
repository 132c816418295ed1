using System.Text.Json;
using LabRunner.Fixtures.Pages;
using Microsoft.Playwright;
using NUnit.Framework;

namespace LabRunner.Suites.S18_WebUi;

/// <content>Pages that lead to what is outside of the plug: its MAC address, the pinged host, Home Assistant, the web application. All are looked at only.</content>
public sealed partial class WebUi
{
    [Test]
    public Task Mac_ShowsWhatTheDeviceTells() => OnPageAsync("mac", async () =>
    {
        await DemandPageAsync("mac");
        MacPage mac = new(Page);
        await mac.OpenAsync();
        string told = Digits((await Lab.Plug.GetInfoAsync(Lab.Token)).Mac);
        Assert.That(Digits(await mac.Mac.InputValueAsync()), Is.EqualTo(told).And.Length.EqualTo(12), "MAC address of the page against that of /api/info.");
        AssertNoErrors("the page of the MAC address");
    });

    [Test]
    public Task Ping_ShowsHostAndTime() => OnPageAsync("ping", async () =>
    {
        await DemandPageAsync("ping");
        PingPage ping = new(Page);
        await ping.OpenAsync();
        await Assertions.Expect(ping.Host).ToBeVisibleAsync();
        await Assertions.Expect(ping.DisableButton).ToBeVisibleAsync();
        Assert.That(int.TryParse(await ping.Seconds.InputValueAsync(), out _), Is.True, $"The time without an answer is no number: '{await ping.Seconds.InputValueAsync()}'.");
        AssertNoErrors("the page of the ping watchdog");
    });

    [Test]
    public Task WebApp_ShowsWhatTheDeviceTells() => OnPageAsync("webapp", async () =>
    {
        await DemandPageAsync("webapp");
        WebAppPage application = new(Page);
        await application.OpenAsync();
        await Assertions.Expect(application.Root).ToHaveValueAsync(await ToldRootAsync());
        await Assertions.Expect(application.DefaultButton).ToBeVisibleAsync();
        AssertNoErrors("the page of the web application's address");
    });

    [Test]
    public Task HomeAssistant_NamesThePlugAndOffersDiscovery() => OnPageAsync("ha", async () =>
    {
        await DemandPageAsync("ha");
        HomeAssistantPage page = new(Page);
        await page.OpenAsync();
        await Assertions.Expect(page.Text).ToContainTextAsync((await Lab.Plug.GetInfoAsync(Lab.Token)).ShortName);
        await Assertions.Expect(page.Topic).Not.ToHaveValueAsync("");
        await Assertions.Expect(page.StartButton).ToBeVisibleAsync();
        Assert.That(await page.HasScriptAsync(), Is.True, "The start button's script is not on the page: it was cut off, or is broken.");
        AssertNoErrors("the page of Home Assistant");
    });

    [Test]
    public Task App_LoadsItsProgramFromTheRootThatIsSet() => OnPageAsync("app", async () =>
    {
        AppPage application = new(Page);
        await application.RefuseElsewhereAsync();
        await DemandPageAsync("app");
        await application.OpenAsync();
        string root = await ToldRootAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await application.RootAsync(), Is.EqualTo(root), "The root that the page hands on against that of /api/info.");
            Assert.That(await application.ProgramsAsync(), Has.Some.StartsWith(root), "Programs that the page loads.");
            Assert.That(await application.DeviceAsync(), Is.EqualTo($"http://{Lab.Plug.Address.Authority}"), "The device that the page hands on.");
        }

        AssertNoErrors("the web application's page");
    });

    private async Task<string> ToldRootAsync()
    {
        using JsonDocument info = JsonDocument.Parse((await Lab.Plug.GetAsync("/api/info", Lab.Token)).Body);
        string? root = info.RootElement.TryGetProperty("webapp", out JsonElement told) ? told.GetString() : null;
        if (string.IsNullOrEmpty(root))
        {
            Assert.Ignore("/api/info of this firmware tells no address of a web application");
        }

        return root!;
    }

    private static string Digits(string mac) => string.Concat(mac.Where(char.IsAsciiHexDigit)).ToUpperInvariant();
}
