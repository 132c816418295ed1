using CsCheck;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Tests.Statistics;

/// <summary>What must hold for any input; Sample throws with the smallest counter-example.</summary>
public sealed class PropertyTests
{
    private static readonly Gen<double> Confidence = Gen.Double[0.5, 0.99];

    [Test]
    public void TwoSided_AnyCounts_BracketsTheEstimate() =>
        Gen.Select(Gen.Double[0.1, 5000], Gen.Int[1, 60], Confidence).Sample((hours, failures, confidence) =>
            MtbfBounds.TwoSided(hours, failures, confidence).Contains(hours / failures));

    [Test]
    public void Lower_MoreConfidence_IsLower() =>
        Gen.Select(Gen.Double[0.1, 5000], Gen.Int[0, 60], Confidence).Sample((hours, failures, confidence) =>
            MtbfBounds.Lower(hours, failures, confidence) > MtbfBounds.Lower(hours, failures, (1 + confidence) / 2));

    [Test]
    public void Garwood_AnyCount_BracketsTheRate() =>
        Gen.Select(Gen.Int[0, 80], Gen.Double[0.1, 1000], Confidence).Sample((count, hours, confidence) =>
            Poisson.Garwood(count, hours, confidence).Contains(count / hours));

    [Test]
    public void Proportions_AnyCount_BracketTheShare() =>
        Gen.Select(Gen.Int[1, 300], Gen.Double[0, 1], Confidence).Sample((trials, share, confidence) =>
        {
            int good = (int)Math.Round(share * trials);
            double estimate = (double)good / trials;
            Interval exact = Proportion.ClopperPearson(good, trials, confidence);
            Interval wilson = Proportion.Wilson(good, trials, confidence);
            return exact.Contains(estimate) && wilson.Contains(estimate)
                && exact is { Lower: >= 0, Upper: <= 1 } && wilson is { Lower: >= 0, Upper: <= 1 }
                && Proportion.LowerOneSided(good, trials, confidence) <= estimate;
        });

    [Test]
    public void Sprt_AnyPlan_AcceptsAboveReject() =>
        Gen.Select(Gen.Double[1, 500], Gen.Double[1.2, 5], Gen.Int[0, 30]).Sample((bad, ratio, failures) =>
        {
            SprtExponential test = new(bad * ratio, bad, 0.1, 0.1);
            return test.AcceptAt(failures) > (test.RejectAt(failures) ?? 0)
                && test.Decide(test.AcceptAt(failures), failures) == SprtState.Accept
                && test.AcceptAt(failures + 1) > test.AcceptAt(failures);
        });

    [Test]
    public void Sprt_GoodProduct_IsRejectedAsSeldomAsPlanned()
    {
        // 4000 products at the good MTBF, each followed until the test ends; the planned risk is 10 %.
        Chance chance = new(1, "sprt");
        SprtExponential test = new(168, 56, 0.1, 0.1);
        int rejected = Enumerable.Range(0, 4000).Count(_ => Follow(test, 168, chance) == SprtState.Reject);
        Assert.That(rejected / 4000.0, Is.InRange(0.02, 0.115));
    }

    [Test]
    public void TheilSen_ShiftedAndScaled_FollowsExactly() =>
        Gen.Select(Gen.Double[-100, 100].Array[3, 25], Gen.Int[-50, 50], Gen.Int[1, 8]).Sample((values, shift, scale) =>
        {
            double[] x = [.. Enumerable.Range(0, values.Length).Select(i => (double)i)];
            TheilSenLine line = TheilSen.Fit(x, values)!.Value;
            double moved = TheilSen.Fit(x, [.. values.Select(v => (v * scale) + shift)])!.Value.Slope;
            return Math.Abs(moved - (line.Slope * scale)) < 1e-9 && line.SlopeBounds.Contains(line.Slope);
        });

    [Test]
    public void MannKendall_Reversed_ChangesSignOnly() =>
        Gen.Int[0, 20].Select(i => (double)i).Array[2, 30].Sample(values =>
        {
            MannKendallResult forward = MannKendall.Test(values);
            MannKendallResult back = MannKendall.Test([.. values.AsEnumerable().Reverse()]);
            return forward.S == -back.S && Math.Abs(forward.Variance - back.Variance) < 1e-9 && Math.Abs(forward.P - back.P) < 1e-12;
        });

    [Test]
    public void Percentile_AnyShare_LiesBetweenLeastAndMost() =>
        Gen.Select(Gen.Double[-1e6, 1e6].Array[1, 40], Gen.Double[0, 1]).Sample((values, share) =>
            Percentile.Of(values, share) >= values.Min() && Percentile.Of(values, share) <= values.Max());

    private static SprtState Follow(SprtExponential test, double mtbf, Chance chance)
    {
        double hours = 0;
        for (int failures = 0; ; failures++)
        {
            double next = hours - (mtbf * Math.Log(1 - chance.NextUnit()));
            if (next >= test.AcceptAt(failures))
            {
                return SprtState.Accept;
            }

            hours = next;
            if (test.Decide(hours, failures + 1) is not SprtState.Continue and var end)
            {
                return end;
            }
        }
    }
}
