using LabRunner.Fixtures;
using LabRunner.Fixtures.Pages;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using Microsoft.Playwright;
using NUnit.Framework;

namespace LabRunner.Suites.S18_WebUi;

/// <content>The open main page follows the contact: at once, across a reboot, and on a network that loses its questions.</content>
public sealed partial class WebUi
{
    private const int Refreshes = 2;

    [Test]
    public Task OpenPage_FollowsTheContact_WithinTwoRefreshes() => OnPageAsync("index", async () =>
    {
        IndexPage index = new(Page);
        await index.OpenAsync();
        await ChangeAndFollowAsync(index, "page-follows", Refreshes);
        AssertNoErrors("the main page");
    });

    [Test]
    public Task OpenPage_AcrossAReboot_FollowsAgain() => OnPageAsync("index", async () =>
    {
        IndexPage index = new(Page);
        await Lab.RememberRelayAsync(true);
        await index.OpenAsync();
        TimeSpan at = Lab.Now;
        await Lab.RebootAsync("a reboot under the open main page");

        bool shown = await FollowsAsync(index, await Lab.ReadRelayAsync() == true, Refreshes);
        await Lab.TrialAsync("page-after-reboot", at, shown, Lab.Now - at);
        Assert.That(shown, Is.True, $"{Refreshes} refreshes after the reboot the page that was left open does not show the contact, which is {(await Lab.ReadRelayAsync() == true ? "closed" : "open")}.");

        // While the device was away its questions failed: that is the network's complaint and not the page's.
        Monitor.TakeErrors();
        await ChangeAndFollowAsync(index, "page-follows-after-reboot", Refreshes);
        AssertNoErrors("the main page after the reboot");
    });

    [Test]
    public Task OpenPage_OnALossyNetwork_ShowsNoStaleState() => OnPageAsync("index", async () =>
    {
        if (Parameters.Loss <= 0)
        {
            Assert.Ignore("the plan asks no loss");
        }

        IndexPage index = new(Page);
        await index.OpenAsync();

        // The first question from each change's command on is lost in any case: by chance alone a short test would be one of a good network.
        (int lost, int first) = (0, 0);
        await Page.RouteAsync("**/index?state=1*", async route =>
        {
            if (Interlocked.Exchange(ref first, 0) == 1 || Lab.Chance.NextUnit() < Parameters.Loss)
            {
                Interlocked.Increment(ref lost);
                await route.AbortAsync("timedout");
                return;
            }

            await route.ContinueAsync();
        });
        await ChangeAndFollowAsync(index, "page-follows-lossy", Refreshes, () => Interlocked.Exchange(ref first, 1));
        await Page.UnrouteAllAsync(new PageUnrouteAllOptions { Behavior = UnrouteBehavior.IgnoreErrors });
        await Lab.MeasureAsync(new Figure("refreshes-lost", lost, "refreshes", lost >= Parameters.Changes ? Verdict.Pass : Verdict.Inconclusive) { Lower = Parameters.Changes });
    });

    private async Task ChangeAndFollowAsync(IndexPage index, string step, int refreshes, Action? beforeChange = null)
    {
        bool on = await Lab.ReadRelayAsync() == true;
        for (int i = 1; i <= Parameters.Changes; i++)
        {
            await Lab.DemandRelayBudgetAsync(i - 1, Parameters.Changes);
            on = !on;
            await Lab.SayAsync($"{step} {i} of {Parameters.Changes}");
            beforeChange?.Invoke();
            await Lab.SetRelayAsync(on);
            TimeSpan at = Lab.Now;
            bool shown = await FollowsAsync(index, on, refreshes);
            await Lab.TrialAsync(step, at, shown, Lab.Now - at, ("on", on ? "yes" : "no"));
            Assert.That(shown, Is.True, $"Change {i}: the contact is {(on ? "closed" : "open")}, and after {refreshes} refreshes the page still shows {(on ? "OFF" : "ON")}.");
        }
    }

    // Periods are counted by the refreshes that came through, not by a clock: what a busy machine or a lossy network delays is not stale.
    private static async Task<bool> FollowsAsync(IndexPage index, bool on, int refreshes)
    {
        for (int refresh = 1; refresh <= refreshes; refresh++)
        {
            await index.WholeRefreshAsync(Patience);
            if (await index.ShowsAsync(on))
            {
                return true;
            }
        }

        return false;
    }

    private void AssertNoErrors(string where)
    {
        IReadOnlyList<string> errors = Monitor.TakeErrors();
        Assert.That(errors, Is.Empty, $"The browser complains of {where}: {string.Join("; ", errors)}");
    }
}
