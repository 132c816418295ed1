using LabRunner.Bench.Inventory;
using LabRunner.Fixtures;
using LabRunner.Hardware.Network;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;
using NUnit.Framework;

namespace LabRunner.Suites.Common;

/// <summary>What a disturbance is called in records and findings.</summary>
/// <param name="Step">Step of its trials, and name in its figures.</param>
/// <param name="What">For people.</param>
/// <param name="Class">Class of a finding.</param>
/// <param name="Mode">Failure mode of a finding; null: none singles itself out.</param>
internal sealed record DisturbanceName(string Step, string What, string Class, string? Mode)
{
    /// <summary>Kind of the intent: whether a reset is the bench's doing too.</summary>
    public string Kind { get; init; } = IntentKinds.Disturbance;

    /// <summary>
    /// True: the mode is a link that drops or stays away (F22, F23, F62). A hang, a crash or a lost supply is none of that, whatever the access point did at that
    /// moment: the watch has its name.
    /// </summary>
    public bool IsOfTheLink => Class is "WIFI_AWAY" or "WIFI_LOST";
}

/// <summary>Disturbing the network of a DUT and seeing how it comes back.</summary>
internal static class Disturbances
{
    private const double Goal = 0.95;
    private static readonly TimeSpan ReasonLimit = TimeSpan.FromSeconds(15);

    /// <summary>Leaves the test NOT RUN where the bench cannot do it.</summary>
    public static void Require(this SuiteContext lab, NetworkEffect effect)
    {
        if (!lab.Description.NetworkEffects.Contains(effect))
        {
            throw new IgnoreException($"the network driver of this bench cannot do {effect}");
        }
    }

    /// <summary>Leaves the test NOT RUN where others than sentinels would feel it without having been asked.</summary>
    public static void RequireTheAir(this SuiteContext lab, NetworkEffect effect)
    {
        lab.Require(effect);
        if (lab.Entry is null && lab.Description.Suites.Any(planned => planned.Suite == lab.Suite && planned.Together))
        {
            throw new IgnoreException("asked of all slots at once, by the plan's entry with 'together: true'");
        }

        if (lab.Entry is null && lab.Description.Slots.FirstOrDefault(s => s.Name != lab.Slot && !s.Sentinel) is { } other)
        {
            throw new IgnoreException($"{effect} would take the network from slot {other.Name} too: write 'together: true' at the plan's entry, or run this suite on one slot (--slots {lab.Slot})");
        }
    }

    /// <summary>Leaves the test NOT RUN where other slots are asked the same, and not together: what is sent to all would reach them in another phase of it.</summary>
    public static void RequireQuiet(this SuiteContext lab)
    {
        if (lab.Entry is null && lab.Description.Slots.FirstOrDefault(s => s.Name != lab.Slot && lab.Description.Suites.Any(p => p.Suite == lab.Suite && p.IsFor(s.Name))) is { } other)
        {
            throw new IgnoreException($"what is sent to all would reach slot {other.Name} in another phase of {lab.Suite}: write 'together: true' at the plan's entry, or run it on one slot (--slots {lab.Slot})");
        }
    }

    /// <summary>Leaves the test NOT RUN in an entry that is done together: it disturbs this slot alone, so that it needs no company.</summary>
    public static void RequireOwnTime(this SuiteContext lab)
    {
        if (lab.Entry is not null)
        {
            throw new IgnoreException("it disturbs one slot alone: asked by an entry without 'together'");
        }
    }

    /// <summary>One attempt: what is done ends, and the DUT serves within the limit, without a reset that its intent does not expect.</summary>
    /// <param name="lab">Context.</param>
    /// <param name="name">What it is.</param>
    /// <param name="disturb">Does it, waits, and undoes it.</param>
    /// <param name="isBack">True: it is back; null: it answers over HTTP.</param>
    /// <param name="limit">From the end of <paramref name="disturb"/>, run time.</param>
    /// <param name="failures">Gets a sentence when it fails.</param>
    /// <returns>Time until it was back, s; null: it was not, or it reset.</returns>
    public static async Task<double?> AttemptAsync(
        this SuiteContext lab, DisturbanceName name, Func<Task> disturb, Func<Task<bool>>? isBack, TimeSpan limit, List<string> failures)
    {
        await lab.WaitUntilBootIsCompleteAsync();
        long uptime = (await lab.Plug.GetInfoAsync(lab.Token)).UptimeSeconds;
        Condition before = new(lab.Now, uptime, 0);
        TimeSpan started = lab.Now;
        string? problem;
        string? own = null;
        TimeSpan over;
        TimeSpan back;
        await using (await lab.IntentAsync(name.Kind, name.What, ("step", name.Step)))
        {
            await disturb();
            over = lab.Now;
            (problem, back, bool reset) = await BackAsync(lab, IntentKinds.ExpectsReset(name.Kind) ? null : before, isBack, over, limit);
            own = reset && name.IsOfTheLink ? await OwnResetAsync(lab) : null;
        }

        await lab.TrialAsync(name.Step, over, problem is null, back - over, ("what", name.What), ("problem", problem ?? ""), ("ownReset", own ?? ""));
        if (problem is null)
        {
            return (back - over).TotalSeconds;
        }

        await lab.SettleAsync();
        if (own is not null)
        {
            IReadOnlyList<IncidentRecord> seen = await lab.SeenByWatchAsync(started);
            failures.Add($"{name.What}: {problem} by {own}, which is no link that drops{string.Concat(seen.Select(i => $"; incident #{i.Id} {i.Class}{(i.Mode is { } mode ? " " + mode : "")} of the watch"))}");
        }
        else
        {
            failures.Add($"{(name.Mode is null ? "" : name.Mode + " ")}{name.What}: {problem}");
            await FindAsync(lab, name, problem, started);
        }

        await lab.RestartAsync($"after {name.What}", limit);
        return null;
    }

    /// <summary>Names a failure; incidents of the watch since then are explained by it.</summary>
    public static async Task FindAsync(this SuiteContext lab, DisturbanceName name, string problem, TimeSpan started)
    {
        IReadOnlyList<IncidentRecord> incidents = await lab.SeenByWatchAsync(started);
        await lab.FindAsync(
            name.Class, name.Mode, $"{name.What}: {problem}", $"{name.What}: {problem}.", started, [problem], name.What,
            [.. incidents.Select(i => i.Id)]);
    }

    /// <summary>Records times and proportion of attempts.</summary>
    /// <param name="lab">Context.</param>
    /// <param name="name">Step.</param>
    /// <param name="times">Times of those that came back, s; null for the others.</param>
    /// <param name="limit">Longest time.</param>
    public static async Task RecordAsync(this SuiteContext lab, string name, IReadOnlyList<double?> times, TimeSpan limit)
    {
        double[] good = [.. times.OfType<double>().Order()];
        if (good.Length > 0)
        {
            await lab.MeasureAsync(new Figure($"back-p95@{name}", Percentile.OfSorted(good, 0.95), "s", Verdict.Pass) { Upper = limit.TotalSeconds });
        }

        await lab.ProportionAsync($"back-lower-bound@{name}", good.Length, times.Count, Goal);
    }

    // By the running boot's reset reason, the only one that a BL602 tells truly. An orderly reset may be the firmware's own answer to a lost link.
    private static async Task<string?> OwnResetAsync(SuiteContext lab) => (await lab.UntilAsync<PlugPageState>(
        async () => await lab.Plug.GetPageStateAsync(lab.Token) is { RebootReason: not null } page ? page : null, ReasonLimit))?.RebootReason switch
        {
            { } reason when reason.Contains("WATCHDOG", StringComparison.Ordinal) => $"its watchdog ({reason})",
            "BL_RST_POWER_OFF" => "a loss of its supply (BL_RST_POWER_OFF)",
            _ => null,
        };

    private static async Task<(string? Problem, TimeSpan Back, bool Reset)> BackAsync(SuiteContext lab, Condition? before, Func<Task<bool>>? isBack, TimeSpan over, TimeSpan limit)
    {
        TimeSpan asked = lab.Now;
        PlugInfo? info = await lab.UntilAsync<PlugInfo>(
            async () =>
            {
                asked = lab.Now;
                PlugInfo now = await lab.Plug.GetInfoAsync(lab.Token);
                return isBack is null || await isBack() ? now : null;
            },
            limit);
        return info is null ? ($"not back within {DurationText.Format(limit)}", lab.Now, false)
            : before?.HasReset(info, asked) == true ? ($"it reset (up {info.UptimeSeconds} s)", lab.Now, true)
            : (null, lab.Now, false);
    }
}
