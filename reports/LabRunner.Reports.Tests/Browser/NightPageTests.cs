using System.Globalization;
using Deque.AxeCore.Playwright;
using LabRunner.Reports.Comparison;
using LabRunner.Reports.Formats;
using Microsoft.Playwright;

namespace LabRunner.Reports.Tests.Browser;

/// <summary>The page as a person uses it, in a browser, from file://.</summary>
[Category("browser")]
[NonParallelizable]
public sealed class NightPageTests
{
    private const float Patience = 60_000;
    private Chromium _chromium = null!;
    private TestRun _night = null!;
    private string _page = "";

    [OneTimeSetUp]
    public async Task Open()
    {
        _chromium = await Chromium.StartAsync();
        _night = Nights.Smoke();
        _page = "file://" + ReportRenderer.Render(_night.Folder).Paths!.Html;
    }

    [OneTimeTearDown]
    public async Task Close()
    {
        _night?.Dispose();
        if (_chromium is not null)
        {
            await _chromium.DisposeAsync();
        }
    }

    [Test]
    public async Task Series_ZoomMoveAndChoose_DrawAnew()
    {
        await using Seen seen = await Seen.OpenAsync(_chromium, _page);
        IPage page = seen.Page;
        await page.Locator("#series").ScrollIntoViewIfNeededAsync();
        double[] whole = await WindowAsync(page);

        await page.ClickAsync("[data-do=closer]");
        double[] half = await ChangedAsync(page, whole);
        await page.Locator(".series-frame").FocusAsync();
        await page.Keyboard.PressAsync("ArrowRight");
        double[] later = await ChangedAsync(page, half);
        await page.Keyboard.PressAsync("0");
        double[] again = await ChangedAsync(page, later);
        LocatorBoundingBoxResult box = (await page.Locator("#series-view canvas").BoundingBoxAsync())!;
        await page.Mouse.MoveAsync(box.X + 400, box.Y + 30);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(box.X + 500, box.Y + 30, new() { Steps = 4 });
        await page.Mouse.UpAsync();
        double[] dragged = await ChangedAsync(page, again);
        await page.SelectOptionAsync("#series-slot", "");
        await page.SelectOptionAsync("#series-metric", "0");
        await page.WaitForFunctionAsync("document.querySelector('#series-view').dataset.rows === '5'", null, new() { Timeout = Patience });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(whole, Is.EqualTo(new[] { 2.5, 1690 }));
            Assert.That(half[1] - half[0], Is.EqualTo((whole[1] - whole[0]) / 2).Within(0.01));
            Assert.That(later[0], Is.GreaterThan(half[0]));
            Assert.That(again, Is.EqualTo(whole));
            Assert.That(dragged[1] - dragged[0], Is.InRange(100, 220), "a hundred of about a thousand dots");
            Assert.That(await page.TextContentAsync("#series-read"), Does.Match(@"^[+]0:\d\d:\d\d"));
            Assert.That(await page.EvaluateAsync<bool>("(() => { const c = document.querySelector('#series-view canvas'), d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; const kinds = new Set(); for (let i = 0; i < d.length; i += 4) kinds.add(d[i] + ',' + d[i + 1] + ',' + d[i + 2]); return kinds.size > 4; })()"), "something is drawn");
        }
    }

    [Test]
    public async Task Incidents_FilterAndOpenACard_ShowWhatWasAskedFor()
    {
        await using Seen seen = await Seen.OpenAsync(_chromium, _page);
        IPage page = seen.Page;

        await page.SelectOptionAsync("#incident-slot", "p4");
        string filtered = (await page.TextContentAsync("#incident-filter output"))!;
        int shown = await page.Locator("#incidents article.card:not([hidden])").CountAsync();
        await page.FillAsync("#incident-text", "watchdog bit");
        int worded = await page.Locator("#incidents article.card:not([hidden])").CountAsync();
        await page.Locator("#incidents article.card:not([hidden]) details summary").First.ClickAsync();
        bool open = await page.Locator("#incidents article.card:not([hidden]) details[open] pre").First.IsVisibleAsync();
        await page.ClickAsync("#incident-filter button[type=reset]");
        await page.Locator("#incident-6 .to-series").ClickAsync();
        await page.WaitForFunctionAsync("document.querySelector('#series-view').dataset.window.split(' ')[0] > 100", null, new() { Timeout = Patience });
        double[] window = await WindowAsync(page);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(shown, Is.EqualTo(3), "two kinds and the provoked one");
            Assert.That(filtered, Does.StartWith("3 of "));
            Assert.That(worded, Is.EqualTo(1));
            Assert.That(open, Is.True);
            Assert.That(window[0], Is.LessThan(310));
            Assert.That(window[1], Is.GreaterThan(310));
            Assert.That(await page.Locator("#series-slot").InputValueAsync(), Is.EqualTo("1"), "the slot of the card, p2");
        }
    }

    [Test]
    public async Task Link_ToAProvokedIncident_OpensWhatHidesIt()
    {
        await using Seen seen = await Seen.OpenAsync(_chromium, _page);

        await seen.Page.EvaluateAsync("location.hash = 'incident-1'");
        await seen.Page.WaitForFunctionAsync("document.querySelector('#provoked').open", null, new() { Timeout = Patience });

        Assert.That(await seen.Page.Locator("#incident-1").IsVisibleAsync());
    }

    [TestCase("<script>window.struck = 1;</script>")]
    [TestCase("\"><img src=x onerror=\"window.struck=1\"><svg onload=\"window.struck=1\">")]
    [TestCase("</template></pre><iframe srcdoc='<script>top.struck=1</script>'></iframe>")]
    [TestCase("\u202e]]></script><script>window.struck=1</script>\ud800\0\u001b[2J")]
    [TestCase("javascript:window.struck=1")]
    public async Task Page_HostilePlug_RunsNothingAndAsksNothing(string text)
    {
        using TestRun hostile = Hostile.Run(text);
        hostile.Telemetry(3, "p1", 1, 90_000);
        hostile.Telemetry(4, "p1", 2, 90_000);
        Directory.CreateDirectory(Path.Combine(hostile.Folder, "consoles"));
        await File.WriteAllTextAsync(Path.Combine(hostile.Folder, "consoles", "p1.log"), $"2026-11-22T22:00:00.000Z +4.000 {text.Replace('\n', ' ')}\n");
        await using Seen seen = await Seen.OpenAsync(_chromium, "file://" + ReportRenderer.Render(hostile.Folder).Paths!.Html);

        foreach (string trial in (string[])["#incident-text", "#series-slot"])
        {
            await seen.Page.Locator(trial).FocusAsync();
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await seen.Page.EvaluateAsync<bool>("'struck' in window"), Is.False);
            Assert.That(await seen.Page.Locator("script").CountAsync(), Is.EqualTo(1));
            Assert.That(await seen.Page.Locator("iframe, object, embed").CountAsync(), Is.Zero);
        }
    }

    [TestCase(true, 1280)]
    [TestCase(false, 390)]
    public async Task Page_Axe_FindsNothingSerious(bool light, int width)
    {
        await using Seen seen = await Seen.OpenAsync(_chromium, _page, new() { ColorScheme = light ? ColorScheme.Light : ColorScheme.Dark, ViewportSize = new() { Width = width, Height = 900 } });

        Deque.AxeCore.Commons.AxeResult result = await seen.Page.RunAxe();

        Assert.That(
            result.Violations.Where(v => v.Impact is "serious" or "critical").Select(v => $"{v.Id}: {v.Help} at {string.Join(", ", v.Nodes.Take(3).Select(n => n.Target.ToString() + " " + n.Html[..Math.Min(120, n.Html.Length)]))}"),
            Is.Empty);
    }

    [Test]
    public async Task Page_Phone_IsNoWiderThanItsScreen()
    {
        await using Seen seen = await Seen.OpenAsync(_chromium, _page, new() { ViewportSize = new() { Width = 390, Height = 844 }, IsMobile = true, HasTouch = true });
        Assert.That(await seen.Page.EvaluateAsync<int>("document.documentElement.scrollWidth"), Is.LessThanOrEqualTo(390));
    }

    [Test]
    public async Task Page_WithoutScripts_TellsEverything()
    {
        IBrowserContext context = await _chromium.Browser.NewContextAsync(new() { JavaScriptEnabled = false });
        IPage page = await context.NewPageAsync();
        await page.GotoAsync(_page, new() { Timeout = Patience });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await page.Locator("#series table").IsVisibleAsync());
            Assert.That(await page.Locator("#series svg.spark").First.IsVisibleAsync());
            Assert.That(await page.Locator("#incident-filter").IsVisibleAsync(), Is.False, "no control that does nothing");
            Assert.That(await page.Locator("button:visible").CountAsync(), Is.Zero);

            // What is far from sight is laid out when a reader comes to it.
            await page.Locator("#incident-6").ScrollIntoViewIfNeededAsync();
            Assert.That(await page.Locator("#incident-6").IsVisibleAsync());
        }

        await context.CloseAsync();
    }

    [Test]
    public async Task Page_Printed_HasTheTablesAndNoControls()
    {
        await using Seen seen = await Seen.OpenAsync(_chromium, _page);
        await seen.Page.EmulateMediaAsync(new() { Media = Media.Print });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await seen.Page.Locator("#series table").IsVisibleAsync());
            Assert.That(await seen.Page.Locator("button:visible, select:visible, nav:visible").CountAsync(), Is.Zero);
            Assert.That((await seen.Page.PdfAsync(new() { Format = "A4" })).Length, Is.GreaterThan(20_000));
        }
    }

    [Test]
    public async Task ComparisonAndTrend_Axe_FindNothingSerious()
    {
        NightSummary night = NightSummary.Read(_night.Folder);
        NightSummary other = night with { Folder = night.Folder + "-2", At = night.At?.AddDays(1) };
        string folder = Directory.CreateTempSubdirectory("labrunner-pages-").FullName;
        try
        {
            (string Name, string Html)[] pages =
            [
                ("compare.html", ComparisonPage.Write(NightComparison.Of([night], [other], new ComparisonRules()))), ("trend.html", TrendPage.Write(NightTrend.Of([night, other], new ComparisonRules()))),
            ];
            foreach ((string name, string html) in pages)
            {
                string path = Path.Combine(folder, name);
                await File.WriteAllTextAsync(path, html);
                IPage page = await _chromium.Browser.NewPageAsync();
                await page.GotoAsync("file://" + path, new() { Timeout = Patience });
                Deque.AxeCore.Commons.AxeResult result = await page.RunAxe();
                Assert.That(result.Violations.Where(v => v.Impact is "serious" or "critical").Select(v => $"{name} {v.Id}: {v.Help}"), Is.Empty);
                await page.CloseAsync();
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<double[]> WindowAsync(IPage page) =>
        [.. (await page.GetAttributeAsync("#series-view", "data-window"))!.Split(' ').Select(t => double.Parse(t, CultureInfo.InvariantCulture))];

    private static async Task<double[]> ChangedAsync(IPage page, double[] before)
    {
        await page.WaitForFunctionAsync(
            "before => { const now = document.querySelector('#series-view').dataset.window.split(' ').map(Number); return now[0] !== before[0] || now[1] !== before[1]; }", before, new() { Timeout = Patience });
        return await WindowAsync(page);
    }

    /// <summary>A page that is watched: any request but for its own file, and any error, fails the test.</summary>
    private sealed class Seen : IAsyncDisposable
    {
        private readonly List<string> _wrong = [];
        private readonly IBrowserContext _context;

        private Seen(IBrowserContext context, IPage page) => (_context, Page) = (context, page);

        internal IPage Page { get; }

        internal static async Task<Seen> OpenAsync(Chromium chromium, string address, BrowserNewContextOptions? options = null)
        {
            IBrowserContext context = await chromium.Browser.NewContextAsync(options ?? new() { ViewportSize = new() { Width = 1280, Height = 900 } });
            Seen seen = new(context, await context.NewPageAsync());
            seen.Page.Request += (_, request) =>
            {
                if (request.Url.Split('#')[0] != address && !request.Url.StartsWith("data:", StringComparison.Ordinal))
                {
                    seen._wrong.Add("request " + request.Url);
                }
            };
            seen.Page.PageError += (_, error) => seen._wrong.Add("error " + error);
            seen.Page.Dialog += (_, dialog) => seen._wrong.Add("dialog " + dialog.Message);
            await seen.Page.GotoAsync(address, new() { Timeout = Patience });
            await seen.Page.WaitForSelectorAsync("#series-view[data-ready]", new() { Timeout = Patience });
            return seen;
        }

        public async ValueTask DisposeAsync()
        {
            await _context.CloseAsync();
            Assert.That(_wrong, Is.Empty, "no request leaves the page, and nothing in it fails");
        }
    }
}
