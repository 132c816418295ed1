using System.Globalization;
using Microsoft.Playwright;

namespace LabRunner.Reports.Benchmarks;

/// <summary>The page in headless chromium: first paint, and the redraw of a zoom from input to painted frame.</summary>
internal static class PageFigure
{
    private const string Path = "/usr/bin/chromium";

    internal static async Task MeasureAsync(string page, Figures figures)
    {
        string browserPath = Environment.GetEnvironmentVariable("LABRUNNER_CHROMIUM") is { Length: > 0 } told ? told : Path;
        if (!File.Exists(browserPath))
        {
            Figures.Note($"There is no browser at {browserPath}: first paint and zoom are not measured.");
            return;
        }

        using IPlaywright playwright = await Playwright.CreateAsync().ConfigureAwait(false);
        IBrowser browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = browserPath, Args = ["--disable-gpu", "--disable-background-networking", .. Environment.UserName == "root" ? (string[])["--no-sandbox"] : []],
        }).ConfigureAwait(false);
        await using (browser.ConfigureAwait(false))
        {
            double paint = double.MaxValue;
            double slot = double.MaxValue;
            double all = double.MaxValue;
            for (int i = 0; i < 3; i++)
            {
                IPage tab = await browser.NewPageAsync(new() { ViewportSize = new() { Width = 1280, Height = 900 } }).ConfigureAwait(false);
                await tab.GotoAsync("file://" + page).ConfigureAwait(false);
                paint = Math.Min(paint, await NumberAsync(tab, "performance.getEntriesByName('first-contentful-paint')[0].startTime").ConfigureAwait(false));
                await tab.WaitForSelectorAsync("#series-view[data-ready]", new() { Timeout = 60_000 }).ConfigureAwait(false);
                await tab.EvalOnSelectorAsync("#series", "e => e.scrollIntoView()").ConfigureAwait(false);
                slot = Math.Min(slot, await ZoomAsync(tab).ConfigureAwait(false));
                await tab.SelectOptionAsync("#series-slot", "").ConfigureAwait(false);
                await tab.SelectOptionAsync("#series-metric", "0").ConfigureAwait(false);
                all = Math.Min(all, await ZoomAsync(tab).ConfigureAwait(false));
                await tab.CloseAsync().ConfigureAwait(false);
            }

            figures.Add("first paint of the page", paint / 1000, 1, "s");
            figures.Add("redraw on zoom, all figures of a slot", slot, 50, "ms");
            figures.Add("redraw on zoom, one figure of eight slots", all, 50, "ms");
        }
    }

    /// <summary>Median of the time from a click on "Wider" or "Closer" to the frame after its drawing.</summary>
    private static Task<double> ZoomAsync(IPage tab) => NumberAsync(tab, """
        (async () => {
          const frame = () => new Promise((done) => requestAnimationFrame(() => { const c = new MessageChannel(); c.port1.onmessage = done; c.port2.postMessage(0); }));
          const times = [];
          for (let i = 0; i !== 13; i++) {
            await frame();
            const started = performance.now();
            document.querySelector(`[data-do=${i % 2 === 0 ? "closer" : "wider"}]`).click();
            await frame();
            times.push(performance.now() - started);
          }
          return times.sort((a, b) => a - b)[6];
        })()
        """);

    private static async Task<double> NumberAsync(IPage tab, string script) =>
        Convert.ToDouble(await tab.EvaluateAsync<double>(script).ConfigureAwait(false), CultureInfo.InvariantCulture);
}
