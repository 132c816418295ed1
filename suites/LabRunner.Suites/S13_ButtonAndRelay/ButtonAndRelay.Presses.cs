using LabRunner.Bench.Api;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S13_ButtonAndRelay;

/// <content>Presses that are none of a finger's: double, bouncing, held over power-up.</content>
public sealed partial class ButtonAndRelay
{
    private static readonly TimeSpan ClickLength = TimeSpan.FromMilliseconds(120);
    private static readonly TimeSpan ClickGap = TimeSpan.FromMilliseconds(150);

    [Test]
    [Needs("button", "relaySense")]
    public async Task DoubleClick_LaterThanFiveSeconds_ChangesNothingAndCostsNoCredentials()
    {
        SuiteContext.Ask(Parameters.Doubles, "double clicks");
        await AssertButtonLivesAsync();
        for (int i = 1; i <= Parameters.Doubles; i++)
        {
            await Lab.SayAsync($"double click {i} of {Parameters.Doubles}");
            (TimeSpan at, IReadOnlyList<PressOutcome> clicks) = await GestureAsync(
                new ButtonMoves(ClickLength) { Times = 2, Gap = ClickGap }, IsDoubleClick, "double-click");
            int changes = await ChangesAsync(at, clicks[^1].ReleasedAt);
            await Lab.TrialAsync("double-click", at, changes == 0, Lab.Now - at, ("changes", $"{changes}"), ("gapMs", $"{(clicks[1].PressedAt - clicks[0].ReleasedAt).TotalMilliseconds:0}"));
            Assert.That(changes, Is.Zero, $"Double click {i}: {changes} changes of the contact; it is for channel 2, which has no relay.");
        }

        // The firmware empties SSID and password in its settings only; it joins without them until it boots.
        await AssertServesAsync("after double clicks");
        await Lab.RebootAsync("whether double clicks have cost the Wi-Fi credentials");
        await AssertServesAsync("after double clicks and a reboot");
    }

    [Test]
    [Needs("button", "relaySense")]
    public async Task BouncingContact_IsOneChange()
    {
        SuiteContext.Ask(Parameters.Bounces, "bouncing presses");
        List<string> problems = Lab.Problems;
        for (int i = 1; i <= Parameters.Bounces; i++)
        {
            await Lab.DemandRelayBudgetAsync(i - 1, Parameters.Bounces);
            await Lab.SayAsync($"bouncing press {i} of {Parameters.Bounces}");
            (TimeSpan at, IReadOnlyList<PressOutcome> moves) = await GestureAsync(
                new ButtonMoves(TimeSpan.FromMilliseconds(ControlMilliseconds)) { BounceEdges = 6, BounceInterval = TimeSpan.FromMilliseconds(3) }, IsBounce, "bounce");
            int changes = await ChangesAsync(at, moves[^1].ReleasedAt);
            await Lab.TrialAsync("bounce", at, changes == 1, Lab.Now - at, ("changes", $"{changes}"), ("bounces", $"{moves.Count - 1}"));
            if (changes != 1)
            {
                problems.Add($"press {i}: {changes} changes");
            }
        }

        Assert.That(problems, Is.Empty, "A bouncing press is not one change: " + string.Join("; ", problems));
    }

    [Test]
    [Needs("button", "relaySense", "power")]
    public async Task Hold_OverPowerUp_ChangesNothingAndServes()
    {
        SuiteContext.Ask(Parameters.PowerUpHolds.Count, "holds over power-up");
        await AssertButtonLivesAsync();
        await Lab.KeepStartValueAsync();
        await Lab.SetStartValueAsync(0);
        Lab.LeavePowered();
        foreach (int seconds in Parameters.PowerUpHolds)
        {
            await Lab.WaitUntilBootIsCompleteAsync();
            await Lab.SayAsync($"held {seconds} s over power-up");
            await using IntentScope intent = await Lab.IntentAsync(IntentKinds.PowerCut, $"button held {seconds} s over power-up", ("held", $"{seconds}s"));
            await Lab.Bench.SwitchPowerAsync(Lab.Slot, false, Lab.Token);
            await Lab.DelayAsync(TimeSpan.FromSeconds(3));
            TimeSpan at = Lab.Now;
            IReadOnlyList<PressOutcome> held = await Lab.Bench.MoveButtonAsync(Lab.Slot, new ButtonMoves(TimeSpan.FromSeconds(seconds)) { ThroughPowerUp = true }, Lab.Token);
            PlugInfo info = await Lab.NewBootAsync(at, long.MaxValue / 2, TimeSpan.FromSeconds(60));
            int changes = await ChangesAsync(at, held[^1].ReleasedAt);
            await Lab.TrialAsync("power-up-hold", at, changes == 0, Lab.Now - at, ("seconds", $"{seconds}"), ("changes", $"{changes}"));
            Assert.That(changes, Is.Zero, $"Held {seconds} s over power-up it changed the contact {changes} times; a hold toggles nothing, and its start value is 0.");
            Assert.That(info.MqttTopic, Is.Not.Empty, "After a power-up with the button held its settings are gone.");
            await Lab.WaitUntilBootIsCompleteAsync();
        }
    }

    [Test]
    [Needs("button", "console")]
    public async Task DoubleClick_InTheFirstFiveSeconds_OnlyWhenAskedFor()
    {
        if (Parameters.EarlyDoubleClick.Length == 0)
        {
            Assert.Ignore("a double click in the first 5 s after a boot clears the Wi-Fi credentials, so it is done only when the plan says earlyDoubleClick: clear-credentials");
        }

        await Lab.WaitUntilBootIsCompleteAsync();
        await using IntentScope intent = await Lab.IntentAsync(IntentKinds.Reboot, "double click right after a boot");
        (ConsoleText beat, TimeSpan after) = await ClickAfterBootAsync();

        // They are gone with the next boot: settings are saved 3 s after a change, and it joins without them until then.
        await Lab.DelayAsync(TimeSpan.FromSeconds(5));
        await SuiteContext.TryAsync<CommandReply>(async () => await Lab.Plug.CommandAsync("restart", Lab.Token));

        // Read off the console: without credentials it opens its own access point, and who asks it over that would be answered.
        bool gone = await Lab.Bench.ExpectAsync(Lab.Slot, ConsoleLines.NotJoined, beat.Number, TimeSpan.FromSeconds(60), Lab.Token) is not null;
        await Lab.TrialAsync("early-double-click", beat.At, gone, after, ("credentialsCleared", gone ? "yes" : "no"));
        Assert.That(gone, Is.True, "A double click in the first 5 s after the boot did not clear the Wi-Fi credentials: this firmware has another rule.");
    }

    // A busy bench makes another gesture of it; it is made again as long as the plug has not taken that for a double click.
    private async Task<(ConsoleText Beat, TimeSpan After)> ClickAfterBootAsync()
    {
        for (int attempt = 1; attempt <= PressCounter.Attempts; attempt++)
        {
            await Lab.WaitUntilBootIsCompleteAsync();
            long mark = await Lab.Bench.MarkConsoleAsync(Lab.Slot, Lab.Token);
            await Lab.Plug.RebootAsync(Lab.Token);
            ConsoleText? banner = await Lab.Bench.ExpectAsync(Lab.Slot, ConsoleLines.Banner, mark, TimeSpan.FromSeconds(30), Lab.Token);
            ConsoleText? beat = banner is null ? null : await Lab.Bench.ExpectAsync(Lab.Slot, ConsoleLines.Heartbeat, banner.Number, TimeSpan.FromSeconds(30), Lab.Token);
            Assert.That(beat, Is.Not.Null, "It did not boot after the reboot that was asked for.");
            IReadOnlyList<PressOutcome> clicks = await Lab.Bench.MoveButtonAsync(Lab.Slot, new ButtonMoves(ClickLength) { Times = 2, Gap = ClickGap, SoonAfterBoot = true }, Lab.Token);
            TimeSpan after = clicks[^1].ReleasedAt - beat!.At;
            if (IsDoubleClick(clicks) && after <= TimeSpan.FromSeconds(3))
            {
                return (beat, after);
            }

            await new PressCounter(Lab).RecordOtherAsync("early-double-click", clicks.Max(c => c.Longest), 90, 300, attempt, ("gapMs", Gaps(clicks)), ("afterSeconds", FormattableString.Invariant($"{after.TotalSeconds:0.0}")));

            if (await Lab.Bench.ExpectAsync(Lab.Slot, ConsoleLines.Joined, beat.Number, TimeSpan.FromSeconds(30), Lab.Token) is null)
            {
                break;
            }
        }

        Assert.Inconclusive("The bench is too busy for a double click in the first 5 s after a boot: it came too late, or was another gesture.");
        return default;
    }

    // Two clicks that came too far apart, or so near that the debounce joined them, are another thing.
    private static bool IsDoubleClick(IReadOnlyList<PressOutcome> clicks) =>
        clicks.All(c => c.Shortest.TotalMilliseconds >= 90 && c.Longest.TotalMilliseconds < 300) && (clicks[1].PressedAt - clicks[0].ReleasedAt).TotalMilliseconds is >= 90 and < 290;

    // A bounce that lasted longer than the debounce is a press of its own.
    private static bool IsBounce(IReadOnlyList<PressOutcome> moves) =>
        moves.SkipLast(1).All(m => m.Longest.TotalMilliseconds <= PressKind.TooShort.LongestMs) && moves[^1] is { Shortest.TotalMilliseconds: >= 90, Longest.TotalMilliseconds: <= 900 };

    // A busy bench moves the button later than it meant to: what was no such gesture is no trial of it, and is made again.
    private async Task<(TimeSpan At, IReadOnlyList<PressOutcome> Moves)> GestureAsync(ButtonMoves moves, Func<IReadOnlyList<PressOutcome>, bool> isOne, string word)
    {
        for (int attempt = 1; attempt <= PressCounter.Attempts; attempt++)
        {
            await Lab.WaitUntilBootIsCompleteAsync();
            TimeSpan at = Lab.Now;
            IReadOnlyList<PressOutcome> made = await Lab.Bench.MoveButtonAsync(Lab.Slot, moves, Lab.Token);
            if (isOne(made))
            {
                return (at, made);
            }

            int changes = await ChangesAsync(at, made[^1].ReleasedAt);
            await new PressCounter(Lab).RecordOtherAsync(word, made.Max(m => m.Longest), 90, 300, attempt, ("pushes", $"{made.Count}"), ("gapMs", Gaps(made)), ("changes", $"{changes}"));
        }

        Assert.Inconclusive($"The bench cannot make a {word}: in {PressCounter.Attempts} attempts its own delays made something else of it.");
        return default;
    }

    private static string Gaps(IReadOnlyList<PressOutcome> made) =>
        string.Join(", ", made.Skip(1).Zip(made, (later, earlier) => FormattableString.Invariant($"{(later.PressedAt - earlier.ReleasedAt).TotalMilliseconds:0}")));

    private async Task AssertButtonLivesAsync()
    {
        if ((await PressAsync(new PressCounter(Lab), ControlMilliseconds, PressKind.Press)).Changes == 0)
        {
            Assert.Inconclusive($"A press of {ControlMilliseconds} ms changes nothing either, so no change here would prove nothing.");
        }
    }

    private async Task AssertServesAsync(string when) =>
        Assert.That(await SuiteContext.TryAsync<PlugInfo>(async () => await Lab.Plug.GetInfoAsync(Lab.Token)), Is.Not.Null, $"It does not answer {when}: its Wi-Fi credentials may be gone.");

    private async Task<int> ChangesAsync(TimeSpan since, TimeSpan released)
    {
        await Lab.DelayUntilAsync(released + PressCounter.Answer);
        return (await Lab.Bench.GetRelayEdgesAsync(Lab.Slot, since, Lab.Token)).Count;
    }
}
