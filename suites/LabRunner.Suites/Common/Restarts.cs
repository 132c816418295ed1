using LabRunner.Bench.Api;
using LabRunner.Fixtures;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;

namespace LabRunner.Suites.Common;

/// <summary>Bringing a DUT back that a test may have hurt.</summary>
internal static class Restarts
{
    // Longer than the RAM keeps its word: the boot reads as a power cut.
    private static readonly TimeSpan Off = TimeSpan.FromSeconds(4);

    /// <summary>
    /// Reboots by API, or by power where the API is dead and the slot has power, and waits until the boot counts as complete. All under an
    /// intent, so that the boot is the bench's doing.
    /// </summary>
    /// <param name="lab">Context.</param>
    /// <param name="why">For people.</param>
    /// <param name="limit">Longest time until the new boot answers, for each of the two ways.</param>
    /// <returns>Facts of the new boot; null when nothing helped.</returns>
    public static async Task<PlugInfo?> RestartAsync(this SuiteContext lab, string why, TimeSpan limit)
    {
        PlugInfo? info = await ByApiAsync(lab, why, limit);
        if (info is null && lab.Has("power"))
        {
            info = await ByPowerAsync(lab, why, limit);
        }

        return info is not null && await IsCompleteAsync(lab) ? info : null;
    }

    /// <summary>Cuts the power, gives it back and waits for the first answer.</summary>
    /// <returns>Facts of the new boot; null when none answered within the limit.</returns>
    public static async Task<PlugInfo?> ByPowerAsync(SuiteContext lab, string why, TimeSpan limit)
    {
        await using IntentScope intent = await lab.IntentAsync(IntentKinds.PowerCut, $"power cycle: {why}");
        await lab.CutSupplyAsync(Off);
        return await lab.AnswersWithinAsync(limit);
    }

    private static async Task<PlugInfo?> ByApiAsync(SuiteContext lab, string why, TimeSpan limit)
    {
        await using IntentScope intent = await lab.IntentAsync(IntentKinds.Reboot, $"reboot: {why}");
        TimeSpan asked = lab.Now;
        PlugInfo? before = await SuiteContext.TryAsync<PlugInfo>(async () =>
        {
            PlugInfo now = await lab.Plug.GetInfoAsync(lab.Token);

            // After the answer: its uptime is of a moment before, and the longer it was under way the more a later one would be short of it.
            asked = lab.Now;
            await lab.Plug.RebootAsync(lab.Token);
            return now;
        });
        return before is null ? null : await lab.UntilAsync<PlugInfo>(
            async () =>
            {
                TimeSpan at = lab.Now;
                PlugInfo now = await lab.Plug.GetInfoAsync(lab.Token);
                return now.UptimeSeconds < before.UptimeSeconds + (at - asked).TotalSeconds - 2 ? now : null;
            },
            limit);
    }

    private static async Task<bool> IsCompleteAsync(SuiteContext lab) => await lab.UntilAsync(lab.IsBootCompleteAsync, await lab.CompleteLimitAsync());
}
