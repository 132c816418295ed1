using LabRunner.Bench.Api;
using LabRunner.Bench.Inventory;
using LabRunner.Fixtures;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S15_BrownOut;

/// <content>Cuts in a row that each leave the plug too little time for a good boot (F08).</content>
public sealed partial class BrownOut
{
    // From power on to the mark of a good boot FullBootTime passes and this, in safe mode too: the boot after it is an ordinary one.
    private static readonly TimeSpan BeyondFullBoot = TimeSpan.FromSeconds(5);

    private async Task<TimeSpan> FullBootAsync() => await Lab.ToldFullBootTimeAsync() ?? TimeSpan.FromSeconds(PlugWaits.UsualFullBootSeconds);

    private async Task<TimeSpan> BootGoodAsync() => await FullBootAsync() + BeyondFullBoot;

    [Test]
    public async Task Flicker_OfUpToSoManyCuts_ReturnsToService()
    {
        SuiteContext.Ask(Parameters.Flickers, "flicker");
        TimeSpan fullBoot = await FullBootAsync();
        if (Parameters.FlickerOn >= fullBoot)
        {
            Assert.Ignore($"{DurationText.Format(Parameters.FlickerOn)} on (flickerOn) make a good boot of this plug, whose FullBootTime is {DurationText.Format(fullBoot)}: no flicker would be left. Write a shorter one");
        }

        Lab.LeavePowered();
        int tolerated = Math.Min(Parameters.Flickers, Parameters.SafeModeAt - 1);
        for (int cuts = 1; cuts <= Parameters.Flickers; cuts++)
        {
            await Lab.WaitUntilBootIsCompleteAsync();
            PlugState before = await PlugState.ReadAsync(Lab);
            await Lab.SayAsync($"flicker of {cuts} cuts");
            await using IntentScope intent = await Lab.IntentAsync(IntentKinds.PowerCut, $"flicker of {cuts} cuts", ("cuts", $"{cuts}"));
            TimeSpan at = Lab.Now;
            long mark = await FlickerAsync(cuts);
            TimeSpan back = Lab.Now;
            bool safe = cuts >= Parameters.SafeModeAt && await IsInSafeModeAsync(mark);
            if (safe)
            {
                await LeaveSafeModeAsync();
            }

            bool serves = await Lab.AnswersWithinAsync(Parameters.RecoverLimit) is not null;
            await Lab.TrialAsync("flicker", at, serves, Lab.Now - back, ("cuts", $"{cuts}"), ("safeMode", safe ? "yes, by the firmware's rule" : "no"));
            if (!serves)
            {
                await Lab.MeasureAsync(Tolerance(cuts - 1, tolerated, Verdict.Fail));
                string mode = (await SuiteContext.TryAsync<PlugPageState>(async () => await Lab.Plug.GetPageStateAsync(Lab.Token)))?.SafeMode == true ? "it is in safe mode" : "it does not answer";
                await LeaveSafeModeAsync();
                Assert.Fail($"After a flicker of {cuts} cuts with {DurationText.Format(Parameters.FlickerOn)} on, {mode} {DurationText.Format(Parameters.RecoverLimit)} later; the firmware's own rule is the fifth short boot.");
            }

            await Lab.DelayAsync(await BootGoodAsync());
            IReadOnlyList<string> changed = before.Differences(await PlugState.ReadAsync(Lab));
            Assert.That(changed, Is.Empty, $"After a flicker of {cuts} cuts: {string.Join("; ", changed)}");
            if (safe)
            {
                await Lab.MeasureAsync(Tolerance(cuts - 1, tolerated, Verdict.Pass));
                return;
            }
        }

        await Lab.MeasureAsync(Tolerance(Parameters.Flickers, tolerated, Verdict.Pass));
    }

    /// <summary>Cuts, and leaves it on after the last.</summary>
    /// <returns>Place in the console before the last boot; 0 where there is none.</returns>
    private async Task<long> FlickerAsync(int cuts)
    {
        long mark = 0;
        for (int cut = 1; cut <= cuts; cut++)
        {
            await Lab.CutSupplyAsync(Parameters.FlickerOff, beforeOn: async () => mark = Lab.Has("console") ? await Lab.Bench.MarkConsoleAsync(Lab.Slot, Lab.Token) : 0);
            await Lab.DelayAsync(cut < cuts ? Parameters.FlickerOn : TimeSpan.Zero);
        }

        return mark;
    }

    // In safe mode it is off the network; without a console its page tells where somebody is on its own access point.
    private async Task<bool> IsInSafeModeAsync(long mark) => Lab.Has("console")
        ? await Lab.Bench.ExpectAsync(Lab.Slot, ConsoleLines.SafeMode, mark, BeyondFullBoot * 2, Lab.Token) is not null
        : await Lab.UntilAsync(async () => (await Lab.Plug.GetPageStateAsync(Lab.Token)).SafeMode == true, BeyondFullBoot * 2);

    private Figure Tolerance(int cuts, int wanted, Verdict verdict) => new("flicker-tolerance", cuts, "cuts", verdict) { Lower = wanted, Detail = [("on", DurationText.Format(Parameters.FlickerOn))] };

    private async Task LeaveSafeModeAsync()
    {
        await Lab.DelayAsync(await BootGoodAsync());
        await Lab.CutSupplyAsync(TimeSpan.FromSeconds(3));
        await Lab.AnswersWithinAsync(Parameters.RecoverLimit);
    }
}
