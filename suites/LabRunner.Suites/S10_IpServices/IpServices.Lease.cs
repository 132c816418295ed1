using System.Globalization;
using LabRunner.Bench.Inventory;
using LabRunner.Fixtures;
using LabRunner.Hardware.Network;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;
using LabRunner.Suites.Common;
using NUnit.Framework;

namespace LabRunner.Suites.S10_IpServices;

/// <content>Resets on a short lease: one is a failure, and that they move with the lease where it is changed is what names their cause (F24).</content>
public sealed partial class IpServices
{
    private const int MostResets = 4;
    private const int FewestToName = 3;

    // What a start that is read off the uptime may be wrong by, seconds.
    private const double StartSeconds = 1;

    // The timers of a lease: it is renewed at half of it (RFC 2131, T1), and ends.
    private static readonly (double Share, string What)[] LeaseTimers = [(0.5, "half the lease"), (1, "the lease")];

    // Without a console the watch learns of a boot by its next question for the uptime.
    private static readonly TimeSpan Told = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan StartReserve = TimeSpan.FromSeconds(30);

    [Test]
    public async Task ShortLease_ResetsNothing()
    {
        Lab.Require(NetworkEffect.Lease);
        List<string> failures = Lab.Problems;
        TimeSpan started = Lab.Now;
        List<LeaseReset> resets = [];
        bool serves = await LeaseAsync(Parameters.Lease, Parameters.LeaseFor, resets, failures);
        await Lab.MeasureAsync(new Figure("lease-resets", resets.Count, "resets", resets.Count == 0 ? Verdict.Pass : Verdict.Fail) { Upper = 0 });
        if (resets.Count > 0)
        {
            if (serves)
            {
                TimeSpan longest = TimeSpan.FromSeconds(resets.Max(r => r.Seconds)) + (Parameters.OtherLease - Parameters.Lease).Duration() + StartReserve;
                await LeaseAsync(Parameters.OtherLease, longest, resets, failures);
            }

            failures.Add(await NameResetsAsync(resets, started));

            // It holds the short lease until it boots: its resets would be charged to whatever follows.
            await Lab.Bench.LiftAsync(Lab.Slot, NetworkEffect.Lease, Lab.Token);
            await Lab.RestartAsync("to take its usual lease again", Parameters.BackLimit);
        }

        Assert.That(failures, Is.Empty, string.Join(" | ", failures));
    }

    /// <summary>Has it take a lease, and collects the resets that nobody asked for.</summary>
    /// <param name="lease">Lease.</param>
    /// <param name="length">Time on it; after a first reset a second one gets as long as the first needed, and twice.</param>
    /// <param name="resets">Gets them; <see cref="MostResets"/> at most.</param>
    /// <param name="failures">Gets a sentence when it falls silent.</param>
    /// <returns>False: it fell silent.</returns>
    private async Task<bool> LeaseAsync(TimeSpan lease, TimeSpan length, List<LeaseReset> resets, List<string> failures)
    {
        DisturbanceName name = new("lease", $"a lease of {DurationText.Format(lease)}", "IP_LOST", "F24");
        await Lab.Bench.DisturbAsync(Lab.Slot, NetworkEffect.Lease, lease.TotalSeconds, Lab.Token);

        // By a boot, so that this start is like the ones that follow resets; one that serves keeps the lease it has.
        TimeSpan asked = Lab.Now;
        PlugInfo info = await Lab.RebootAsync($"to take {name.What}");
        double start = (await Lab.Bench.GetBootsAsync(Lab.Slot, asked, Lab.Token)) is [.., { } boot] ? boot.At : Lab.Now.TotalSeconds - info.UptimeSeconds;
        await Lab.SayAsync(name.What);
        TimeSpan started = Lab.Now;
        TimeSpan end = started + length;
        int seen = 0;
        bool serves = true;
        await using (await Lab.IntentAsync(IntentKinds.Stimulus, name.What))
        {
            while (serves && seen < MostResets && Lab.Now < end)
            {
                await Lab.DelayAsync(Look);
                serves = await Lab.UntilAsync<PlugInfo>(async () => await Lab.Plug.GetInfoAsync(Lab.Token), TimeSpan.FromSeconds(60)) is not null;
                await CollectAsync();
            }

            await Lab.DelayAsync(Told);
            await CollectAsync();
        }

        string problem = !serves ? "it fell silent for 60 s" : seen > 0 ? $"it reset {seen} times" : "";
        await Lab.TrialAsync(name.Step, started, problem.Length == 0, Lab.Now - started, ("what", name.What), ("resets", $"{seen}"), ("problem", problem));
        if (!serves)
        {
            failures.Add($"{name.Mode} {name.What}: {problem}");
            await Lab.SettleAsync();
            await Lab.FindAsync(name, problem, started);
        }

        return serves;

        async Task CollectAsync()
        {
            foreach (BootRecord later in (await Lab.Bench.GetBootsAsync(Lab.Slot, TimeSpan.FromSeconds(start), Lab.Token)).Where(b => b.At > start))
            {
                // One that the bench made, to help it, begins another start and ends none.
                double lasted = later.At - start;
                start = later.At;
                if (!later.Expected && seen < MostResets)
                {
                    seen++;
                    resets.Add(new LeaseReset(lease.TotalSeconds, lasted));
                    TimeSpan second = Lab.Now + TimeSpan.FromSeconds(2 * lasted);
                    end = seen == 1 && second > end ? second : end;
                }
            }
        }
    }

    /// <summary>Do the resets move with the lease? Then they are one finding; else each keeps the name that the watch gave it.</summary>
    /// <returns>What is wrong, a sentence.</returns>
    private async Task<string> NameResetsAsync(List<LeaseReset> resets, TimeSpan started)
    {
        string[] lines =
        [
            .. resets.GroupBy(r => r.Lease).Select(g => string.Create(
                CultureInfo.InvariantCulture, $"lease {DurationText.Format(TimeSpan.FromSeconds(g.Key))}: {string.Join(", ", g.Select(r => $"{r.Seconds.ToString("0.0", CultureInfo.InvariantCulture)} s"))}")),
        ];
        string list = string.Join("; ", lines);
        (double Share, PeriodicTie Tie)? found = resets.Count < FewestToName ? null : PeriodicTie.FindShare(
            [.. resets.Select(r => new PeriodicPoint(r.Lease, r.Seconds - StartSeconds, r.Seconds + StartSeconds))], [.. LeaseTimers.Select(t => t.Share)]);
        if (found is not { } follows)
        {
            return $"it reset {resets.Count} times on a short lease, not in step with it (from one start to the next, {list})";
        }

        string what = LeaseTimers.First(t => t.Share == follows.Share).What;
        PeriodicTie tie = follows.Tie;
        Regularity alike = Regularity.Of([.. resets.Where(r => r.Lease == Parameters.Lease.TotalSeconds).Select(r => r.Seconds)]);
        await Lab.MeasureAsync(new Figure("lease-reset-slope", tie.Slope, "s/s", Verdict.Fail)
        {
            Reference = 1,
            Detail =
            [
                ("of", what), ("resets", $"{resets.Count}"), ("offsetSeconds", Invariant(tie.OffsetSeconds)), ("uncertaintySeconds", Invariant(tie.UncertaintySeconds)),
                ("worstResidualSeconds", Invariant(tie.WorstResidualSeconds)), ("variation", alike.Variation is { } variation ? Invariant(variation) : "too few"), ("byChance", Invariant(alike.P)),
            ],
        });
        await Lab.SettleAsync();
        IReadOnlyList<IncidentRecord> incidents = await Lab.SeenByWatchAsync(started);
        long finding = await Lab.FindAsync(
            "LEASE_RESET", "F24", $"Resets in step with {what} of DHCP",
            string.Create(
                CultureInfo.InvariantCulture,
                $"It reset {resets.Count} times. Another lease moved the resets along with slope {tie.Slope:0.000}, {tie.OffsetSeconds:0.0} s later than {what}: the start that comes before the lease, and the reset itself. So this hangs on the lease and is no random reset."),
            started, [.. lines.Select(line => $"from one start to the next, {line}")], $"a lease of {DurationText.Format(Parameters.Lease)}", [.. incidents.Select(i => i.Id)]);
        return $"F24 it reset {resets.Count} times in step with {what} (finding #{finding}; from one start to the next, {list})";
    }

    private static string Invariant(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    /// <summary>A reset that nobody asked for.</summary>
    /// <param name="Lease">Lease it held, s.</param>
    /// <param name="Seconds">From the start before to the start after it, s.</param>
    private sealed record LeaseReset(double Lease, double Seconds);
}
