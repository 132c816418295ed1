using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Fixtures.Outcomes;
using LabRunner.Fixtures.Pages;
using LabRunner.Hardware.Faults;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using Microsoft.Playwright;
using NUnit.Framework;

namespace LabRunner.Suites.S18_WebUi;

/// <summary>S18: the device's own pages work in a browser. Times here are machine time: the browser counts real seconds at any time scale.</summary>
[SlotSuite("S18", "Web pages")]
[Needs("http")]
public sealed partial class WebUi(string slot) : SuiteFixture<WebUiParameters>(slot)
{
    // The page refreshes once a second of the browser; 20 ms before accept and 20 ms before recv are the device's.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private BrowserLease? _browser;
    private IBrowserContext? _context;
    private IPage? _page;
    private PageMonitor? _monitor;
    private string? _har;

    protected override bool MovesRelay => true;

    private IPage Page => _page!;

    private PageMonitor Monitor => _monitor!;

    [Test]
    public Task Index_TogglesAndRefreshes() => OnPageAsync("index", async () =>
    {
        IndexPage index = new(Page);
        await index.OpenAsync();
        await Assertions.Expect(index.DeviceName).Not.ToBeEmptyAsync();
        bool before = await index.RelayIsOnAsync();
        await Lab.DeclareRelayAsync("toggles by the page");
        await index.ToggleButton.ClickAsync();
        await index.WaitForRelayAsync(!before, Patience);
        if (Lab.Has("relaySense"))
        {
            bool followed = await Lab.UntilAsync(async () => await Lab.Bench.ReadRelayAsync(Lab.Slot, Lab.Token) == !before, TimeSpan.FromSeconds(5));
            Assert.That(followed, Is.True, "The cell changed, the contact did not.");
        }

        string first = await index.NextRefreshAsync(Patience);
        Assert.That(first, Is.Not.Empty, "A refresh of the state came back empty.");

        // A change from elsewhere shows that the cell follows the plug and not only its own button.
        await Lab.CommandAsync(before ? "POWER ON" : "POWER OFF");
        await index.WaitForRelayAsync(before, Patience);
        long uptime = await index.UptimeSecondsAsync();
        await index.OpenAsync();
        Assert.That(await index.UptimeSecondsAsync(), Is.GreaterThanOrEqualTo(uptime), "Uptime went back: a page request reset the plug.");
    });

    [Test]
    public Task Ota_OffersFileAndStart() => OnPageAsync("ota", async () =>
    {
        OtaPage ota = await OpenUpdatesAsync();
        await Assertions.Expect(ota.FileInput).ToBeAttachedAsync();
        await Assertions.Expect(ota.StartButton).ToBeVisibleAsync();
    });

    [Test]
    public Task Pins_ShowTheRolesOfTheBoard() => OnPageAsync("pins", async () =>
    {
        SuiteContext.Ask(Lab.SlotFacts.Board.Pins.Count, "pin, since the board file names none");
        PinsPage pins = new(Page);
        await pins.OpenAsync();
        List<string> problems = Lab.Problems;
        foreach ((string gpio, string template) in Lab.SlotFacts.Board.Pins)
        {
            string[] parts = template.Split(';');
            string? role = await pins.RoleAsync(int.Parse(gpio, System.Globalization.CultureInfo.InvariantCulture));
            if (role != parts[0])
            {
                problems.Add($"GPIO {gpio} shows {role ?? "nothing"}, board file {Lab.SlotFacts.Board.Name} says {parts[0]}");
            }
        }

        Assert.That(problems, Is.Empty, string.Join("; ", problems));
    });

    [Test]
    public Task Startup_KeepsACommand() => OnPageAsync("startup", async () =>
    {
        StartupPage startup = new(Page);
        await startup.OpenAsync();
        string before = await startup.Command.InputValueAsync();
        Lab.AtEnd(async token => await Lab.Plug.CommandAsync($"StartupCommand \"{before}\"", token));
        string command = $"echo labrunner {Lab.Chance.Below(1_000_000)}";
        await startup.SaveAsync(command);
        await startup.OpenAsync();
        Assert.That(await startup.Command.InputValueAsync(), Is.EqualTo(command), "The page does not show the command it saved.");
        Assert.That((await Lab.Plug.GetInfoAsync(Lab.Token)).StartupCommand, Is.EqualTo(command), "/api/info does not tell the command the page saved.");
    });

    protected override async Task PrepareAsync()
    {
        if (_browser is { Browser.IsConnected: false } dead)
        {
            _browser = null;
            await dead.DisposeAsync();
        }

        if (_browser is null && BrowserLease.MissingReason is null)
        {
            await Lab.SayAsync("waiting for the browser");
            _browser = await BrowserLease.TakeAsync(Lab.Bench, Lab.Token);
            await Lab.SayAsync("has the browser");
        }
    }

    protected override async Task AfterTestAsync(Verdict verdict)
    {
        if (_context is null || _page is null)
        {
            return;
        }

        string folder = Directory.CreateTempSubdirectory("labrunner-").FullName;
        try
        {
            string screenshot = Path.Combine(folder, $"{Lab.Test}.png");
            await _page.ScreenshotAsync(new PageScreenshotOptions { Path = screenshot, FullPage = true });
            await Lab.KeepAsync($"{Lab.Test}.png", "image/png", screenshot);
            string trace = Path.Combine(folder, "trace.zip");
            await _context.Tracing.StopAsync(verdict == Verdict.Pass ? new TracingStopOptions() : new TracingStopOptions { Path = trace });
            if (verdict != Verdict.Pass)
            {
                await Lab.KeepAsync($"{Lab.Test}-trace.zip", "application/vnd.allure.playwright-trace", trace);

                // The log of all requests is written when its browser context closes.
                await _context.CloseAsync();
                if (File.Exists(_har))
                {
                    await Lab.KeepAsync($"{Lab.Test}.har", "application/json", _har);
                }
            }
        }
        catch (Exception failure) when (failure is PlaywrightException or TimeoutException or IOException)
        {
            // A browser that died has nothing to show; the test's own verdict tells why.
            await TestContext.Progress.WriteLineAsync($"{Lab.Slot} {Lab.Suite}: no picture kept: {failure.Message.Split('\n')[0]}");
        }
        finally
        {
            await _context.DisposeAsync();
            (_context, _page, _monitor) = (null, null, null);
            Directory.Delete(folder, true);
            File.Delete(_har!);
        }
    }

    protected override async Task ReleaseAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }
    }

    private async Task OnPageAsync(string name, Func<Task> check)
    {
        if (!Parameters.Pages.Contains(name))
        {
            Assert.Ignore($"the plan does not ask for page {name}");
        }

        if (Parameters.Pages.FirstOrDefault(page => !WebUiParameters.Paths.ContainsKey(page)) is { } unknown)
        {
            throw new BenchFaultException(FaultKind.Configuration, "S18", $"'{unknown}' is no page", $"Correct the plan; there are {string.Join(", ", WebUiParameters.Paths.Keys)}");
        }

        if (BrowserLease.MissingReason is { } missing)
        {
            Assert.Ignore(missing);
        }

        await Lab.WaitUntilBootIsCompleteAsync();
        _har = Path.Combine(Path.GetTempPath(), $"labrunner-{Guid.NewGuid():N}.har");
        _context = await _browser!.Browser.NewContextAsync(new BrowserNewContextOptions { BaseURL = Lab.Plug.Address.ToString(), RecordHarPath = _har });
        _context.SetDefaultTimeout((float)Patience.TotalMilliseconds);
        await _context.Tracing.StartAsync(new TracingStartOptions { Screenshots = true, Snapshots = true });
        _page = await _context.NewPageAsync();

        // Pages that save ask first.
        _page.Dialog += async (_, dialog) => await dialog.AcceptAsync();
        bool crashed = false;
        _page.Crash += (_, _) => crashed = true;
        _monitor = new PageMonitor(_page);
        try
        {
            await Lab.SayAsync($"page {name}");
            await check();
        }
        catch (Exception failure) when (failure is PlaywrightException or TimeoutException)
        {
            if (crashed || !_browser.Browser.IsConnected)
            {
                throw new InvalidException($"The browser ended in the middle of page {name}: {failure.Message.Split('\n')[0]}. Look at the bench's memory.");
            }

            // The browser runs; what it waits for is the device's page.
            Assert.Fail($"Page {name}: {failure.Message}");
        }
    }
}
