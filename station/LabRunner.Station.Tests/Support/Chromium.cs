using Microsoft.Playwright;

namespace LabRunner.Station.Tests.Support;

/// <summary>A real Chromium for tests of the page.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private const string PathVariable = "LABRUNNER_CHROMIUM";

    private readonly IPlaywright _playwright;

    private Chromium(IPlaywright playwright, IBrowser browser) => (_playwright, Browser) = (playwright, browser);

    public IBrowser Browser { get; }

    /// <summary>Starts it; where there is none, the tests are ignored with the reason.</summary>
    public static async Task<Chromium> StartAsync()
    {
        string program = Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } told ? told : "/usr/bin/chromium";
        if (!File.Exists(program))
        {
            Assert.Ignore($"There is no browser at {program}: sudo apt-get install --yes chromium (or name one in {PathVariable}).");
        }

        IPlaywright playwright = await Playwright.CreateAsync();
        return new Chromium(
            playwright, await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = program, Args = Environment.UserName == "root" ? ["--no-sandbox"] : [] }));
    }

    /// <summary>A page as somebody has it open, for which nothing waits longer than a minute.</summary>
    /// <param name="context">The browser of this person.</param>
    /// <param name="address">Where.</param>
    /// <param name="owner">Who.</param>
    /// <param name="failed">Told of errors of the page's own scripts.</param>
    public static async Task<IPage> OpenAsync(IBrowserContext context, Uri address, string owner, Action<string> failed)
    {
        context.SetDefaultTimeout(60_000);
        Assertions.SetDefaultExpectTimeout(60_000);
        await context.AddInitScriptAsync($"localStorage.setItem('owner', '{owner}')");
        IPage page = await context.NewPageAsync();
        page.PageError += (_, error) => failed(error);
        page.Console += (_, message) => TestContext.Progress.WriteLine($"console: {message.Text}");
        await page.GotoAsync(address.ToString());
        return page;
    }

    /// <summary>Pictures, light and dark, for whoever wants to look: LABRUNNER_PICTURES names a folder.</summary>
    public static async Task PictureAsync(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("LABRUNNER_PICTURES") is { Length: > 0 } folder)
        {
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, name + ".png"), FullPage = true });
            await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = ColorScheme.Dark });
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, name + "-dark.png"), FullPage = true });
            await page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = ColorScheme.Light });
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.CloseAsync();
        _playwright.Dispose();
    }
}
