using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;

namespace LabRunner.Reports.Benchmarks;

/// <summary>The page in headless chromium: first paint, and the redraw of a zoom from input to painted frame.</summary>
internal static class PageFigure
{
    private const string Path = "/usr/bin/chromium";
    private const int Redraws = 13;

    private const string Zooms = """
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
        """;

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
            (double slotBusy, double allBusy, double everyBusy) = (double.MaxValue, double.MaxValue, double.MaxValue);
            for (int i = 0; i < 3; i++)
            {
                IPage tab = await browser.NewPageAsync(new() { ViewportSize = new() { Width = 1280, Height = 900 } }).ConfigureAwait(false);
                await tab.GotoAsync("file://" + page).ConfigureAwait(false);
                paint = Math.Min(paint, await NumberAsync(tab, "performance.getEntriesByName('first-contentful-paint')[0].startTime").ConfigureAwait(false));
                await tab.WaitForSelectorAsync("#series-view[data-ready]", new() { Timeout = 60_000 }).ConfigureAwait(false);
                await tab.EvalOnSelectorAsync("#series", "e => e.scrollIntoView()").ConfigureAwait(false);
                (slot, slotBusy) = Least((slot, slotBusy), await ZoomAsync(tab).ConfigureAwait(false));
                await tab.SelectOptionAsync("#series-slot", "").ConfigureAwait(false);
                await tab.SelectOptionAsync("#series-metric", "0").ConfigureAwait(false);
                (all, allBusy) = Least((all, allBusy), await ZoomAsync(tab).ConfigureAwait(false));
                await tab.SelectOptionAsync("#series-metric", "").ConfigureAwait(false);
                (_, everyBusy) = Least((0, everyBusy), await ZoomAsync(tab).ConfigureAwait(false));
                await tab.CloseAsync().ConfigureAwait(false);
            }

            figures.Add("first paint of the page", paint / 1000, 1, "s");
            figures.Add("redraw on zoom, all figures of a slot", slot, 50, "ms");
            figures.Add("redraw on zoom, one figure of eight slots", all, 50, "ms");
            Figures.Compare("  the page's own processor time of it, all figures of a slot", slotBusy, "clock", slot, "ms");
            Figures.Compare("  the same, one figure of eight slots", allBusy, "clock", all, "ms");
            Figures.Compare("  the same, all figures of eight slots", everyBusy, "a slot's", slotBusy, "ms");
        }
    }

    private static (double Clock, double Busy) Least((double Clock, double Busy) a, (double Clock, double Busy) b) => (Math.Min(a.Clock, b.Clock), Math.Min(a.Busy, b.Busy));

    /// <summary>
    /// A click on "Wider" or "Closer" until the frame after its drawing: median by the clock, and the processor time that the page's thread took
    /// for one, which does not depend on who else has the machine. Milliseconds.
    /// </summary>
    private static async Task<(double Clock, double Busy)> ZoomAsync(IPage tab)
    {
        ICDPSession session = await tab.Context.NewCDPSessionAsync(tab).ConfigureAwait(false);
        await session.SendAsync("Performance.enable", new() { ["timeDomain"] = "threadTicks" }).ConfigureAwait(false);
        double before = await BusyAsync(session).ConfigureAwait(false);
        double clock = await NumberAsync(tab, Zooms).ConfigureAwait(false);
        double busy = await BusyAsync(session).ConfigureAwait(false) - before;
        await session.DetachAsync().ConfigureAwait(false);
        return (clock, busy / Redraws);
    }

    private static async Task<double> BusyAsync(ICDPSession session)
    {
        JsonElement told = await session.SendAsync("Performance.getMetrics").ConfigureAwait(false) ?? throw new InvalidOperationException("The browser tells no metrics.");
        return told.GetProperty("metrics").EnumerateArray().Single(m => m.GetProperty("name").GetString() == "TaskDuration").GetProperty("value").GetDouble() * 1000;
    }

    private static async Task<double> NumberAsync(IPage tab, string script) =>
        Convert.ToDouble(await tab.EvaluateAsync<double>(script).ConfigureAwait(false), CultureInfo.InvariantCulture);
}
