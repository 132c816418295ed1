using System.Net;
using System.Text.Json;
using LabRunner.Station.Tests.Support;
using Microsoft.Playwright;

namespace LabRunner.Station.Tests;

/// <summary>One day at the virtual bench as two people have it on their screens: <c>labrunner serve</c> with real sockets, PTYs, lines, suite processes, and a real Chromium.</summary>
[Category("page")]
[CancelAfter(300_000)]
[NonParallelizable]
public sealed class PageStoryTests
{
    private readonly System.Collections.Concurrent.ConcurrentQueue<string> _errors = [];
    private Chromium _chromium;
    private StationProgram _program;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _chromium = await Chromium.StartAsync();
        _program = new StationProgram();
        _program.Home.AddShort("short", cycles: 2);
        (_, HttpClient client) = await _program.ServeAsync(new Dictionary<string, string>(), CancellationToken.None, "--time-scale", "20");
        client.Dispose();
        await TestStation.UntilAsync(() => _program.Log.Any(l => l.Contains("5 slots are watched", StringComparison.Ordinal)));
    }

    [OneTimeTearDown]
    public async Task EndAsync()
    {
        await (_chromium?.DisposeAsync() ?? ValueTask.CompletedTask);
        if (_program is not null)
        {
            await _program.DisposeAsync();
        }
    }

    [Test]
    public async Task Plug_FreezesAndIsNamed_APlanIsRun_ItsReportIsSaved_AndASecondPersonIsRefused()
    {
        await using IBrowserContext annas = await _chromium.Browser.NewContextAsync(), bobs = await _chromium.Browser.NewContextAsync();
        IPage anna = await OpenAsync(annas, "Anna", "/"), bob = await OpenAsync(bobs, "Bob", "/#/slot/p2");
        await FreezeAsync(anna);
        await RefuseAsync(anna, bob);
        await RunAsync(anna);

        await anna.Keyboard.PressAsync("b");
        await Assertions.Expect(anna.Locator(".slot", new() { HasText = "p2" })).ToContainTextAsync("NET_FREEZE");
        Assert.That(_errors, Is.Empty, "errors of the page's own scripts");
    }

    // p2 has the planted fault F01: its network stack stops some minutes after each boot, while the console speaks on.
    private static async Task FreezeAsync(IPage page)
    {
        await page.Locator(".slot .name a", new() { HasText = "p2" }).ClickAsync();
        await page.GetByLabel("Why").FillAsync("does it stay?");
        await page.GetByRole(AriaRole.Button, new() { Name = "Power on" }).ClickAsync();
        await Assertions.Expect(page.Locator("#slot-word")).ToHaveTextAsync("serving");
        await Assertions.Expect(page.Locator(".console .line", new() { HasText = "Info:MAIN:Time" }).First).ToBeVisibleAsync();
        foreach (string figure in new[] { "Heap", "Power", "Voltage" })
        {
            ILocator plot = page.GetByRole(AriaRole.Img, new() { NameRegex = new($"^{figure}: now [0-9]") });
            await Assertions.Expect(plot.Locator("polyline")).ToHaveAttributeAsync("points", new System.Text.RegularExpressions.Regex(@"^(?:[0-9.]+,[0-9.]+ ){2,}[0-9.]+,[0-9.]+$"));
        }

        ILocator named = page.Locator("ol.events a.incident", new() { HasText = "NET_FREEZE" });
        await Assertions.Expect(named).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("#slot-word")).ToHaveTextAsync("NET_FREEZE");
        await Chromium.PictureAsync(page, "story-frozen");
        await page.Keyboard.PressAsync("i");
        ILocator incident = page.GetByRole(AriaRole.Region, new() { Name = "Incident" });
        await Assertions.Expect(incident).ToContainTextAsync("NET_FREEZE");
        await Assertions.Expect(incident).ToContainTextAsync("goes on now");
        await Assertions.Expect(incident.Locator("ul.evidence li").First).ToBeVisibleAsync();
        await Chromium.PictureAsync(page, "story-incident");
        await page.GetByRole(AriaRole.Link, new() { Name = "Back to p2" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Cycle" }).ClickAsync();
        await Assertions.Expect(page.Locator("#slot-word")).ToHaveTextAsync("serving");
        await Assertions.Expect(page.GetByRole(AriaRole.Img, new() { NameRegex = new("^Heap: .* boots?$") }).Locator("line.boot")).Not.ToHaveCountAsync(0);
        await Chromium.PictureAsync(page, "story-rebooted");
    }

    private static async Task RefuseAsync(IPage anna, IPage bob)
    {
        await anna.GetByRole(AriaRole.Button, new() { Name = "Take it…" }).ClickAsync();
        await anna.GetByLabel("What for").FillAsync("bisecting the freeze");
        await anna.Locator("#ask-yes").ClickAsync();
        await Assertions.Expect(bob.Locator("p.incident")).ToHaveTextAsync(new System.Text.RegularExpressions.Regex(@"^Anna has it for 'bisecting the freeze' until \d\d:\d\d:\d\d\.$"));
        await Assertions.Expect(bob.GetByRole(AriaRole.Button, new() { Name = "Power off" })).ToBeDisabledAsync();

        // A page that has not heard of the lease yet, or a script: the station says it too.
        JsonElement refused = await bob.EvaluateAsync<JsonElement>("""
            async () => {
              const answer = await fetch('/api/v1/slots/p2/power', { method: 'POST', headers: { 'Content-Type': 'application/json', 'X-LabRunner-Owner': 'Bob' }, body: JSON.stringify({ state: 'off' }) });
              return { status: answer.status, detail: (await answer.json()).detail };
            }
            """);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused.GetProperty("status").GetInt32(), Is.EqualTo((int)HttpStatusCode.Conflict));
            Assert.That(refused.GetProperty("detail").GetString(), Does.Contain("Anna").And.Match(@"until \d{4}-\d\d-\d\d \d\d:\d\d"));
        }
    }

    private static async Task RunAsync(IPage page)
    {
        await page.GetByLabel("Why").FillAsync("");
        await page.Locator("h2").First.ClickAsync();
        await page.Keyboard.PressAsync("q");
        await page.GetByLabel("Plan").SelectOptionAsync("short");
        await page.GetByLabel("Needs").FillAsync("sentinel");
        await Assertions.Expect(page.GetByText("It runs on p1.")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Put into the queue" }).ClickAsync();
        await page.Locator("tbody a").First.ClickAsync();
        ILocator whole = page.Locator("main > div > progress");
        await Assertions.Expect(whole).ToHaveJSPropertyAsync("value", 0);
        await Assertions.Expect(whole).ToHaveJSPropertyAsync("max", 2);
        await Assertions.Expect(whole).ToHaveJSPropertyAsync("value", 1);
        await Assertions.Expect(page.GetByText(new System.Text.RegularExpressions.Regex("^1 of 2 suites over, .*about .* left, until "))).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "S02" })).ToContainTextAsync(new System.Text.RegularExpressions.Regex("PASS [1-9]"));
        await Chromium.PictureAsync(page, "story-run");
        IDownload saved = await page.RunAndWaitForDownloadAsync(
            () => page.GetByRole(AriaRole.Button, new() { Name = "Save report.html" }).ClickAsync(new() { Timeout = 120_000 }), new() { Timeout = 150_000 });
        string report = await File.ReadAllTextAsync((await saved.PathAsync())!);

        Assert.That(report, Does.Contain("<html").And.Contain("short").And.Contain("S02"));
    }

    private Task<IPage> OpenAsync(IBrowserContext context, string owner, string path) => Chromium.OpenAsync(context, new Uri(_program.Addresses.First(a => a.Scheme == "http"), path), owner, _errors.Enqueue);
}
