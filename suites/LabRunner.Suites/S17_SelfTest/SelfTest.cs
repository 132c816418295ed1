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

/// <summary>How S17 makes the DUT fail.</summary>
public enum Provocation
{
    /// <summary>
    /// <c>logdelay 4000</c>: every log call sleeps 4 s, so the once-a-second task misses the watchdog's 3 s. Works on every build, and
    /// is gone after the reset (cmd_main.c, hal_generic_bl602.c).
    /// </summary>
    Watchdog,
}

/// <summary>Parameters of S17.</summary>
public sealed record SelfTestParameters
{
    [Meaning("how to make the plug fail")]
    public Provocation Provoke { get; init; } = Provocation.Watchdog;

    [Limits("10s", "10m"), Meaning("from the command to the first heartbeat after the reset")]
    public TimeSpan RecoverLimit { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>
/// S17: the bench proves that it can see a failure, before a night is spent on looking for some. A failed assertion here is INVALID, not
/// FAIL: it is the bench that did not see, so the night says nothing about this slot.
/// </summary>
[SlotSuite("S17", "Bench self-test")]
[Needs("console", "http")]
public sealed class SelfTest(string slot) : SuiteFixture<SelfTestParameters>(slot)
{
    private const string Command = "logdelay 4000";

    // The hung loop prints its heartbeat before it sleeps, and the watchdog counts its 3 s from the feed a second earlier: 2 s of silence
    // are left. Half a second of reading delay still tells it from the 1 s between two heartbeats.
    private static readonly TimeSpan LeastSilence = TimeSpan.FromSeconds(1.5);

    protected override bool ExpectsIncidents => true;

    protected override Verdict FailureMeans => Verdict.Invalid;

    [Test]
    public async Task ProvokedWatchdogReset_IsSeenFromEverySide()
    {
        await Lab.WaitUntilBootIsCompleteAsync();
        if (Lab.Has("relaySense"))
        {
            await Lab.RememberRelayAsync();
            await Lab.SetRelayAsync(true);
        }

        TimeSpan started = Lab.Now;
        long mark = await Lab.Bench.MarkConsoleAsync(Lab.Slot, Lab.Token);
        await using IntentScope intent = await Lab.IntentAsync(
            IntentKinds.SelfTest, $"'{Command}' provokes the watchdog", ("command", Command), ("provoke", "watchdog"));
        await Lab.SayAsync("provoking the watchdog");
        await SuiteContext.TryAsync<CommandReply>(async () => await Lab.Plug.CommandAsync(Command, Lab.Token));

        ConsoleText? banner = await Lab.Bench.ExpectAsync(Lab.Slot, ConsoleLines.Banner, mark, Parameters.RecoverLimit, Lab.Token);
        Assert.That(banner, Is.Not.Null, "No boot banner: the watchdog did not bite, or the console is deaf.");
        ConsoleText? heartbeat = await Lab.Bench.ExpectAsync(
            Lab.Slot, ConsoleLines.Heartbeat, banner!.Number, started + Parameters.RecoverLimit - Lab.Now, Lab.Token);
        Assert.That(heartbeat, Is.Not.Null, $"No heartbeat within {DurationText.Format(Parameters.RecoverLimit)} of the command.");

        TimeSpan silence = banner.At - await LastLineBeforeAsync(mark, banner, started);
        await Lab.MeasureAsync(new Figure("watchdog-silence", silence.TotalSeconds, "s", silence >= LeastSilence ? Verdict.Pass : Verdict.Invalid) { Lower = LeastSilence.TotalSeconds });
        await Lab.TrialAsync("watchdog-recovery", started, true, heartbeat!.At - started);
        PlugPageState? page = await Lab.UntilAsync<PlugPageState>(
            async () => await Lab.Plug.GetPageStateAsync(Lab.Token) is { RebootReason: not null } state ? state : null, Parameters.RecoverLimit);
        BootRecord? boot = await EventuallyAsync(
            Lab.Bench.GetBootsAsync, started, record => record.Reason == "self-test" && record.Expected);
        IncidentRecord? incident = await EventuallyAsync(
            Lab.Bench.GetIncidentsAsync, started, record => record.Expected && record.Class == "HANG_RECOVERED");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(silence, Is.GreaterThanOrEqualTo(LeastSilence), "The console was not silent before the banner, so this was no watchdog reset.");
            Assert.That(page?.RebootReason, Is.EqualTo("BL_RST_SOFTWARE_WATCHDOG"), "Reset reason of the index page.");
            Assert.That(boot, Is.Not.Null, "The ledger holds no boot with reason self-test.");
            Assert.That(incident, Is.Not.Null, "The watch classified no expected HANG_RECOVERED.");
        }

        await MeasureRelayGapAsync(started);
    }

    private async Task<TimeSpan> LastLineBeforeAsync(long mark, ConsoleText banner, TimeSpan started)
    {
        IReadOnlyList<ConsoleText> lines = await Lab.Bench.ReadConsoleAsync(Lab.Slot, mark, (int)(banner.Number - mark), Lab.Token);
        return lines.LastOrDefault(line => line.Number < banner.Number && line.Text.Length > 0)?.At ?? started;
    }

    // Ledger and classifier write a moment after the console line that they judge.
    private async Task<T?> EventuallyAsync<T>(
        Func<string, TimeSpan, CancellationToken, Task<IReadOnlyList<T>>> read, TimeSpan since, Func<T, bool> wanted)
        where T : class =>
        await Lab.UntilAsync<T>(async () => (await read(Lab.Slot, since, Lab.Token)).FirstOrDefault(wanted), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(2));

    private async Task MeasureRelayGapAsync(TimeSpan since)
    {
        if (!Lab.SeesRelayGaps())
        {
            return;
        }

        IReadOnlyList<TimeSpan> gaps = await Lab.RelayGapsAsync(since);
        Assert.That(gaps, Is.Not.Empty, "The relay was on, yet the bench saw no gap of its contact during the reset.");
        await Lab.MeasureAsync(new Figure("relay-gap", gaps.Max().TotalMilliseconds, "ms", Verdict.Pass));
    }
}
