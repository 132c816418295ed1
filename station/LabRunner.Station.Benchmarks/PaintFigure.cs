using LabRunner.Bench.Benchmarks;
using Microsoft.Playwright;

namespace LabRunner.Station.Benchmarks;

/// <summary>When a browser shows the page's first content, and when the slots are on it; also with its processor slowed down to a phone's.</summary>
internal sealed class PaintFigure : IFigure
{
    private const int Rounds = 9;
    private const double SlowDown = 4;

    public string Word => "paint";

    public async Task MeasureAsync()
    {
        MeasuredStation station = new();
        await using (station.ConfigureAwait(false))
        {
            await File.WriteAllTextAsync(station.Inventory, """
                bench: measured
                slots:
                  p1: { board: sm-028-v1.3-b17, supply: isolated-3v3, power: { driver: command, on: "true", off: "true" } }
                """).ConfigureAwait(false);
            await station.StartAsync().ConfigureAwait(false);
            using IPlaywright playwright = await Playwright.CreateAsync().ConfigureAwait(false);
            IBrowser browser = await playwright.Chromium.LaunchAsync(new()
            {
                ExecutablePath = Environment.GetEnvironmentVariable("LABRUNNER_CHROMIUM") is { Length: > 0 } told ? told : "/usr/bin/chromium",
                Args = Environment.UserName == "root" ? ["--no-sandbox"] : [],
            }).ConfigureAwait(false);
            await using (browser.ConfigureAwait(false))
            {
                (double paint, double slots) = await MedianAsync(browser, station, 1).ConfigureAwait(false);
                (double slowPaint, double slowSlots) = await MedianAsync(browser, station, SlowDown).ConfigureAwait(false);
                Console.WriteLine($"{$"page, median of {Rounds} fresh profiles",-46}{"first paint, ms",17}{"slots shown, ms",17}{"ratio",9}");
                Console.WriteLine($"{"this machine",-46}{paint,17:0}{slots,17:0}{1.0,8:0.0}x");
                Console.WriteLine($"{$"processor slowed down {SlowDown:0} times",-46}{slowPaint,17:0}{slowSlots,17:0}{slowSlots / slots,8:0.0}x");
            }
        }
    }

    private static async Task<(double Paint, double Slots)> MedianAsync(IBrowser browser, MeasuredStation station, double slowDown)
    {
        List<double> paints = [];
        List<double> slots = [];
        for (int i = 0; i < Rounds; i++)
        {
            IBrowserContext context = await browser.NewContextAsync().ConfigureAwait(false);
            await using (context.ConfigureAwait(false))
            {
                IPage page = await context.NewPageAsync().ConfigureAwait(false);
                ICDPSession devtools = await context.NewCDPSessionAsync(page).ConfigureAwait(false);
                await devtools.SendAsync("Emulation.setCPUThrottlingRate", new() { ["rate"] = slowDown }).ConfigureAwait(false);
                await page.GotoAsync(new Uri(station.Address, "/").ToString()).ConfigureAwait(false);
                await page.Locator(".slot").First.WaitForAsync().ConfigureAwait(false);
                slots.Add(await page.EvaluateAsync<double>("performance.now()").ConfigureAwait(false));
                paints.Add(await page.EvaluateAsync<double>("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1").ConfigureAwait(false));
            }
        }

        paints.Sort();
        slots.Sort();
        return (paints[Rounds / 2], slots[Rounds / 2]);
    }
}
