using System.Text.RegularExpressions;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Api;
using LabRunner.Fixtures;
using LabRunner.Fixtures.Attributes;
using LabRunner.Fixtures.Parameters;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S17_SelfTest;

/// <summary>Parameters of S17.</summary>
public sealed record SelfTestParameters : RecoveryParameters, ICheckedParameters
{
    [Meaning("how to make the plug fail: watchdog works on every build; crash, stack and freeze where they are compiled, else they are told and left out")]
    public IReadOnlyList<Provocation> Provoke { get; init; } = [Provocation.Watchdog, Provocation.Crash, Provocation.Stack, Provocation.Freeze];

    /// <inheritdoc/>
    public IEnumerable<(string Key, string Text)> Problems()
    {
        if (Provoke.Count == 0)
        {
            yield return ("provoke", "nothing is named, so that nothing is proved: leave it out, or write watchdog");
        }
    }
}

/// <summary>
/// S17: the bench proves that it can see a failure, before a night is spent on looking for some. A failed assertion here is INVALID, not
/// FAIL: it is the bench that did not see, so the night says nothing about this slot.
/// </summary>
[SlotSuite("S17", "Bench self-test")]
[Needs("console", "http")]
public sealed class SelfTest(string slot) : SuiteFixture<SelfTestParameters>(slot)
{
    // The hung loop prints its heartbeat before it sleeps, and the watchdog counts its 3 s from the feed a second earlier: 2 s of silence
    // are left. Half a second of reading delay still tells it from the 1 s between two heartbeats.
    private static readonly TimeSpan LeastSilence = TimeSpan.FromSeconds(1.5);

    // The watchdog's 3 s and what a boot takes to its banner; a later bite is the plug's failure and not the bench's.
    private static readonly TimeSpan MostSilence = TimeSpan.FromSeconds(6);

    // The watch merges what comes within 120 s into one incident of its class.
    private static readonly TimeSpan Apart = TimeSpan.FromSeconds(125);

    private const string SoftwareWatchdog = "BL_RST_SOFTWARE_WATCHDOG";

    private readonly List<string> _recognised = [];
    private readonly List<string> _notCompiled = [];

    protected override bool ExpectsIncidents => true;

    protected override Verdict FailureMeans => Verdict.Invalid;

    [Test]
    public async Task ProvokedFailures_AreSeenFromEverySide()
    {
        (TimeSpan last, bool first) = (Lab.Now, true);
        foreach (ProvocationMeans means in Parameters.Provoke.Distinct().Select(ProvocationMeans.Of))
        {
            await Lab.DelayUntilAsync(first ? last : last + Apart);
            last = Lab.Now;
            if (await ProvokeAsync(means))
            {
                first = false;
                _recognised.Add(means.Command);
            }
            else
            {
                _notCompiled.Add(means.Command);
                last = TimeSpan.Zero;
            }
        }

        await Lab.MeasureAsync(new Figure("provocations-recognised", _recognised.Count, "means", _recognised.Count > 0 ? Verdict.Pass : Verdict.Invalid)
        {
            Lower = 1,
            Detail = [("recognised", string.Join(", ", _recognised)), ("not in this build", string.Join(", ", _notCompiled))],
        });
        Assert.That(_recognised, Is.Not.Empty, $"None of {string.Join(", ", _notCompiled)} is in this build, so nothing was proved: let the plan provoke watchdog.");
    }

    /// <returns>False: the build has no such means.</returns>
    private async Task<bool> ProvokeAsync(ProvocationMeans means)
    {
        await Lab.WaitUntilBootIsCompleteAsync();
        bool relay = Lab.Has("relaySense") && await Lab.RelayBudgetSpentAsync() is null;
        if (relay)
        {
            await Lab.RememberRelayAsync(true);
        }
        else if (Lab.Has("relaySense"))
        {
            // It may be remembered as on, and would close at each boot: the proof that the bench sees needs no relay.
            await Lab.SetRelayAsync(false);
        }

        bool tellsReason = (await Lab.Plug.GetPageStateAsync(Lab.Token)).RebootReason is not null;
        await (tellsReason ? Task.CompletedTask : Lab.NotMadeAsync("reset-reason", Lab.Now, ("why", "the page of this build tells no reset reason")));
        TimeSpan started = Lab.Now;
        long mark = await Lab.Bench.MarkConsoleAsync(Lab.Slot, Lab.Token);
        await using IntentScope intent = await Lab.IntentAsync(
            IntentKinds.SelfTest, $"'{means.Command}' provokes a failure", ("command", means.Command), ("provoke", means.Kind.ToString().ToLowerInvariant()));
        await Lab.SayAsync($"provoking a failure by {means.Command}");
        CommandReply? reply = await SuiteContext.TryAsync<CommandReply>(async () => await Lab.Plug.CommandAsync(means.Command, Lab.Token));
        if (reply is { Accepted: false } || (means.Kind == Provocation.Freeze
            && await Lab.Bench.ExpectAsync(Lab.Slot, ProvocationMeans.UnknownDriver, mark, TimeSpan.FromSeconds(2), Lab.Token) is not null))
        {
            return false;
        }

        ConsoleText? banner = await Lab.Bench.ExpectAsync(Lab.Slot, ConsoleLines.Banner, mark, Parameters.RecoverLimit, Lab.Token);
        ConsoleText? heartbeat = banner is null ? null : await Lab.Bench.ExpectAsync(
            Lab.Slot, ConsoleLines.Heartbeat, banner.Number, started + Parameters.RecoverLimit - Lab.Now, Lab.Token);
        await Lab.TrialAsync(means.Step, started, heartbeat is not null, (heartbeat?.At ?? Lab.Now) - started, ("command", means.Command));
        Assert.That(banner, Is.Not.Null, $"No boot banner after '{means.Command}': the watchdog did not bite, or the console is deaf.");
        Assert.That(heartbeat, Is.Not.Null, $"No heartbeat within {DurationText.Format(Parameters.RecoverLimit)} of '{means.Command}'.");
        await AssertSeenAsync(means, mark, banner!, started, tellsReason);
        await (relay ? MeasureRelayAsync(means, started) : Task.CompletedTask);
        return true;
    }

    private async Task AssertSeenAsync(ProvocationMeans means, long mark, ConsoleText banner, TimeSpan started, bool tellsReason)
    {
        TimeSpan silence = await SilenceBeforeAsync(mark, banner, started);
        bool dumps = means.Kind == Provocation.Crash;

        // A crash prints blocks of its dump until the watchdog bites.
        if (!dumps)
        {
            Verdict bite = silence < LeastSilence ? Verdict.Invalid : silence > MostSilence ? Verdict.Fail : Verdict.Pass;
            await Lab.MeasureAsync(new Figure($"{means.Kind.ToString().ToLowerInvariant()}-silence", silence.TotalSeconds, "s", bite) { Lower = LeastSilence.TotalSeconds, Upper = MostSilence.TotalSeconds });
        }

        // A build whose page told no reason before tells none after: boot and incident are what the bench can see then.
        PlugPageState? page = !tellsReason ? null : await Lab.UntilAsync<PlugPageState>(
            async () => await Lab.Plug.GetPageStateAsync(Lab.Token) is { RebootReason: not null } state ? state : null, Parameters.RecoverLimit);
        BootRecord? boot = await EventuallyAsync(Lab.Bench.GetBootsAsync, started, record => record.Reason == "self-test" && record.Expected);
        IncidentRecord? incident = await EventuallyAsync(Lab.Bench.GetIncidentsAsync, started, record => record.Expected && means.Classes.Contains(record.Class));
        using (Assert.EnterMultipleScope())
        {
            if (!dumps)
            {
                Assert.That(silence, Is.GreaterThanOrEqualTo(LeastSilence), "The console was not silent before the banner, so this was no watchdog reset.");
            }

            Assert.That(tellsReason ? page?.RebootReason : SoftwareWatchdog, Is.EqualTo(SoftwareWatchdog), "Reset reason of the index page.");
            Assert.That(boot, Is.Not.Null, "The ledger holds no boot with reason self-test.");
            Assert.That(incident, Is.Not.Null, $"The watch classified no expected {string.Join(" or ", means.Classes)} after '{means.Command}'.");
        }
    }

    // The longest pause after the last heartbeat: a chip whose SDK prints no banner says other lines of its boot before the one that is taken for it.
    private async Task<TimeSpan> SilenceBeforeAsync(long mark, ConsoleText banner, TimeSpan started)
    {
        IReadOnlyList<ConsoleText> read = await Lab.Bench.ReadConsoleAsync(Lab.Slot, mark, (int)(banner.Number - mark), Lab.Token);
        ConsoleText[] lines = [.. read.Where(line => line.Number < banner.Number && line.Text.Length > 0)];
        int beat = Array.FindLastIndex(lines, line => Regex.IsMatch(line.Text, ConsoleLines.Heartbeat));
        TimeSpan[] at = [beat < 0 ? started : lines[beat].At, .. lines[(beat + 1)..].Select(line => line.At), banner.At];
        return at.Zip(at.Skip(1), (earlier, later) => later - earlier).Max();
    }

    // Ledger and classifier write a moment after the console line that they judge.
    private async Task<T?> EventuallyAsync<T>(
        Func<string, TimeSpan, CancellationToken, Task<IReadOnlyList<T>>> read, TimeSpan since, Func<T, bool> wanted)
        where T : class =>
        await Lab.UntilAsync<T>(async () => (await read(Lab.Slot, since, Lab.Token)).FirstOrDefault(wanted), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(2));

    private async Task MeasureRelayAsync(ProvocationMeans means, TimeSpan since)
    {
        if (!Lab.SeesRelayGaps())
        {
            return;
        }

        string word = means.Kind.ToString().ToLowerInvariant();
        IReadOnlyList<TimeSpan> gaps = await Lab.RelayGapsAsync(since);
        bool back = await Lab.ReadRelayAsync() == true;

        // Of the plug, not of the bench: a FAIL of its own that the suite's row takes up.
        await Lab.MeasureAsync(new Figure($"relay-restored@{word}", back ? 1 : 0, "closed", back ? Verdict.Pass : Verdict.Fail) { Lower = 1 });
        if (back)
        {
            Assert.That(gaps, Is.Not.Empty, "The relay was on, yet the bench saw no gap of its contact during the reset.");
            await Lab.MeasureAsync(new Figure($"relay-gap@{word}", gaps.Max().TotalMilliseconds, "ms", Verdict.Pass));
        }
    }
}
