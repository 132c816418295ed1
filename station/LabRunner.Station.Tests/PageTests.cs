using System.Net.Http.Json;
using LabRunner.Station.Access;
using LabRunner.Station.Benches;
using LabRunner.Station.Consoles;
using LabRunner.Station.Jobs;
using LabRunner.Station.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace LabRunner.Station.Tests;

/// <summary>The live page in a real Chromium.</summary>
public sealed class PageTests : PageFixture
{
    [Test]
    public async Task Person_SwitchesAPlugOn_SeesItServeAndSpeak_AndFindsALine()
    {
        IPage page = await OpenAsync("/");
        await page.Locator(".slot .name a", new() { HasText = "p1" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Power on" }).ClickAsync();
        await Assertions.Expect(page.Locator("#slot-word")).ToHaveTextAsync("serving");
        await Assertions.Expect(page.Locator(".console .line", new() { HasText = "Info:MAIN:Time" }).First).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Searchbox).FillAsync("booting bl602");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator(".console .line.found")).ToHaveCountAsync(1);
        await page.Locator("h2").First.ClickAsync();
        await page.Keyboard.PressAsync("b");
        await Assertions.Expect(page.Locator(".slot.ok", new() { HasText = "p1" })).ToBeVisibleAsync();

        Assert.That(Station.Opener.Plugs["p1"].State, Is.EqualTo(Hardware.Power.PowerState.On));
        await Support.Chromium.PictureAsync(page, "bench");
    }

    [Test]
    public async Task FrozenPlug_IsNamedOnItsCardAndItsPage()
    {
        using HttpClient client = Station.Client();
        await client.PostAsJsonAsync("slots/p2/power", new { state = "on" });
        await TestStation.UntilAsync(() => Station.Keeper.Now.Bench!.Session.GetLive().Single(l => l.Status.Slot == "p2").Status.Ready);
        IPage page = await OpenAsync("/#/slot/p2");
        Station.Opener.Plugs["p2"].FreezeNetwork();
        await Assertions.Expect(page.Locator("a.incident").First).ToContainTextAsync("NET_FREEZE", new() { Timeout = 60_000 });
        await Assertions.Expect(page.Locator("ol.events .incident").First).ToContainTextAsync("NET_FREEZE", new() { Timeout = 20_000 });
        await page.Keyboard.PressAsync("b");

        await Assertions.Expect(page.Locator(".slot.bad", new() { HasText = "p2" })).ToContainTextAsync("NET_FREEZE");
    }

    [Test]
    public async Task SecondPerson_SeesWhoHasASlot_AndCannotSwitchIt()
    {
        IPage anna = await OpenAsync("/#/slot/p1", "Anna");
        IPage bob = await OpenAsync("/#/slot/p1", "Bob");
        await anna.GetByRole(AriaRole.Button, new() { Name = "Take it…" }).ClickAsync();
        await anna.GetByLabel("What for").FillAsync("bisecting");
        await anna.Locator("#ask-yes").ClickAsync();

        await Assertions.Expect(bob.Locator(".incident", new() { HasText = "Anna has it for 'bisecting' until" })).ToBeVisibleAsync();
        await Assertions.Expect(bob.GetByRole(AriaRole.Button, new() { Name = "Power on" })).ToBeDisabledAsync();
        await Assertions.Expect(anna.GetByRole(AriaRole.Button, new() { Name = "Power on" })).ToBeEnabledAsync();
    }

    [TestCase("Power on", "Switch on mains of p1?")]
    [TestCase("Cycle", "Cycle mains of p1?")]
    [TestCase("Press", "Press with mains on p1?")]
    public async Task Mains_IsNeverSwitchedUnasked(string button, string question)
    {
        await using TestStation station = await TestStation.StartAsync(mains: true);
        IPage page = await OpenAsync("/#/slot/p1", address: station.Address);
        await page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator("#ask")).ToContainTextAsync(question);
        await page.Locator("#ask").GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Assertions.Expect(page.Locator("#ask")).ToBeHiddenAsync();
        Assert.That(station.Keeper.Now.Bench!.Session.GetLive().Single(l => l.Status.Slot == "p1").Powered, Is.Not.True);

        await page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();
        await page.Locator("#ask-yes").ClickAsync();
        await TestStation.UntilAsync(() => station.Keeper.Now.Bench!.Session.GetLive().Single(l => l.Status.Slot == "p1").Powered == true);
    }

    [Test]
    public async Task Question_GoesWithTheViewThatAskedIt()
    {
        IPage page = await OpenAsync("/#/slot/p1", "Anna");
        await page.GetByRole(AriaRole.Button, new() { Name = "Take it…" }).ClickAsync();
        await Assertions.Expect(page.Locator("#ask")).ToBeVisibleAsync();
        await page.EvaluateAsync("() => { location.hash = '#/queue'; }");
        await Assertions.Expect(page.Locator("#ask")).ToBeHiddenAsync();

        Assert.That(page.Url, Does.EndWith("#/queue"));
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Run a plan" })).ToBeVisibleAsync();
    }

    [Test]
    public async Task Plan_IsRunFromThePage_AndItsReportDownloaded()
    {
        IPage page = await OpenAsync("/#/queue", "Anna");
        await page.GetByLabel("Plan").SelectOptionAsync("check");
        await page.GetByLabel("Why").FillAsync("build 228");
        await page.GetByRole(AriaRole.Button, new() { Name = "Put into the queue" }).ClickAsync();
        await Assertions.Expect(page.Locator("#bench-state")).ToContainTextAsync("running check for Anna");
        Station.Opener.RunMayEnd.SetResult();
        JobBook jobs = Station.Services.GetRequiredService<JobBook>();
        await TestStation.UntilAsync(() => jobs.All().Single().IsOver);
        await page.Keyboard.PressAsync("r");
        await page.Locator("tbody a").First.ClickAsync();
        IDownload saved = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Button, new() { Name = "Save report.html" }).ClickAsync());
        IPage report = await page.RunAndWaitForPopupAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Open the report" }).ClickAsync());

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await File.ReadAllTextAsync((await saved.PathAsync())!), Does.Contain("<html"));
            Assert.That(await report.Locator("h1").First.InnerTextAsync(), Is.Not.Empty);
            Assert.That(await report.EvaluateAsync<string>("() => window.origin"), Is.EqualTo("null"));
        }
    }

    [Test]
    public async Task MillionLines_CostThePageNoMoreThanWhatIsSeen()
    {
        ConsoleKeeper consoles = Station.Services.GetRequiredService<ConsoleKeeper>();
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        for (int block = 0; block < 100; block++)
        {
            int from = block * 10_000;
            consoles.Of("p1")!.Append(Enumerable.Range(from, 10_000).Select(i => (now, $"Info:MAIN:line {i}")));
        }

        IPage page = await OpenAsync("/#/slot/p1");
        await Assertions.Expect(page.Locator(".console .line", new() { HasText = "line 999999" })).ToBeVisibleAsync();
        await page.EvaluateAsync("() => { const c = document.querySelector('.console'); c.scrollTop = (c.scrollHeight - c.clientHeight) / 2; }");
        await Assertions.Expect(page.Locator(".console .line", new() { HasText = "line 500000" })).ToBeVisibleAsync();
        int elements = await page.Locator(".console .line").CountAsync();
        int tallest = await page.EvaluateAsync<int>("() => document.querySelector('.console').scrollHeight");

        // Who reads in the middle goes on reading there, though the bar is spread over more lines.
        double was = await page.EvaluateAsync<double>("() => document.querySelector('.console').scrollTop");
        consoles.Of("p1")!.Append(Enumerable.Range(1_000_000, 10_000).Select(i => (now, $"Info:MAIN:line {i}")));
        await page.WaitForFunctionAsync("was => document.querySelector('.console').scrollTop < was - 70000", was);
        await Assertions.Expect(page.Locator(".console .line", new() { HasText = "line 500000" })).ToBeInViewportAsync();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(elements, Is.LessThan(200));
            Assert.That(tallest, Is.LessThan(17_900_000), "Firefox draws nothing taller");
        }
    }

    [Test]
    public async Task Console_OfAnyLength_HasEveryLineThatIsSeen_AndLongLinesCanBeRead()
    {
        ConsoleStore store = Station.Services.GetRequiredService<ConsoleKeeper>().Of("p1")!;
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        store.Append(Enumerable.Range(0, 1234).Select(i => (now, $"Info:MAIN:line {i} {(i == 700 ? new string('x', 900) + " its end" : "")}")));
        IPage page = await OpenAsync("/#/slot/p1");
        await Assertions.Expect(page.Locator(".console .line", new() { HasText = "line 1233" })).ToBeVisibleAsync();
        await page.EvaluateAsync("() => { document.querySelector('.console').scrollTop = 16 * 690; }");
        await Assertions.Expect(page.Locator(".console .line", new() { HasText = "line 700 " })).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator(".console .line", new() { HasText = "…" })).ToHaveCountAsync(0);
        Assert.That(await page.EvaluateAsync<bool>("() => { const c = document.querySelector('.console'); return c.scrollWidth > c.clientWidth + 1000; }"), Is.True);
    }

    [Test]
    public async Task Person_SeesWhatComesUp_AndHasAllSlotsLookedAt_ByKeyboardAlone()
    {
        await using TestStation scheduled = await TestStation.StartAsync(schedule: Schedule);
        scheduled.Opener.Plugs["p2"].Bricked = true;
        IPage page = await OpenAsync("/", width: 390, height: 844, address: scheduled.Address);
        await Assertions.Expect(page.Locator("#bench-state")).ToHaveTextAsync("watching, no run");
        await page.Keyboard.PressAsync("c");
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "What comes up" })).ToContainTextAsync("left out: quiet hours");
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "What comes up" })).ToContainTextAsync("after quiet hours");
        await page.GetByRole(AriaRole.Button, new() { Name = "Look at all slots now" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.Locator("#ask-yes").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "Pool" })).ToContainTextAsync("does not serve 5 s after its power came");
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "Builds of stable" })).ToContainTextAsync("No build was seen yet.");
        await ExpectSoundAsync(page);
        await Support.Chromium.PictureAsync(page, "calendar-full-390");
        await page.SetViewportSizeAsync(1280, 800);
        await Support.Chromium.PictureAsync(page, "calendar-full-1280");
        await page.Keyboard.PressAsync("b");
        await Assertions.Expect(page.Locator(".slot", new() { HasText = "p2" })).ToContainTextAsync("Out of the pool");
    }

    [Test]
    public async Task Run_IsPinnedOnItsPage_AndShownWithTheRunsThatStay()
    {
        IPage page = await OpenAsync("/#/queue", "Anna");
        await page.GetByLabel("Plan").SelectOptionAsync("check");
        await page.GetByRole(AriaRole.Button, new() { Name = "Put into the queue" }).ClickAsync();
        Station.Opener.RunMayEnd.SetResult();
        JobBook jobs = Station.Services.GetRequiredService<JobBook>();
        await TestStation.UntilAsync(() => jobs.All().SingleOrDefault()?.IsOver == true);
        await page.Keyboard.PressAsync("r");
        await page.Locator("tbody a").First.ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Pin…" }).ClickAsync();
        await page.GetByLabel("Why").FillAsync("reference");
        await page.Locator("#ask-yes").ClickAsync();
        await Assertions.Expect(page.GetByText("Pinned by Anna: reference")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("c");

        await Assertions.Expect(page.GetByRole(AriaRole.Region, new() { Name = "Pinned runs" })).ToContainTextAsync("pinned by Anna: reference");
    }

    [TestCase("/", ".slot >> nth=1", 1280, 800)]
    [TestCase("/", ".slot >> nth=1", 390, 844)]
    [TestCase("/#/slot/p1", "ol.events li >> nth=0", 1280, 800)]
    [TestCase("/#/slot/p1", "ol.events li >> nth=0", 390, 844)]
    [TestCase("/#/queue", "[aria-label=Jobs]", 390, 844)]
    [TestCase("/#/calendar", "#main .card >> nth=0", 1280, 800)]
    [TestCase("/#/calendar", "#main .card >> nth=0", 390, 844)]
    [TestCase("/#/runs", "[aria-label=Runs]", 1280, 800)]
    [TestCase("/#/runs", "[aria-label=Runs]", 390, 844)]
    [TestCase("/#/nothing", "#main h2", 390, 844)]
    public async Task Page_HasNothingSeriousForAxe_AndFitsItsScreen(string path, string whole, int width, int height)
    {
        using HttpClient client = Station.Client();
        await client.PostAsJsonAsync("slots/p1/power", new { state = "on" });
        await client.PostAsJsonAsync("leases", new { slots = new[] { "p2" }, minutes = 5 });
        IPage page = await OpenAsync(path, "Anna", width, height);
        await Assertions.Expect(page.Locator("#bench-state")).ToHaveTextAsync("watching, no run");
        await Assertions.Expect(page.Locator(whole)).ToBeVisibleAsync();
        await ExpectSoundAsync(page);
        await Support.Chromium.PictureAsync(page, $"{path.Trim('/', '#').Replace('/', '-')}-{width}");
    }

    [Test]
    public async Task WhoComesWithoutAToken_IsAskedForOne_AndSeesNothingBefore()
    {
        await using TestStation closed = await TestStation.StartAsync(loopback: null);
        string token = closed.Services.GetRequiredService<TokenBook>().Add("visitor", Role.Look);
        await using IBrowserContext context = await Chromium.Browser.NewContextAsync();
        IPage page = await context.NewPageAsync();
        await page.GotoAsync(closed.Address.ToString());
        await Assertions.Expect(page.Locator("#ask")).ToBeVisibleAsync();
        int before = await page.Locator(".slot").CountAsync();
        await page.GetByLabel("Token").FillAsync(token);
        await page.Locator("#ask-yes").ClickAsync();
        await Assertions.Expect(page.Locator(".slot")).ToHaveCountAsync(2);
        await page.Locator(".slot .name a").First.ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Power on" })).ToBeDisabledAsync();

        Assert.That(before, Is.Zero);
    }

    private const string Schedule = """
        quietHours:
          always-at-noon: { from: "12:00", to: "13:00" }
        entries:
          night: { cron: "0 20 * * *", plan: check, needs: [pulses], why: "every night" }
          noon:  { cron: "15 12 * * *", plan: check }
          short: { cron: "30 12 * * *", plan: check, quiet: skip }
        builds:
          stable: { folder: none, plan: check, every: 1m }
        health: { limit: 5s }
        retention: { keepFor: 30d }

        """;
}
