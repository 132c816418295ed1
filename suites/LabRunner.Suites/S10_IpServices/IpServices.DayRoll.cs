using System.Globalization;
using LabRunner.Bench.Api;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Hardware.Network;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S10_IpServices;

/// <content>The energy of the day where another day begins: it rolls once, not twice and not never.</content>
public sealed partial class IpServices
{
    private const double RollWatts = 1000;

    // More than a look adds, so that a fall of the day's energy cannot be mistaken.
    private const double LeastWattHours = 5;

    // The firmware asks for the time every 60 s.
    private static readonly TimeSpan Heard = TimeSpan.FromSeconds(60);

    [Test]
    [Needs("pulses")]
    public async Task DayRoll_CountsTheDayOnce()
    {
        Lab.Require(NetworkEffect.TimeError);
        await Lab.SetRelayAsync(true);
        Lab.AtEnd(async token => await Lab.Bench.InjectAsync(Lab.Slot, new LoadPoint(0, 0, 1), token));
        InjectedLoad load = await Lab.Bench.InjectAsync(Lab.Slot, new LoadPoint(230, RollWatts, 1), Lab.Token);
        await Lab.Bench.DisturbAsync(Lab.Slot, NetworkEffect.TimeError, 0, Lab.Token);
        Lab.AtEnd(async token => await Lab.Plug.CommandAsync("stopDriver NTP", token));
        await Lab.CommandAsync("startDriver NTP");
        bool counts = await Lab.UntilAsync(async () => (await Lab.Plug.GetPageStateAsync(Lab.Token)).TodayWattHours >= LeastWattHours, Heard * 2);
        Assert.That(counts, Is.True, $"The page shows no energy of the day of {LeastWattHours:0} Wh {(Heard * 2).TotalSeconds:0} s after startDriver NTP at {load.Watts:0} W.");

        DisturbanceName name = new("day-roll", "the time server's clock went on by a day", "DAY_ROLL", "F28");
        TimeSpan started = Lab.Now;
        Asked asked = new("day-roll", NetworkQuestion.Time);
        long? questions = await Lab.Bench.CountQuestionsAsync(Lab.Slot, asked.Question, Lab.Token);
        string? problem = await RollAsync(name, load.Watts) ?? await RollAgainAsync();

        // Not the other way about: the way back is another day too.
        await SuiteContext.TryAsync<CommandReply>(async () => await Lab.Plug.CommandAsync("stopDriver NTP", Lab.Token));
        await Lab.Bench.LiftAsync(Lab.Slot, NetworkEffect.TimeError, Lab.Token);
        await RecordAsync(name, started, problem, await RecordAskedAsync(asked, questions));
        if (problem is not null)
        {
            Assert.Fail($"{name.Mode} {name.What}: {problem}");
        }
    }

    // A whole day, so that it is another date whatever the DUT's time zone is.
    private async Task<string?> RollAsync(DisturbanceName name, double watts)
    {
        await Lab.WaitUntilBootIsCompleteAsync();
        Condition before = new(Lab.Now, (await Lab.Plug.GetInfoAsync(Lab.Token)).UptimeSeconds, 0);
        double today = (await Lab.Plug.GetPageStateAsync(Lab.Token)).TodayWattHours ?? 0;
        TimeSpan seen = Lab.Now;
        await using IntentScope intent = await Lab.IntentAsync(IntentKinds.Stimulus, name.What);
        await Lab.Bench.DisturbAsync(Lab.Slot, NetworkEffect.TimeError, TimeSpan.FromDays(1).TotalSeconds, Lab.Token);
        TimeSpan end = Lab.Now + Heard + Parameters.TimeFor;
        int rolls = 0;
        string? wrong = null;
        while (Lab.Now < end)
        {
            await Lab.DelayAsync(Look);
            if (await LookAsync(before) is { } gone)
            {
                return gone;
            }

            PlugPageState? page = await SuiteContext.TryAsync<PlugPageState>(async () => await Lab.Plug.GetPageStateAsync(Lab.Token));
            if (page is not { TodayWattHours: { } now, YesterdayWattHours: { } yesterday })
            {
                continue;
            }

            if (now < today)
            {
                // What was counted between two looks belongs to either day.
                double between = watts * (Lab.Now - seen).TotalHours;
                wrong ??= rolls == 0 && (yesterday < today || yesterday > today + (between * 1.1) + 0.5)
                    ? string.Create(CultureInfo.InvariantCulture, $"the day before shows {yesterday:0.0} Wh, and {today:0.0} Wh were counted in it")
                    : null;
                rolls++;
            }

            (today, seen) = (now, Lab.Now);
        }

        await Lab.MeasureAsync(new Figure("day-rolls", rolls, "rolls", rolls == 1 ? Verdict.Pass : Verdict.Fail) { Lower = 1, Upper = 1 });
        return rolls == 1 ? wrong : rolls == 0 ? "the energy of the day never rolled" : $"the energy of the day rolled {rolls} times";
    }

    // A firmware that keeps the energy of the day over a boot, but not its date, rolls again when it hears the time.
    private async Task<string?> RollAgainAsync()
    {
        double before = (await Lab.Plug.GetPageStateAsync(Lab.Token)).YesterdayWattHours ?? 0;
        await Lab.RebootAsync("the energy of the day must not roll again after it");
        await Lab.CommandAsync("startDriver NTP");
        await Lab.UntilAsync(async () => (await Lab.Plug.GetPageStateAsync(Lab.Token)).YesterdayWattHours is not null, Heard * 2);
        await Lab.DelayAsync(Look);
        return (await Lab.Plug.GetPageStateAsync(Lab.Token)).YesterdayWattHours is not { } after ? "the page shows no energy of the day after a reboot"
            : Math.Abs(after - before) <= 0.5 ? null
            : string.Create(CultureInfo.InvariantCulture, $"a reboot made {after:0.0} Wh of the {before:0.0} Wh of the day before");
    }
}
