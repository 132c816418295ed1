using System.Globalization;
using LabRunner.Bench.Api;
using LabRunner.Bench.Inventory;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Fixtures.Parameters;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S03_SafeModeLadder;

/// <summary>Parameters of S03.</summary>
public sealed record SafeModeLadderParameters : ICheckedParameters
{
    [Limits("1", "20"), Meaning("boots of each ladder, one after the other")]
    public int Rungs { get; init; } = 6;

    [Limits("500ms", "5m"), Meaning("times on that are too short for a good boot; a ladder for each")]
    public IReadOnlyList<TimeSpan> ShortOn { get; init; } = [TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4)];

    [Limits("500ms", "5m"), Meaning("times on that are long enough for one; a ladder for each")]
    public IReadOnlyList<TimeSpan> LongOn { get; init; } = [TimeSpan.FromSeconds(10)];

    [Limits("500ms", "5m"), Meaning("time off between two boots")]
    public TimeSpan Off { get; init; } = TimeSpan.FromSeconds(2);

    [Limits("1", "20"), Meaning("short boot in a row that must be the first in safe mode (RESTARTS_REQUIRED_FOR_SAFE_MODE 4: the fifth)")]
    public int EntersAt { get; init; } = 5;

    [Limits("1s", "5m"), Meaning("uptime from which a boot counts as good: FullBootTime of the device; where its page tells another, the ladder is NOT RUN")]
    public TimeSpan FullBootTime { get; init; } = TimeSpan.FromSeconds(5);

    [Limits("0", "20"), Meaning("ladders of boots cut in the last second that does not make a boot good, and as many of boots cut in the first that does, by the device's own count; 0: none")]
    public int Boundary { get; init; }

    // The mark is set at the first full second after FullBootTime; from power to that second the SDK takes about one more.
    internal static TimeSpan BootOverhead { get; } = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    public IEnumerable<(string Key, string Text)> Problems()
    {
        if (Rungs < EntersAt)
        {
            yield return ("rungs", $"{Rungs} boots never come to boot {EntersAt} (entersAt), so that no ladder could fail");
        }

        foreach (TimeSpan on in ShortOn.Where(on => on >= FullBootTime))
        {
            yield return ("shortOn", $"{DurationText.Format(on)} is no short boot: it must be below fullBootTime, {DurationText.Format(FullBootTime)}");
        }

        foreach (TimeSpan on in LongOn.Where(on => on <= FullBootTime + BootOverhead))
        {
            yield return ("longOn", $"{DurationText.Format(on)} is no longer than a good boot takes: it must be above fullBootTime and {DurationText.Format(BootOverhead)} for the boot itself");
        }
    }
}

/// <summary>
/// S03: short boots in a row end in safe mode at the fifth and not before, good boots never do, and one long boot leaves it with
/// settings and relay as they were.
/// </summary>
[SlotSuite("S03", "Safe-mode ladder")]
[Needs("power", "console", "http")]
public sealed partial class SafeModeLadder(string slot) : SuiteFixture<SafeModeLadderParameters>(slot)
{
    private const int Tries = 3;

    private static readonly TimeSpan BootOverhead = SafeModeLadderParameters.BootOverhead;
    private static readonly TimeSpan Console = TimeSpan.FromSeconds(1.5);

    protected override bool ExpectsIncidents => true;

    [Test]
    public async Task ShortBoots_EnterSafeModeAtTheStatedOne()
    {
        SuiteContext.Ask(Parameters.ShortOn.Count, "short boots");
        await DemandFullBootTimeAsync();
        List<string> problems = Lab.Problems;
        foreach (TimeSpan on in Parameters.ShortOn)
        {
            int? entered = await LadderAsync(on, Parameters.EntersAt);
            if (entered != Parameters.EntersAt)
            {
                problems.Add($"on {DurationText.Format(on)}: {(entered is { } at ? $"safe mode at boot {at}" : $"no safe mode in {Parameters.Rungs} boots")}, boot {Parameters.EntersAt} was expected");
            }
        }

        Assert.That(problems, Is.Empty, string.Join("; ", problems));
    }

    [Test]
    public async Task GoodBoots_NeverEnterSafeMode()
    {
        SuiteContext.Ask(Parameters.LongOn.Count, "good boots");
        await DemandFullBootTimeAsync();
        List<string> problems = Lab.Problems;
        foreach (TimeSpan on in Parameters.LongOn)
        {
            if (await LadderAsync(on, null) is { } at)
            {
                problems.Add($"on {DurationText.Format(on)}: safe mode at boot {at}, although each boot was long enough");
            }
        }

        Assert.That(problems, Is.Empty, string.Join("; ", problems));
    }

    // What is a short boot the plug says, and not the plan.
    private async Task DemandFullBootTimeAsync()
    {
        if (await Lab.ToldFullBootTimeAsync() is { } told && told != Parameters.FullBootTime)
        {
            Assert.Ignore($"the plug's FullBootTime is {DurationText.Format(told)} and the plan's {DurationText.Format(Parameters.FullBootTime)}, so that its boots are not as short or as long as the plan means: write 'fullBootTime: {DurationText.Format(told)}', shortOn below it and longOn above");
        }
    }

    /// <param name="on">Time on.</param>
    /// <param name="expected">The boot that must be the first in safe mode; null: none may be.</param>
    /// <returns>The first boot of the ladder that said that it is in safe mode; null: none did.</returns>
    private async Task<int?> LadderAsync(TimeSpan on, int? expected)
    {
        for (int attempt = 1; attempt <= Tries; attempt++)
        {
            await Lab.WaitUntilBootIsCompleteAsync();
            PlugState before = await PlugState.ReadAsync(Lab);
            await using IntentScope intent = await Lab.IntentAsync(IntentKinds.PowerCut, $"ladder of {Parameters.Rungs} boots, {DurationText.Format(on)} on", ("on", DurationText.Format(on)));
            Lab.LeavePowered();
            TimeSpan started = Lab.Now;
            (int? entered, TimeSpan longest) = await ClimbAsync(on);
            bool wasShort = on >= Parameters.FullBootTime || longest < Parameters.FullBootTime;
            (string, string)[] detail = [("on", DurationText.Format(on)), ("enteredAt", entered is { } at ? $"{at}" : "never"), ("longestSeconds", longest.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture))];
            await (wasShort ? Lab.TrialAsync("ladder", started, entered == expected, Lab.Now - started, detail) : Lab.NotMadeAsync("ladder", started, detail));

            await LeaveAsync(entered is not null, before, on);
            if (wasShort)
            {
                return entered;
            }

            await Lab.SayAsync($"a boot of {DurationText.Format(on)} really took {longest.TotalSeconds:0.0} s, once more");
        }

        Assert.Inconclusive($"The bench cannot switch on for {DurationText.Format(on)}: in each of {Tries} ladders a boot lasted longer than {DurationText.Format(Parameters.FullBootTime)}, so it was no short one.");
        return null;
    }

    private async Task<(int? Entered, TimeSpan Longest)> ClimbAsync(TimeSpan on)
    {
        (int? entered, TimeSpan longest) = (null, TimeSpan.Zero);
        for (int rung = 1; rung <= Parameters.Rungs; rung++)
        {
            await Lab.SayAsync($"boot {rung} of {Parameters.Rungs}, {DurationText.Format(on)} on");
            long mark = 0;
            TimeSpan at = (await Lab.CutSupplyAsync(Parameters.Off, beforeOn: async () => mark = await Lab.Bench.MarkConsoleAsync(Lab.Slot, Lab.Token))).OnOrdered;
            await Lab.DelayUntilAsync(at + on);
            if (rung < Parameters.Rungs)
            {
                await Lab.Bench.SwitchPowerAsync(Lab.Slot, false, Lab.Token);
                longest = Lab.Now - at > longest ? Lab.Now - at : longest;
            }

            // The line comes early in a boot; the console may tell it a moment later.
            bool safe = await Lab.Bench.ExpectAsync(Lab.Slot, ConsoleLines.SafeMode, mark, Console, Lab.Token) is not null;
            entered ??= safe ? rung : null;
            await Lab.TrialAsync("rung", at, true, on, ("on", DurationText.Format(on)), ("boot", $"{rung}"), ("safeMode", safe ? "yes" : "no"));
        }

        return (entered, longest);
    }

    // The last boot goes on until it counts as good; the next one is then an ordinary one (user_main.c).
    private async Task LeaveAsync(bool wasSafe, PlugState before, TimeSpan on)
    {
        await Lab.DelayAsync(Parameters.FullBootTime + BootOverhead);
        if (wasSafe)
        {
            await Lab.CutSupplyAsync(Parameters.Off);
        }

        TimeSpan at = Lab.Now;
        SlotStatus status = await Lab.Bench.WaitReadyAsync(Lab.Slot, Lab.RecoveryLimit, Lab.Token);
        Assert.That(status.Ready, Is.True, $"After a ladder with {DurationText.Format(on)} on it does not serve any more, although it had a boot that was long enough to leave safe mode.");
        await Lab.TrialAsync("leave", at, true, Lab.Now - at, ("from", wasSafe ? "safe mode" : "service"));
        await Lab.WaitUntilBootIsCompleteAsync();
        IReadOnlyList<string> changed = before.Differences(await PlugState.ReadAsync(Lab));
        Assert.That(changed, Is.Empty, $"After a ladder with {DurationText.Format(on)} on: {string.Join("; ", changed)}");
    }
}
