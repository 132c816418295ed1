using LabRunner.Hardware.Time;

namespace LabRunner.Reports.Statistics;

/// <summary>A place where a series changed.</summary>
/// <param name="Index">Index (from 0) of the first value after the change.</param>
/// <param name="Statistic">t = nm/(n+m) * e, larger for a clearer split.</param>
/// <param name="Energy">e = 2 E|X-Y| - E|X-X'| - E|Y-Y'|, in the unit of the values.</param>
/// <param name="Share">h = e / (2 E|X-Y|), 0 (no difference) to 1.</param>
/// <param name="P">Probability of so clear a split of the same values in any order; 1 where it was not asked.</param>
/// <param name="Before">Median before, back to the change before it.</param>
/// <param name="After">Median after, up to the next change.</param>
public readonly record struct ChangePoint(int Index, double Statistic, double Energy, double Share, double P, double Before, double After);

/// <summary>
/// Change points by energy statistics. Source: Matteson and James 2014 (E-divisive), with means over all pairs (1/n²) as in the figures of
/// MongoDB's and DataStax's use for performance regressions. <see cref="Find"/> looks, as the paper does, for the place and for the end of what is
/// after it: where a level comes back, all that follows a change is half old and half new, and a split of the whole in two says little.
/// Deterministic: the permutations come from a fixed seed. Stateless, thread safe.
/// </summary>
public static class EDivisive
{
    private const int Permutations = 499;
    private const long Seed = 20_140_307;

    /// <summary>The clearest split in two, whatever its significance; null for fewer values than two sides need, or equal values.</summary>
    /// <param name="values">In order of time; one that is not finite is a gap and left out, the index stays that of all values.</param>
    /// <param name="least">Fewest values on a side, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than 1 on a side.</exception>
    public static ChangePoint? Split(IReadOnlyList<double> values, int least = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(least, 1);
        int[] known = Known(values);
        return Best([.. known.Select(i => values[i])], least, toAnyEnd: false) is { } best ? best with { Index = known[best.Index] } : null;
    }

    /// <summary>All changes that are significant and large enough to matter, in order; a level that comes back is two.</summary>
    /// <param name="values">In order of time; one that is not finite is a gap and left out, the index stays that of all values.</param>
    /// <param name="least">Fewest values on a side, 1 or more; 3 keeps single odd values from being a change.</param>
    /// <param name="alpha">Largest probability by chance, in (0, 1).</param>
    /// <param name="magnitude">Smallest change of the median, as a share of the larger one, 0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A figure outside its range.</exception>
    public static IReadOnlyList<ChangePoint> Find(IReadOnlyList<double> values, int least = 3, double alpha = 0.01, double magnitude = 0.05)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(least, 1);
        Check.Confidence(alpha);
        Check.Exposure(magnitude);
        int[] known = Known(values);
        double[] all = [.. known.Select(i => values[i])];
        List<ChangePoint> found = [];
        Divide(all, 0, all.Length, least, alpha, found);
        found.Sort((a, b) => a.Index.CompareTo(b.Index));
        List<ChangePoint> told = [];
        for (int i = 0; i < found.Count; i++)
        {
            int from = i == 0 ? 0 : found[i - 1].Index;
            int to = i == found.Count - 1 ? all.Length : found[i + 1].Index;
            double before = Percentile.Of(all[from..found[i].Index], 0.5);
            double after = Percentile.Of(all[found[i].Index..to], 0.5);
            if (Math.Abs(after - before) >= magnitude * Math.Max(Math.Abs(before), Math.Abs(after)) && after != before)
            {
                told.Add(found[i] with { Index = known[found[i].Index], Before = before, After = after });
            }
        }

        return told;
    }

    private static void Divide(double[] all, int from, int to, int least, double alpha, List<ChangePoint> found)
    {
        double[] part = all[from..to];
        if (Best(part, least, toAnyEnd: true) is not { } best)
        {
            return;
        }

        double p = Chances(part, least, best.Statistic, alpha);
        if (p > alpha)
        {
            return;
        }

        int middle = from + best.Index;
        found.Add(best with { Index = middle, P = p });
        Divide(all, from, middle, least, alpha, found);
        Divide(all, middle, to, least, alpha, found);
    }

    /// <summary>Share of shuffles that split as clearly; stops once it cannot be significant any more.</summary>
    private static double Chances(double[] part, int least, double seen, double alpha)
    {
        Chance chance = new(Seed, "e-divisive");
        double[] shuffled = [.. part];
        int asClear = 1;
        for (int i = 0; i < Permutations; i++)
        {
            for (int k = shuffled.Length - 1; k > 0; k--)
            {
                int other = (int)chance.Below(k + 1);
                (shuffled[k], shuffled[other]) = (shuffled[other], shuffled[k]);
            }

            if (Best(shuffled, least, toAnyEnd: true) is { } best && best.Statistic >= seen * (1 - 1e-12) && ++asClear > alpha * (Permutations + 1))
            {
                break;
            }
        }

        return asClear / (double)(Permutations + 1);
    }

    // For each place the distances to the left side are kept for every value right of it, so that a right side which grows by one value costs one step:
    // O(n²) in all, with or without the ends.
    private static ChangePoint? Best(double[] values, int least, bool toAnyEnd)
    {
        int n = values.Length;
        if (n < 2 * least || n < 2)
        {
            return null;
        }

        double[] toAllBefore = new double[n], toLeft = new double[n];
        for (int i = 1; i < n; i++)
        {
            for (int k = 0; k < i; k++)
            {
                toAllBefore[i] += Math.Abs(values[i] - values[k]);
            }
        }

        double within1 = 0;
        ChangePoint? best = null;
        int end = 0;
        for (int tau = 1; tau < n; tau++)
        {
            within1 += toAllBefore[tau - 1];
            double between = 0, within2 = 0;
            for (int i = tau; i < n; i++)
            {
                toLeft[i] += Math.Abs(values[i] - values[tau - 1]);
                between += toLeft[i];
                within2 += toAllBefore[i] - toLeft[i];
                int other = i - tau + 1;
                if (tau < least || other < least || !(toAnyEnd || i == n - 1))
                {
                    continue;
                }

                double cross = 2 * between / ((double)tau * other);
                double energy = cross - (2 * within1 / ((double)tau * tau)) - (2 * within2 / ((double)other * other));
                double statistic = energy * tau * other / (tau + other);
                if (statistic > 0 && (best is null || statistic > best.Value.Statistic))
                {
                    best = new ChangePoint(tau, statistic, energy, cross > 0 ? energy / cross : 0, 1, double.NaN, double.NaN);
                    end = i + 1;
                }
            }
        }

        return best is { } b ? b with { Before = Percentile.Of(values[..b.Index], 0.5), After = Percentile.Of(values[b.Index..end], 0.5) } : null;
    }

    private static int[] Known(IReadOnlyList<double> values) => [.. Enumerable.Range(0, values.Count).Where(i => double.IsFinite(values[i]))];
}
