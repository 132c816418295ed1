using LabRunner.Bench.Session;
using LabRunner.Reports.Records;
using LabRunner.Station.Jobs;
using LabRunner.Station.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace LabRunner.Station.Tests;

/// <summary>A run while it goes: how far it is, what is known of its end, and the form that asks for it.</summary>
public sealed class PageRunTests : PageFixture
{
    [Test]
    public async Task Run_IsSeenToMove_OnItsPage_OnTheCards_AndInTheQueue()
    {
        IPage page = await OpenAsync("/#/queue", width: 390, height: 844);
        await page.GetByLabel("Plan").SelectOptionAsync("check");
        await page.GetByLabel("p2", new() { Exact = true }).UncheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Put into the queue" }).ClickAsync();
        await Assertions.Expect(page.Locator("#bench-state")).ToContainTextAsync("running check for Anna, its end is not known yet");
        await page.Locator("tbody a").First.ClickAsync();
        ILocator whole = page.Locator("main > div > progress");
        await Assertions.Expect(whole).ToHaveJSPropertyAsync("value", 0);
        await Assertions.Expect(whole).ToHaveJSPropertyAsync("max", 10);

        BenchSession session = Station.Keeper.Now.Bench!.Session;
        await PlayAsync(session, "S17", Verdict.Pass);
        await PlayAsync(session, "S02", Verdict.Fail);
        await session.RecordTrialAsync("p1", "S04", "cut", TimeSpan.FromSeconds(1), true, TimeSpan.FromSeconds(1), new Dictionary<string, string>(), default);
        await session.BeginTestAsync("p1", "S04", "Updates", "S04.Updates", default);
        await Assertions.Expect(whole).ToHaveJSPropertyAsync("value", 2);
        await Assertions.Expect(page.GetByText("2 of 10 suites over, 2 tests and 1 trial so far; about ")).ToContainTextAsync("left, until ");
        ILocator card = page.GetByRole(AriaRole.Listitem).Filter(new() { Has = page.GetByRole(AriaRole.Link, new() { Name = "p1", Exact = true }) });
        await Assertions.Expect(card).ToContainTextAsync("S04 Updates");
        await Assertions.Expect(card).ToContainTextAsync("PASS 1, FAIL 1");
        await ExpectSoundAsync(page);
        await Chromium.PictureAsync(page, "run-390");

        await page.Keyboard.PressAsync("b");
        await Assertions.Expect(page.Locator(".slot", new() { HasText = "p1" })).ToContainTextAsync("2 of 10 suites over; about ");
        await Assertions.Expect(page.Locator(".slot", new() { HasText = "p2" })).Not.ToContainTextAsync("suites over");
        await ExpectSoundAsync(page);
        await Chromium.PictureAsync(page, "bench-run-390");
        await page.Keyboard.PressAsync("q");
        await Assertions.Expect(page.GetByRole(AriaRole.Progressbar, new() { Name = "Suites of check" })).ToHaveJSPropertyAsync("value", 2);
        await ExpectSoundAsync(page);
        await Chromium.PictureAsync(page, "queue-run-390");

        session.EndSuites("p1");
        await page.GoBackAsync();
        await page.GoBackAsync();
        await Assertions.Expect(whole).ToHaveJSPropertyAsync("value", 10);
        Station.Opener.RunMayEnd.SetResult();
        await Assertions.Expect(card).ToContainTextAsync("FAIL");
        await Assertions.Expect(card).Not.ToContainTextAsync("suites over");
        await Assertions.Expect(whole).ToHaveCountAsync(0);
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Save report.html" })).ToBeVisibleAsync();
        await ExpectSoundAsync(page);
        await page.Keyboard.PressAsync("r");
        await Assertions.Expect(page.Locator("tbody a")).ToHaveCountAsync(1);
        await ExpectSoundAsync(page);
        await Chromium.PictureAsync(page, "runs-one-390");
    }

    [Test]
    public async Task Form_AsksForLabelsAndPriority_AsTheApiDoes()
    {
        JobBook jobs = Station.Services.GetRequiredService<JobBook>();
        IPage page = await OpenAsync("/#/queue", "Bob");
        ILocator needs = page.GetByLabel("Needs"), priority = page.GetByLabel("Priority (0 to 100)"), add = page.GetByRole(AriaRole.Button, new() { Name = "Put into the queue" });
        await page.GetByLabel("Plan").SelectOptionAsync("check");
        await needs.FillAsync("pulses, moon");
        await Assertions.Expect(page.GetByText("No slot has the label moon; there are BL602")).ToBeVisibleAsync();
        await add.ClickAsync();
        await needs.FillAsync("PULSES, bl602");
        await Assertions.Expect(page.GetByText("It runs on p1, p2.")).ToBeVisibleAsync();
        await priority.FillAsync("101");
        await add.ClickAsync();
        int refused = jobs.All().Count;
        await priority.FillAsync("60");
        await page.GetByLabel("p1", new() { Exact = true }).UncheckAsync();
        await Assertions.Expect(page.GetByText("It runs on p2.")).ToBeVisibleAsync();
        await page.GetByLabel("Why").FillAsync("build 228");
        IRequest sent = await page.RunAndWaitForRequestAsync(() => add.ClickAsync(), request => request.Method == "POST");
        await TestStation.UntilAsync(() => jobs.All().Count == 1);
        Station.Opener.RunMayEnd.SetResult();
        await TestStation.UntilAsync(() => jobs.All().Single().IsOver);

        Job job = jobs.All().Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused, Is.Zero, "a label that no slot has, and a priority above 100");
            Assert.That(sent.PostDataJSON()!.Value.GetProperty("needs").EnumerateArray().Select(n => n.GetString()), Is.EqualTo(new[] { "PULSES", "bl602" }));
            Assert.That(job.Slots, Is.EqualTo(new[] { "p2" }));
            Assert.That(job.Priority, Is.EqualTo(60));
            Assert.That(job.Why, Is.EqualTo("build 228"));
        }
    }

    private static async Task PlayAsync(BenchSession session, string suite, Verdict verdict)
    {
        long test = await session.BeginTestAsync("p1", suite, "Runs", $"{suite}.Runs", default);
        await session.EndTestAsync(test, verdict, null, null, default);
    }
}
