using System.Runtime.CompilerServices;
using LabRunner.Bench.Api;
using LabRunner.Fixtures;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;
using NUnit.Framework;

namespace LabRunner.Suites.Common;

/// <summary>How a plug is made to boot again.</summary>
public enum RebootKind
{
    /// <summary>POST /api/reboot.</summary>
    Api,

    /// <summary>The console command <c>restart</c>.</summary>
    Command,

    /// <summary>The button Restart of the main page.</summary>
    Page,

    /// <summary><c>logdelay 4000</c>: the once-a-second task misses the watchdog's 3 s.</summary>
    Watchdog,

    /// <summary>A console command that crashes it: an exception dump, then the watchdog. In few builds only.</summary>
    Crash,

    /// <summary>The supply is cut.</summary>
    Power,

    /// <summary>An update to the firmware that runs already, so that nothing changes but that the boot loader unpacks an image.</summary>
    Update,
}

/// <summary>Steps around a boot that several suites share.</summary>
internal static class Reboots
{
    // FullBootTime is a setting of the device; a test asks for it once.
    private static readonly ConditionalWeakTable<SuiteContext, StrongBox<int?>> FullBoots = [];

    // How long a boot may take to its first answer.
    private static readonly TimeSpan Answering = TimeSpan.FromSeconds(23);

    // POST /api/reboot resets 3 s later; then the SDK and the app boot in about a second and Wi-Fi joins.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(45);

    /// <summary>FullBootTime as the device tells it; null where it does not.</summary>
    public static async Task<TimeSpan?> ToldFullBootTimeAsync(this SuiteContext lab)
    {
        if (!FullBoots.TryGetValue(lab, out StrongBox<int?>? told))
        {
            told = await SuiteContext.TryAsync<StrongBox<int?>>(async () => new(await lab.Plug.FullBootSecondsAsync(lab.Token)));
            if (told is not null)
            {
                FullBoots.AddOrUpdate(lab, told);
            }
        }

        return told?.Value is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
    }

    /// <summary>True: the running boot counts as complete.</summary>
    public static async Task<bool> IsBootCompleteAsync(this SuiteContext lab)
    {
        long up = (await lab.Plug.GetInfoAsync(lab.Token)).UptimeSeconds;
        int complete = await CompleteUptimeAsync(lab);

        // What could not be asked is asked again, and is not the usual.
        return FullBoots.TryGetValue(lab, out _) && up >= complete;
    }

    /// <summary>Longest time until a boot that answers soon counts as complete.</summary>
    public static async Task<TimeSpan> CompleteLimitAsync(this SuiteContext lab) => Answering + TimeSpan.FromSeconds(await CompleteUptimeAsync(lab));

    /// <summary>Waits until the running boot counts as complete.</summary>
    public static async Task WaitUntilBootIsCompleteAsync(this SuiteContext lab)
    {
        await lab.UntilAsync<PlugInfo>(async () => await lab.Plug.GetInfoAsync(lab.Token), Answering);
        TimeSpan limit = await lab.CompleteLimitAsync();
        Assert.That(await lab.UntilAsync(lab.IsBootCompleteAsync, limit), Is.True, $"The plug did not reach {await CompleteUptimeAsync(lab)} s of uptime within {limit.TotalSeconds:0} s.");
    }

    private static async Task<int> CompleteUptimeAsync(SuiteContext lab) =>
        PlugWaits.CompleteUptime((int?)(await lab.ToldFullBootTimeAsync())?.TotalSeconds ?? PlugWaits.UsualFullBootSeconds);

    /// <summary>
    /// Switches the relay and makes it come back so after a reset: start value -1, saved within 3 s (new_cfg.c). Set back at the end of the test.
    /// </summary>
    public static async Task RememberRelayAsync(this SuiteContext lab, bool on)
    {
        await lab.KeepStartValueAsync();
        await lab.SetStartValueAsync(-1);
        await lab.SetRelayByChangeAsync(on);

        // For a heartbeat in between: what the console said last is the last sign of life before what the test does next.
        await lab.DelayAsync(TimeSpan.FromSeconds(2));
    }

    /// <summary>
    /// Switches the relay by a change, also where it is so already: the firmware remembers a state only when it changes while the start value
    /// is -1 (new_pins.c, Channel_SaveInFlashIfNeeded).
    /// </summary>
    public static async Task SetRelayByChangeAsync(this SuiteContext lab, bool on)
    {
        if (await lab.ReadRelayAsync() == on)
        {
            await lab.SetRelayAsync(!on);
        }

        await lab.SetRelayAsync(on);
    }

    /// <summary>Has the test end with the start value of channel 1 that it finds; 0, the firmware's default, where the plug does not tell it.</summary>
    public static async Task KeepStartValueAsync(this SuiteContext lab)
    {
        int found = await SuiteContext.TryAsync<IReadOnlyDictionary<int, int>>(
            async () => PlugForm.StartValues((await lab.Plug.GetAsync(PlugSettings.StartValuesPath, lab.Token)).Body)) is { } values && values.TryGetValue(1, out int value) ? value : 0;

        // The runner died in this test, which had set -1 by then: nothing says what the plug had before.
        int was = found == -1 && await lab.EarlierAttemptAsync() is not null ? 0 : found;
        lab.AtEnd(async token => await lab.Plug.CommandAsync($"SetStartValue 1 {was}", token));
    }

    /// <summary>Sets the start value of channel 1 and waits until it is saved.</summary>
    public static async Task SetStartValueAsync(this SuiteContext lab, int value)
    {
        await lab.CommandAsync($"SetStartValue 1 {value}");
        await lab.DelayAsync(TimeSpan.FromSeconds(5));
    }

    /// <summary>Reboots by API under an intent and waits until the new boot answers.</summary>
    /// <returns>Facts of the new boot.</returns>
    public static async Task<PlugInfo> RebootAsync(this SuiteContext lab, string why)
    {
        await lab.WaitUntilBootIsCompleteAsync();
        await using IntentScope intent = await lab.IntentAsync(IntentKinds.Reboot, why);
        long before = (await lab.Plug.GetInfoAsync(lab.Token)).UptimeSeconds;

        // After the answer: its uptime is of a moment before, and the longer it was under way the more a later one would be short of it.
        TimeSpan asked = lab.Now;
        await lab.Plug.RebootAsync(lab.Token);
        PlugInfo info = await lab.NewBootAsync(asked, before, Limit);
        await lab.WaitUntilBootIsCompleteAsync();
        return info;
    }

    /// <summary>Reboots in a way of its own under an intent, and waits until the new boot answers and is complete.</summary>
    /// <param name="lab">Context.</param>
    /// <param name="kind">How.</param>
    /// <param name="why">For the intent.</param>
    /// <param name="off">Time without power of <see cref="RebootKind.Power"/>.</param>
    /// <param name="crash">Console line of <see cref="RebootKind.Crash"/>.</param>
    /// <returns>Time that the supply was off; null: this build does not know the console line, and nothing happened.</returns>
    public static async Task<TimeSpan?> RebootByAsync(this SuiteContext lab, RebootKind kind, string why, TimeSpan off, string crash = "")
    {
        await lab.WaitUntilBootIsCompleteAsync();
        await using IntentScope intent = await lab.IntentAsync(
            kind switch { RebootKind.Power => IntentKinds.PowerCut, RebootKind.Watchdog or RebootKind.Crash => IntentKinds.SelfTest, RebootKind.Update => IntentKinds.Ota, _ => IntentKinds.Reboot }, why, ("by", kind.ToString().ToLowerInvariant()));
        long before = (await lab.Plug.GetInfoAsync(lab.Token)).UptimeSeconds;
        TimeSpan asked = lab.Now;
        TimeSpan without = TimeSpan.Zero;
        switch (kind)
        {
            case RebootKind.Api:
                await lab.Plug.RebootAsync(lab.Token);
                break;
            case RebootKind.Command:
                await lab.CommandAsync("restart");
                break;
            case RebootKind.Page:
                await lab.Plug.GetAsync("/index?restart=1", lab.Token);
                break;
            case RebootKind.Watchdog:
                await SuiteContext.TryAsync<CommandReply>(async () => await lab.Plug.CommandAsync("logdelay 4000", lab.Token));
                break;
            case RebootKind.Crash:
                if (await SuiteContext.TryAsync<CommandReply>(async () => await lab.Plug.CommandAsync(crash, lab.Token)) is { Accepted: false })
                {
                    return null;
                }

                break;
            case RebootKind.Update:
                await UpdateToTheSameAsync(lab);
                before = (await lab.Plug.GetInfoAsync(lab.Token)).UptimeSeconds;
                asked = lab.Now;
                await lab.Plug.RebootAsync(lab.Token);
                break;
            default:
                SupplyCut cut = await lab.CutSupplyAsync(off);
                without = cut.On - cut.Off;
                break;
        }

        await lab.NewBootAsync(asked, before, Limit);
        await lab.WaitUntilBootIsCompleteAsync();
        return without;
    }

    private static async Task UpdateToTheSameAsync(SuiteContext lab)
    {
        FirmwareDescription own = await FirmwarePair.RequireRunningAsync(lab);
        OtaUploadReply reply = await lab.Plug.UploadOtaAsync(await FirmwarePair.ReadAsync(own), OtaSending.Plain, lab.Token);
        Assert.That(reply.Accepted, Is.True, $"The update to {own.Version}, which runs already, was not taken: {reply.Failure ?? reply.Body}");
    }

    /// <summary>Waits for a boot younger than <paramref name="since"/> to answer.</summary>
    /// <param name="lab">Context.</param>
    /// <param name="since">A moment after <paramref name="uptimeBefore"/> was told, run time.</param>
    /// <param name="uptimeBefore">Uptime before the reset, seconds.</param>
    /// <param name="limit">Run time from now.</param>
    public static async Task<PlugInfo> NewBootAsync(this SuiteContext lab, TimeSpan since, long uptimeBefore, TimeSpan limit)
    {
        PlugInfo? info = await lab.UntilAsync<PlugInfo>(
            async () =>
            {
                // Taken before the question: an answer may be long under way, and its uptime is older than its arrival.
                TimeSpan asked = lab.Now;
                PlugInfo now = await lab.Plug.GetInfoAsync(lab.Token);

                // Uptime counts whole seconds; without a reset it would be the old one plus the time gone.
                return now.UptimeSeconds < uptimeBefore + (asked - since).TotalSeconds - 2 ? now : null;
            },
            limit);
        Assert.That(info, Is.Not.Null, $"No new boot answered within {limit.TotalSeconds:0} s of the reset.");
        return info!;
    }

    /// <summary>
    /// True: the bench can see the half second for which the relay drops at a reset. A polled sense that looks once a second cannot, and
    /// its silence proves nothing.
    /// </summary>
    public static bool SeesRelayGaps(this SuiteContext lab) => lab.SlotFacts.RelayResolution <= TimeSpan.FromMilliseconds(100);

    /// <summary>Gaps of the closed contact since a time: each opening with the closing after it.</summary>
    public static async Task<IReadOnlyList<TimeSpan>> RelayGapsAsync(this SuiteContext lab, TimeSpan since)
    {
        IReadOnlyList<RelayEdge> edges = await lab.Bench.GetRelayEdgesAsync(lab.Slot, since, lab.Token);
        List<TimeSpan> gaps = [];
        TimeSpan? opened = null;
        foreach (RelayEdge edge in edges)
        {
            if (!edge.Closed)
            {
                opened ??= edge.At;
            }
            else if (opened is { } start)
            {
                gaps.Add(edge.At - start);
                opened = null;
            }
        }

        return gaps;
    }
}
