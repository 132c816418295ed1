using System.Globalization;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Pages;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;
using Microsoft.Playwright;
using NUnit.Framework;

namespace LabRunner.Suites.S18_WebUi;

/// <content>The pages of the configuration, and the weight of every page.</content>
public sealed partial class WebUi
{
    [Test]
    public Task EveryPage_OpensWithoutErrors_LightAndSoon() => OnPageAsync(Parameters.Pages[0], async () =>
    {
        await new ConfigMenuPage(Page).OpenAsync();
        List<string> problems = Lab.Problems;
        foreach (string name in Parameters.Pages)
        {
            await Lab.SayAsync($"page {name}");
            problems.AddRange(await OpenAsync(name, WebUiParameters.Paths[name]));
        }

        Assert.That(problems, Is.Empty, string.Join("; ", problems));
    });

    [Test]
    public Task ConfigMenu_LeadsToPagesThatAreThere() => OnPageAsync("config", async () =>
    {
        ConfigMenuPage menu = new(Page);
        await menu.OpenAsync();
        IReadOnlyList<string> targets = await menu.TargetsAsync();
        Assert.That(targets, Is.Not.Empty, "The menu of the configuration has no button.");
        List<string> problems = Lab.Problems;
        foreach (string target in targets)
        {
            TimeSpan at = Lab.Now;
            PlainPage page = new(Page, target);
            int status = await page.OpenAsync();
            bool ok = status == 200 && !await page.IsMissingAsync();
            await Lab.TrialAsync("menu-page", at, ok, Lab.Now - at, ("path", target));
            if (!ok)
            {
                problems.Add($"{target} answers {status}{(status == 200 ? " with 'Not found'" : "")}");
            }
        }

        Assert.That(problems, Is.Empty, "The menu leads to pages that are not there: " + string.Join("; ", problems));
    });

    [Test]
    public Task Flags_ShowWhatTheDeviceTells() => OnPageAsync("flags", async () =>
    {
        FlagsPage flags = new(Page);
        await flags.OpenAsync();
        string told = (await Lab.Plug.GetInfoAsync(Lab.Token)).Flags;
        if (told.Length > 0)
        {
            Assert.That(await flags.FlagsAsync(), Is.EqualTo(ulong.Parse(told, CultureInfo.InvariantCulture)), "Boxes of the flags page against flags of /api/info.");
        }

        await Assertions.Expect(flags.BootOkSeconds).Not.ToHaveValueAsync("");
    });

    [Test]
    public Task StartValues_KeepAValue() => OnPageAsync("startvalues", async () =>
    {
        StartValuesPage values = new(Page);
        await values.OpenAsync();
        int before = await values.ValueAsync(1);
        Lab.AtEnd(async token => await Lab.Plug.CommandAsync(string.Create(CultureInfo.InvariantCulture, $"SetStartValue 1 {before}"), token));
        int wanted = before == -1 ? 1 : -1;
        await values.SaveAsync(1, wanted);
        await values.OpenAsync();
        Assert.That(await values.ValueAsync(1), Is.EqualTo(wanted), "The page does not show the start value it saved.");
    });

    [Test]
    public Task Mqtt_ShowsTheClientAndHidesThePassword() => OnPageAsync("mqtt", async () =>
    {
        MqttPage mqtt = new(Page);
        await mqtt.OpenAsync();
        PlugInfo info = await Lab.Plug.GetInfoAsync(Lab.Token);
        await Assertions.Expect(mqtt.Client).ToHaveValueAsync(info.MqttTopic);
        Assert.That(info.MqttHost, Does.StartWith(await mqtt.Host.InputValueAsync()), "The page's broker is not that of /api/info.");
        await Assertions.Expect(mqtt.Password).ToHaveAttributeAsync("type", "password");
    });

    [Test]
    public Task CommandTool_RunsACommandAndSaysWhatItCameTo() => OnPageAsync("tool", async () =>
    {
        CommandToolPage tool = new(Page);
        await tool.OpenAsync();
        await tool.RunAsync($"echo labrunner {Lab.Chance.Below(1_000_000)}");
        await Assertions.Expect(tool.Result).ToHaveTextAsync("OK");
        await tool.RunAsync("NoSuchCommandOfLabRunner");
        await Assertions.Expect(tool.Result).ToContainTextAsync("Unknown");
    });

    private async Task<List<string>> OpenAsync(string name, string path)
    {
        List<string> problems = [];
        TimeSpan at = Lab.Now;
        PlainPage page = new(Page, path);
        Monitor.TakeErrors();
        AppPage application = new(Page);
        if (path == AppPage.Path)
        {
            await application.RefuseElsewhereAsync();
        }

        int status = await page.OpenAsync();
        await application.AllowElsewhereAsync();
        if (status == 200 && await page.IsMissingAsync())
        {
            // Not every firmware has every page; that the menu leads nowhere is a test of its own.
            await Lab.TrialAsync("page", at, true, Lab.Now - at, ("page", name), ("there", "no"));
            return problems;
        }

        (double bytes, TimeSpan load) = await Monitor.WeighAsync();
        problems.AddRange(Monitor.TakeErrors().Select(error => $"{name}: {error}"));
        if (status != 200)
        {
            problems.Add($"{name}: status {status}");
        }

        await FigureAsync($"page-weight@{name}", bytes / 1000, "kB", Parameters.WeightLimitKilobytes, problems);
        await FigureAsync($"page-load@{name}", load.TotalMilliseconds, "ms", Parameters.LoadLimit.TotalMilliseconds, problems);
        await Lab.TrialAsync("page", at, problems.Count == 0, Lab.Now - at, ("page", name), ("there", "yes"), ("elsewhere", string.Join("; ", Monitor.TakeForeign())), ("problems", string.Join("; ", problems)));
        return problems;
    }

    private async Task FigureAsync(string name, double value, string unit, double limit, List<string> problems)
    {
        await Lab.MeasureAsync(new Figure(name, value, unit, value <= limit ? Verdict.Pass : Verdict.Fail) { Upper = limit });
        if (value > limit)
        {
            problems.Add($"{name} is {value:0.#} {unit}, limit {limit:0.#} {unit}");
        }
    }
}
