using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace LabRunner.Station.Tests.Support;

/// <summary>Tests of the page: one Chromium for all of a class, a station over plugs in memory for each.</summary>
[Category("page")]
[CancelAfter(180_000)]
[NonParallelizable]
public abstract class PageFixture
{
    private readonly List<IBrowserContext> _open = [];
    private readonly System.Collections.Concurrent.ConcurrentQueue<string> _errors = [];

    internal Chromium Chromium { get; private set; } = null!;

    internal TestStation Station { get; private set; } = null!;

    [OneTimeSetUp]
    public async Task StartBrowserAsync() => Chromium = await Support.Chromium.StartAsync();

    [OneTimeTearDown]
    public ValueTask EndBrowserAsync() => Chromium?.DisposeAsync() ?? ValueTask.CompletedTask;

    [SetUp]
    public async Task StartAsync() => Station = await TestStation.StartAsync();

    [TearDown]
    public async Task EndAsync()
    {
        foreach (IBrowserContext context in _open)
        {
            await context.DisposeAsync();
        }

        _open.Clear();
        await Station.DisposeAsync();
        Assert.That(_errors, Is.Empty, "errors of the page's own scripts");
    }

    /// <summary>Ends the station and starts another on its files.</summary>
    internal async Task RestartAsync() => Station = await Station.AgainAsync();

    /// <summary>The page as somebody has it open.</summary>
    /// <param name="path">From the root on, such as <c>/#/queue</c>.</param>
    /// <param name="owner">Who.</param>
    /// <param name="width">Of the screen, px.</param>
    /// <param name="height">Of the screen, px.</param>
    /// <param name="address">Of another station; null: of this one.</param>
    internal async Task<IPage> OpenAsync(string path, string owner = "Anna", int width = 1280, int height = 800, Uri? address = null)
    {
        IBrowserContext context = await Chromium.Browser.NewContextAsync(new BrowserNewContextOptions { ViewportSize = new ViewportSize { Width = width, Height = height } });
        _open.Add(context);
        return await Support.Chromium.OpenAsync(context, new Uri(address ?? Station.Address, path), owner, _errors.Enqueue);
    }

    /// <summary>Axe finds nothing serious, and the page is no wider than its screen.</summary>
    internal static async Task ExpectSoundAsync(IPage page)
    {
        var found = await page.RunAxe();
        int overflow = await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - innerWidth");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(found.Violations.Where(v => v.Impact is "serious" or "critical").Select(v => $"{v.Id}: {v.Help} ({string.Join("; ", v.Nodes.Take(3).Select(n => n.Html))})"), Is.Empty);
            Assert.That(overflow, Is.LessThanOrEqualTo(0), "the page is wider than the screen");
        }
    }
}
