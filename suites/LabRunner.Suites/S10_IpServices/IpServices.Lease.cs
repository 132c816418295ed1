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
    /// <param name="length">Time on it; after a first reset a second one gets twice what the first needed.</param>
    /// <param name="resets">Gets them; <see cref="MostResets"/> at most.</param>
    /// <param name="failures">Gets a sentence when it falls silent.</param>
    /// <returns>False: it fell silent.</returns>
    private async Task<bool> LeaseAsync(TimeSpan lease, TimeSpan length, List<LeaseReset> resets, List<string> failures)
    {
        DisturbanceName name = new("lease", $"a lease of {DurationText.Format(lease)}", "IP_LOST", "F24");
        await Lab.Bench.DisturbAsync(Lab.Slot, NetworkEffect.Lease, lease.TotalSeconds, Lab.Token);

        // By a boot, so that this start is like the ones that follow resets; one that serves keeps the lease it has.
        await Lab.RebootAsync($"to take {name.What}");
        List<StartBracket> starts = [await AskStartAsync() ?? throw new AssertionException($"It fell silent after the reboot to take {name.What}.")];
        await Lab.SayAsync(name.What);
        TimeSpan started = Lab.Now;
        TimeSpan end = started + length;
        bool serves = true;
        await using (await Lab.IntentAsync(IntentKinds.Stimulus, name.What))
        {
            while (serves && starts.Count <= MostResets && Lab.Now < end)
            {
                await Lab.DelayAsync(Look);
                if (await AskStartAsync() is not { } start)
                {
                    serves = false;
                }
                else if (!starts[^1].IsBefore(start))
                {
                    starts[^1] = starts[^1].With(start);
                }
                else
                {
                    starts.Add(start);
                    TimeSpan second = Lab.Now + TimeSpan.FromSeconds(2 * (start.Latest - starts[^2].Earliest));
                    end = starts.Count == 2 && second > end ? second : end;
                }
            }

            // The watch must know the last boot, and one at the very end is a reset too.
            await Lab.DelayAsync(Told);
            if (serves && starts.Count <= MostResets && await AskStartAsync() is { } last && starts[^1].IsBefore(last))
            {
                starts.Add(last);
            }
        }

        int seen = await AddAsync(lease, starts, resets);
        string problem = !serves ? await SilenceAsync(started) : seen > 0 ? $"it reset {seen} times" : "";
        await Lab.TrialAsync(name.Step, started, problem.Length == 0, Lab.Now - started, ("what", name.What), ("resets", $"{seen}"), ("problem", problem));
        if (!serves)
        {
            failures.Add($"{name.Mode} {name.What}: {problem}");
            await Lab.SettleAsync();
            await Lab.FindAsync(name, problem, started);
        }

        return serves;
    }

    /// <summary>When the running boot began; null: it does not answer for a minute.</summary>
    private async Task<StartBracket?> AskStartAsync() => await Lab.UntilAsync<StartBracket>(
        async () =>
        {
            TimeSpan asked = Lab.Now;
            PlugInfo info = await Lab.Plug.GetInfoAsync(Lab.Token);
            return StartBracket.Of(asked, Lab.Now, info.UptimeSeconds);
        },
        Silent);

    // A boot that the bench made, to help it, begins another start and ends none.
    private async Task<int> AddAsync(TimeSpan lease, List<StartBracket> starts, List<LeaseReset> resets)
    {
        IReadOnlyList<BootRecord> boots = await Lab.Bench.GetBootsAsync(Lab.Slot, TimeSpan.FromSeconds(starts[0].Latest), Lab.Token);
        int before = resets.Count;
        resets.AddRange(starts.Zip(starts.Skip(1))
            .Where(pair => boots.LastOrDefault(b => b.At > pair.First.Latest && b.At <= pair.Second.Latest + Told.TotalSeconds) is not { Expected: true })
            .Select(pair => new LeaseReset(lease.TotalSeconds, pair.Second.Earliest - pair.First.Latest, pair.Second.Latest - pair.First.Earliest)));
        return resets.Count - before;
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
            [.. resets.Select(r => new PeriodicPoint(r.Lease, r.Earliest, r.Latest))], [.. LeaseTimers.Select(t => t.Share)]);
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
    /// <param name="Earliest">From the start before to the start after it, s, at least.</param>
    /// <param name="Latest">At most.</param>
    private sealed record LeaseReset(double Lease, double Earliest, double Latest)
    {
        public double Seconds => (Earliest + Latest) / 2;
    }
}
