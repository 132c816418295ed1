using LabRunner.Bench.Inventory;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S13_ButtonAndRelay;

/// <content>The relay across every kind of reboot: gap of the contact, and what it comes back as.</content>
public sealed partial class ButtonAndRelay
{
    private const double GapWarnMilliseconds = 1000;

    [Test]
    [Needs("relaySense")]
    public async Task Reboot_WithRelayOn_ReturnsAfterAShortGap()
    {
        if (!Lab.SeesRelayGaps())
        {
            Assert.Ignore($"The relay sense of slot {Lab.Slot} looks every {DurationText.Format(Lab.SlotFacts.RelayResolution ?? TimeSpan.Zero)}: too seldom to see a gap of half a second.");
        }

        SuiteContext.Ask(Parameters.RebootKinds.Count, "kinds of reboot");
        await Lab.RememberRelayAsync(true);
        List<string> tooLong = [];
        List<string> notAsked = [];
        List<string> unseen = [];
        bool updates = await FirmwarePair.RunningAsync(Lab) is not null;
        foreach (RebootKind kind in Parameters.RebootKinds)
        {
            // The boot loader unpacks an image before the firmware drives any pin.
            double limit = kind == RebootKind.Update ? Parameters.UpdateGapLimit.TotalMilliseconds : GapWarnMilliseconds;
            string? lacking = kind == RebootKind.Power && !Lab.Has("power") ? $"slot {Lab.Slot} has no power"
                : kind == RebootKind.Update && !updates ? "the plug runs neither firmware a nor b of the bench" : null;
            if ((lacking is null ? await GapsOfAsync(kind) : null) is not { } gaps)
            {
                string why = lacking ?? $"this build does not know '{Parameters.CrashCommand}'";
                await Lab.MeasureAsync(new Figure($"reboot-gap@{Word(kind)}", 0, "ms", Verdict.NotRun) { Detail = [("why", why)] });
                notAsked.Add($"no reboot by {Word(kind)}: {why}");
                continue;
            }

            if (gaps.Count == 0)
            {
                // The sense is not stuck: it has just followed the relay. A relay that holds, or opens for less than a look, is no failure.
                await Lab.MeasureAsync(new Figure($"reboot-gap@{Word(kind)}", 0, "ms", Verdict.Inconclusive) { Detail = [("why", "no gap of the contact was seen beyond the time without supply")] });
                unseen.Add(Word(kind));
                continue;
            }

            foreach ((string name, double value) in new[] { ("median", Percentile.Of(gaps, 0.5)), ("p95", Percentile.Of(gaps, 0.95)), ("max", gaps.Max()) })
            {
                await Lab.MeasureAsync(new Figure($"reboot-gap-{name}@{Word(kind)}", value, "ms", value > limit ? Verdict.Warn : Verdict.Pass) { Upper = limit, Detail = [("n", $"{gaps.Count}")] });
            }

            if (gaps.Max() > limit)
            {
                tooLong.Add($"{gaps.Max():0} ms at a reboot by {Word(kind)}");
            }
        }

        if (notAsked.Count == Parameters.RebootKinds.Count)
        {
            Assert.Ignore(string.Join("; ", notAsked));
        }

        Warn.If(tooLong, Is.Not.Empty, "The output was off for " + string.Join(", ", tooLong));
        if (unseen.Count > 0 && tooLong.Count == 0)
        {
            string shorter = Lab.SlotFacts.RelayResolution is { Ticks: > 0 } look ? $", or opened for less than the {DurationText.Format(look)} between two looks" : "";
            Assert.Inconclusive($"No gap of the contact was seen at a reboot by {string.Join(", ", unseen)}: the relay held through it, or was closed again as soon as the supply was back{shorter}.");
        }
    }

    [Test]
    public async Task StartValue_AcrossReboot_Holds()
    {
        await Lab.KeepStartValueAsync();
        foreach ((int done, (int value, bool before, bool after)) in StartValues.Index())
        {
            await Lab.DemandRelayBudgetAsync(done, StartValues.Length);
            await Lab.SayAsync($"start value {value}");
            await Lab.SetStartValueAsync(value);
            await Lab.SetRelayByChangeAsync(before);
            TimeSpan at = Lab.Now;
            await Lab.RebootAsync($"start value {value}");
            await CheckStartAsync(value, before, after, at, "the reboot", ("off", "none"));
        }
    }

    [Test]
    [Needs("power")]
    public async Task StartValue_AcrossAPowerCut_HoldsAfterEachTimeOff()
    {
        SuiteContext.Ask(Parameters.OffTimes.Count, "times off");
        await Lab.KeepStartValueAsync();
        Lab.LeavePowered();
        int done = 0;
        foreach (TimeSpan off in Parameters.OffTimes)
        {
            foreach ((int value, bool before, bool after) in StartValues)
            {
                await Lab.DemandRelayBudgetAsync(done++, Parameters.OffTimes.Count * StartValues.Length);
                await Lab.SayAsync($"start value {value}, off {DurationText.Format(off)}");
                await Lab.WaitUntilBootIsCompleteAsync();
                await Lab.SetStartValueAsync(value);
                await Lab.SetRelayByChangeAsync(before);
                TimeSpan at = Lab.Now;
                await Lab.RebootByAsync(RebootKind.Power, $"start value {value}, off {DurationText.Format(off)}", off);
                await CheckStartAsync(value, before, after, at, $"{DurationText.Format(off)} without power", ("off", DurationText.Format(off)));
            }
        }
    }

    private static (int Value, bool Before, bool After)[] StartValues => [(0, true, false), (0, false, false), (1, false, true), (1, true, true), (-1, true, true), (-1, false, false)];

    private async Task CheckStartAsync(int value, bool before, bool after, TimeSpan at, string across, (string Name, string Value) detail)
    {
        bool? relay = await Lab.ReadRelayAsync();
        await Lab.TrialAsync("start-value", at, relay == after, Lab.Now - at, ("startValue", $"{value}"), ("before", $"{before}"), detail);
        Assert.That(relay, Is.EqualTo(after), $"Start value {value}, relay {(before ? "on" : "off")} before {across}.");
    }

    // Null: the build has no means for it.
    private async Task<List<double>?> GapsOfAsync(RebootKind kind)
    {
        List<double> gaps = [];
        for (int i = 1; i <= Parameters.Reboots; i++)
        {
            await Lab.DemandRelayBudgetAsync(i - 1, Parameters.Reboots);
            await Lab.SayAsync($"reboot {i} of {Parameters.Reboots} by {Word(kind)}");
            TimeSpan at = Lab.Now;
            if (await Lab.RebootByAsync(kind, $"reboot {i} by {Word(kind)} with the relay on", TimeSpan.FromSeconds(3), Parameters.CrashCommand) is not { } without)
            {
                return null;
            }

            IReadOnlyList<TimeSpan> seen = await Lab.RelayGapsAsync(at);
            bool on = await Lab.ReadRelayAsync() == true;

            // While the supply is off the contact has no say; what the boot adds is the plug's.
            List<double> own = [.. seen.Select(gap => (gap - without).TotalMilliseconds).Where(ms => ms > 0)];
            await Lab.TrialAsync("reboot-gap", at, on, seen.Count > 0 ? seen.Max() : TimeSpan.Zero, ("gaps", $"{seen.Count}"), ("by", Word(kind)));
            Assert.That(on, Is.True, $"Reboot {i} by {Word(kind)}: the relay was on, its start value is -1, and it did not come back on.");
            gaps.AddRange(own);
        }

        return gaps;
    }

    private static string Word(RebootKind kind) => kind.ToString().ToLowerInvariant();
}
