using LabRunner.Reports.Formats;
using Microsoft.Playwright;

namespace LabRunner.Reports.Tests.Browser;

/// <summary>The pictures of the READMEs, drawn from the samples: reports/pictures calls this with a folder.</summary>
[Category("on-demand")]
public sealed class Pictures
{
    // What is far from sight is laid out when it comes near, which moves what is below it: so it is looked for until it stays.
    private const string ToTheTop = """
        async (element) => {
          document.querySelector("nav").style.display = "none";
          for (let still = 0; still < 3;) {
            const top = element.getBoundingClientRect().top;
            window.scrollBy(0, top);
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
            still = element.getBoundingClientRect().top === top ? still + 1 : 0;
          }
        }
        """;

    [Test]
    public async Task Readme_Pictures_AreDrawnFromTheSamples()
    {
        if (TestContext.Parameters["pictures"] is not { } target)
        {
            Assert.Ignore("Asked for by reports/pictures only.");
            return;
        }

        using Samples samples = new();
        await using Chromium chromium = await Chromium.StartAsync();
        ReportRenderer.Render(samples.Of("1-freezes"));
        string page = "file://" + ReportRenderer.Render(samples.Of("2-leak-and-button")).Paths!.Html;
        await ShootAsync(chromium, page, Path.Combine(target, "report.png"), "main", new() { ViewportSize = new() { Width = 1240, Height = 900 } });
        await ShootAsync(chromium, page, Path.Combine(target, "report-series.png"), "#series", new() { ViewportSize = new() { Width = 1240, Height = 900 } });
        await ShootAsync(chromium, page, Path.Combine(target, "report-dark.png"), "#incidents", new() { ViewportSize = new() { Width = 1240, Height = 900 }, ColorScheme = ColorScheme.Dark });
        await ShootAsync(chromium, page, Path.Combine(target, "report-phone.png"), "main", new() { ViewportSize = new() { Width = 390, Height = 844 }, IsMobile = true, HasTouch = true });
        Assert.That(new[] { "report.png", "report-series.png", "report-dark.png", "report-phone.png" }.Select(n => new FileInfo(Path.Combine(target, n)).Length), Is.All.GreaterThan(10_000));
    }

    private static async Task ShootAsync(Chromium chromium, string address, string path, string element, BrowserNewContextOptions options)
    {
        IBrowserContext context = await chromium.Browser.NewContextAsync(options);
        IPage page = await context.NewPageAsync();
        await page.GotoAsync(address);
        await page.WaitForSelectorAsync("#series-view[data-ready]");
        await page.Locator(element).EvaluateAsync(ToTheTop);
        LocatorBoundingBoxResult box = (await page.Locator(element).BoundingBoxAsync())!;
        await page.ScreenshotAsync(new() { Path = path, Clip = new() { X = 0, Y = box.Y, Width = options.ViewportSize!.Width, Height = Math.Min(box.Height, options.ViewportSize.Height) } });
        await context.CloseAsync();
    }
}
