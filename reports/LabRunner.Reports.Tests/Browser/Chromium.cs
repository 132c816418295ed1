using Microsoft.Playwright;

namespace LabRunner.Reports.Tests.Browser;

/// <summary>One browser for the tests of a fixture; where none is installed they say so and are left out.</summary>
internal sealed class Chromium : IAsyncDisposable
{
    private static readonly string[] Arguments = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-gpu"];
    private readonly IPlaywright _playwright;

    private Chromium(IPlaywright playwright, IBrowser browser) => (_playwright, Browser) = (playwright, browser);

    internal IBrowser Browser { get; }

    internal static async Task<Chromium> StartAsync()
    {
        string path = Environment.GetEnvironmentVariable("LABRUNNER_CHROMIUM") is { Length: > 0 } told ? told : "/usr/bin/chromium";
        if (!File.Exists(path))
        {
            Assert.Ignore($"There is no browser at {path}: sudo apt-get install --yes chromium, or name one in LABRUNNER_CHROMIUM.");
        }

        IPlaywright playwright = await Playwright.CreateAsync();
        return new Chromium(playwright, await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = path, Args = Environment.UserName == "root" ? [.. Arguments, "--no-sandbox"] : Arguments,
        }));
    }

    public async ValueTask DisposeAsync()
    {
        await Browser.CloseAsync();
        _playwright.Dispose();
    }
}
