using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Tests.Statistics;

/// <summary>Probabilities far below the last digit of 1, and ties in both rankings; figures made with mpmath at 40 digits, or by counting all orders.</summary>
public sealed class SmallTailTests
{
    private const double Digits = 1e-10;

    [Test]
    public void Probabilities_FarOut_KeepTheirDigits()
    {
        Spell[] soon = [.. Enumerable.Range(0, 200).Select(i => new Spell(i + 1, true))], late = [.. Enumerable.Range(0, 200).Select(i => new Spell(1000 + i, true))];
        using (Assert.EnterMultipleScope())
        {
            Near(RateHomogeneity.Test([1, 243], [96, 96]).P, 3.9005964705619502e-54);
            Near(RateHomogeneity.Test([0, 300], [96, 96]).P, 3.2943623833140412e-67);
            Near(LogRank.Compare(soon, late).P, 1.812893677061003e-109);
            Near(DemonstrationHours.ProbabilityOfPassing(800, 10, 0.99, 206.21062909114775), 3.0709026644155338e-22);
            Near(FailureTrend.Of([0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.007, 0.008], 1e6).PowerLawP, PowerLaw([0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.007, 0.008], 1e6));
        }

        static void Near(double found, double wanted) => Assert.That(found, Is.EqualTo(wanted).Within(wanted * Digits));
    }

    /// <summary>Twice the upper tail of gamma(r) as the sum of a Poisson law, r whole: exp(-s) sum s^k/k!.</summary>
    private static double PowerLaw(double[] times, double length)
    {
        double s = times.Sum(t => Math.Log(length / t)), term = Math.Exp(-s), sum = 0;
        for (int k = 0; k < times.Length; k++)
        {
            sum += term;
            term *= s / (k + 1);
        }

        return 2 * sum;
    }

    /// <summary>The variance of S over all orders of the values is what the formula says.</summary>
    [Test]
    public void MannKendall_TiesInTimesAndValues_VarianceIsThatOfAllOrders()
    {
        double[] times = [1, 1, 2, 3, 3], values = [5, 5, 7, 7, 9];
        double[] scores = [.. Orders(values, 0).Select(order => Score(times, order))];

        Assert.That(scores, Has.Length.EqualTo(120));
        Assert.That(MannKendall.Variance(values, times), Is.EqualTo(scores.Average(s => s * s)).Within(1e-12));
        Assert.That(MannKendall.Variance(values), Is.EqualTo(MannKendall.Test(values).Variance));
    }

    /// <summary>SciPy's theilslopes over the same points: low -0.86206896551724144, high 1.</summary>
    [Test]
    public void TheilSen_RepeatedX_NarrowsTheBounds()
    {
        TheilSenLine line = TheilSen.Fit([0, 1, 3.68, 3, 4, 9, 6, 4.251, 6, 9], [-3, -1, 2, 0, -5, 0, 0, -1, -5, -2], 0.99)!.Value;

        Assert.That((line.SlopeBounds.Lower, line.SlopeBounds.Upper), Is.EqualTo((-0.86206896551724144, 1.0)));
    }

    private static double Score(double[] times, double[] values) =>
        Enumerable.Range(0, times.Length).Sum(i => Enumerable.Range(i + 1, times.Length - i - 1).Sum(j => Math.Sign(times[j] - times[i]) * Math.Sign(values[j] - values[i])));

    private static IEnumerable<double[]> Orders(double[] values, int from)
    {
        if (from == values.Length)
        {
            yield return [.. values];
        }

        for (int i = from; i < values.Length; i++)
        {
            (values[from], values[i]) = (values[i], values[from]);
            foreach (double[] order in Orders(values, from + 1))
            {
                yield return order;
            }

            (values[from], values[i]) = (values[i], values[from]);
        }
    }
}
