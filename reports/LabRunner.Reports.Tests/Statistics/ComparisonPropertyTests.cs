using CsCheck;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Tests.Statistics;

/// <summary>What must hold of comparisons, survival and trends for any input, and what they answer when there is nothing to tell.</summary>
public sealed class ComparisonPropertyTests
{
    private static readonly Gen<Spell[]> AnySpells = Gen.Select(Gen.Double[0.1, 1000], Gen.Bool).Select((t, failed) => new Spell(Math.Round(t, 1), failed)).Array[1, 30];

    [Test]
    public void RateComparison_Swapped_IsTheReciprocal() =>
        Gen.Select(Gen.Int[1, 40], Gen.Double[1, 500], Gen.Int[1, 40], Gen.Double[1, 500]).Sample((r1, t1, r2, t2) =>
        {
            RateComparison forward = RateComparison.Of(r1, t1, r2, t2);
            RateComparison back = RateComparison.Of(r2, t2, r1, t1);
            return Close(forward.Ratio!.Value * back.Ratio!.Value, 1) && Close(forward.RatioBounds.Lower * back.RatioBounds.Upper, 1) && Math.Abs(forward.P - back.P) < 1e-9
                && forward.RatioBounds.Contains(forward.Ratio.Value) && forward.P is >= 0 and <= 1 && forward.PGreaterMid <= forward.PGreater;
        });

    [Test]
    public void FisherExact_SwappedEitherWay_IsTheSame() =>
        Gen.Int[0, 40].Array[4].Sample(n =>
        {
            double p = FisherExact.TwoSided(n[0], n[1], n[2], n[3]);
            return p is >= 0 and <= 1 && Math.Abs(p - FisherExact.TwoSided(n[2], n[3], n[0], n[1])) < 1e-9 && Math.Abs(p - FisherExact.TwoSided(n[1], n[0], n[3], n[2])) < 1e-9;
        });

    [Test]
    public void Holm_AnyProbabilities_RaisesThemAndKeepsTheirOrder() =>
        Gen.Double[0, 1].Array[0, 20].Sample(raw =>
        {
            IReadOnlyList<double> adjusted = Holm.Adjust(raw);
            double[] ordered = [.. raw.Zip(adjusted).OrderBy(p => p.First).Select(p => p.Second)];
            return raw.Zip(adjusted).All(p => p.Second >= p.First && p.Second <= 1) && ordered.SequenceEqual(ordered.Order());
        });

    [Test]
    public void KaplanMeier_NothingCensored_IsTheShareThatLasts() =>
        Gen.Int[1, 50].Array[1, 30].Sample(times =>
        {
            KaplanMeier curve = KaplanMeier.Of([.. times.Select(t => new Spell(t, true))]);
            return curve.Steps.All(s => Math.Abs(s.Survival - (times.Count(t => t > s.At) / (double)times.Length)) < 1e-9 && s.Bounds.Contains(s.Survival));
        });

    [Test]
    public void LogRank_GroupAgainstItself_FindsNoDifference() =>
        AnySpells.Sample(spells => LogRank.Compare(spells, spells) is { ChiSquare: < 1e-9, P: > 0.999 });

    [Test]
    public void WeibullFit_TimesInAnotherUnit_KeepTheShape() =>
        Gen.Select(AnySpells, Gen.Double[0.001, 1000]).Sample((spells, unit) =>
        {
            WeibullFit? fit = WeibullFit.Of(spells);
            WeibullFit? moved = WeibullFit.Of([.. spells.Select(s => s with { Duration = s.Duration * unit })]);
            return fit is null || moved is null || fit.Value.Shape > 1000 || (Close(moved.Value.Shape, fit.Value.Shape, 1e-6) && Close(moved.Value.Scale, fit.Value.Scale * unit, 1e-6));
        });

    [Test]
    public void FailureTrend_TimesMirrored_ChangesTheSign() =>
        Gen.Double[0, 100].Array[1, 30].Sample(times =>
            Math.Abs(FailureTrend.Of(times, 100).LaplaceU + FailureTrend.Of([.. times.Select(t => 100 - t)], 100).LaplaceU) < 1e-9);

    [Test]
    public void Rayleigh_TimesMovedByWholePeriods_IsTheSame() =>
        Gen.Select(Gen.Double[0, 24].Array[1, 30], Gen.Int[0, 20]).Sample((hours, days) =>
            Math.Abs(Rayleigh.Test(hours, 24).P - Rayleigh.Test([.. hours.Select(h => h + (24 * days))], 24).P) < 1e-9);

    [Test]
    public void Cusum_AnyCounts_IsNeverBelow0_AndMeasuresExposureInAnyUnit() =>
        Gen.Select(Gen.Int[0, 6].Array[0, 40], Gen.Double[0.1, 10]).Sample((counts, unit) =>
        {
            Cusum chart = Cusum.Poisson(counts, 0.5, 2, 4);
            Cusum scaled = Cusum.Poisson(counts, 0.5 / unit, 2 / unit, 4, [.. counts.Select(_ => unit)]);
            return chart.Sums.All(s => s >= 0) && chart.Sums.Zip(scaled.Sums).All(s => Math.Abs(s.First - s.Second) < 1e-9)
                && (chart.FirstSignal is null) == (chart.Onset is null) && !(chart.Onset > chart.FirstSignal);
        });

    [Test]
    public void TimeOfDay_HoursOfOtherDays_AreTheSame() =>
        // In 64ths of an hour, which other days leave exact: a gap of just ten minutes stays what it was.
        Gen.Select(Gen.Int[0, 240 * 64].Select(h => h / 64.0).Array[4, 30], Gen.Int[0, 20]).Sample((hours, days) =>
        {
            Span[] watched = [new(20, 32), new(44, 60)];
            TimeOfDay? one = TimeOfDay.Test(hours, watched);
            TimeOfDay? other = TimeOfDay.Test(hours.Select(h => h + (24 * days)), watched.Select(w => new Span(w.Start + (24 * days), w.End + (24 * days))));
            return one is null ? other is null : Math.Abs(one.P - other!.P) < 1e-6;
        });

    [Test]
    public void Statistics_NothingToTell_SaySo()
    {
        Interval nothing = new(0, double.PositiveInfinity, 0.95);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(RateComparison.Of(0, 10, 0, 10), Is.EqualTo(new RateComparison(null, nothing, 1, 1, 1)));
            Assert.That(RateComparison.Of(3, 0, 0, 10), Is.EqualTo(new RateComparison(null, nothing, 1, 1, 1)));
            Assert.That(RateComparison.Of(3, 10, 0, 10).Ratio, Is.EqualTo(double.PositiveInfinity));
            Assert.That(RateHomogeneity.Test([], []), Is.EqualTo(new RateHomogeneity(0, 0, 1)));
            Assert.That(RateHomogeneity.Test([0, 0], [5, 5]), Is.EqualTo(new RateHomogeneity(0, 1, 1)));
            Assert.That(RateHomogeneity.Test([4, 0], [5, 0]).Dispersion, Is.Zero);
            Assert.That(FisherExact.TwoSided(0, 0, 0, 0), Is.EqualTo(1));
            Assert.That(FisherExact.TwoSided(0, 0, 5, 3), Is.EqualTo(1).Within(1e-12));
            Assert.That(BinomialTest.TwoSided(0, 0, 0.5), Is.EqualTo(1));
            Assert.That(BinomialTest.TwoSided(1, 4, 0), Is.Zero, "impossible under the share");
            Assert.That(BinomialTest.TwoSided(4, 4, 1), Is.EqualTo(1));
            Assert.That(KaplanMeier.Of([]).Steps, Is.Empty);
            Assert.That(KaplanMeier.Of([new Spell(5, false)]).Median, Is.Null);
            Assert.That(KaplanMeier.Of([new Spell(5, true)]).Steps[0], Is.EqualTo(new SurvivalStep(5, 1, 1, 0, 0, new Interval(0, 1, 0.95))));
            Assert.That(LogRank.Compare([], []), Is.EqualTo(new LogRank(0, 0, 0, 1)));
            Assert.That(WeibullFit.Of([]), Is.Null);
            Assert.That(WeibullFit.Of([new Spell(5, true), new Spell(5, true)]), Is.Null);
            Assert.That(WeibullFit.Of([new Spell(0, true), new Spell(5, true)]), Is.Null);
            Assert.That(FailureTrend.Of([], 10), Is.EqualTo(new FailureTrend(0, 1, null, null, 1)));
            Assert.That(FailureTrend.Of([10, 10], 10).Beta, Is.Null);
            Assert.That(FailureTrend.Of([0, 5], 10).Beta, Is.Zero);
            Assert.That(Holm.Adjust([]), Is.Empty);
            Assert.That(Cusum.Of([], 1).FirstSignal, Is.Null);
            Assert.That(Flakiness.FlipRate([true]), Is.Zero);
            Assert.That(Flakiness.EntropyBits([]), Is.Zero);
            Assert.That(TimeOfDay.Test([], [new(0, 24)]), Is.Null);
            Assert.That(TimeOfDay.Test([3, 27, 51, 75], []), Is.Null, "resets of hours that nobody watched");
            Assert.That(Rayleigh.Test([], 24), Is.EqualTo(new Rayleigh(0, null, 1)));
        }
    }

    [Test]
    public void Statistics_ImpossibleArguments_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => RateComparison.Of(-1, 1, 0, 1), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => RateHomogeneity.Test([1], [1, 2]), Throws.ArgumentException);
            Assert.That(() => FisherExact.TwoSided(1, -1, 0, 0), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => BinomialTest.TwoSided(3, 2, 0.5), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => WeibullFit.Of([new Spell(-1, true)]), Throws.ArgumentException);
            Assert.That(() => FailureTrend.Of([11], 10), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => FailureTrend.Of([1], 0), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => Holm.Adjust([-0.1]), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => Cusum.Poisson([1], 2, 1, 5), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => Cusum.Poisson([1], 1, 2, 0), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => Cusum.Poisson([-1], 1, 2, 5), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => Cusum.Poisson([1], 1, 2, 5, [double.NaN]), Throws.TypeOf<ArgumentOutOfRangeException>());
            Assert.That(() => Cusum.Poisson([1], 1, 2, 5, [1, 1]), Throws.ArgumentException);
            Assert.That(() => Rayleigh.Test([1], 0), Throws.TypeOf<ArgumentOutOfRangeException>());
        }
    }

    private static bool Close(double a, double b, double relative = 1e-9) =>
        a == b || (double.IsInfinity(a) && double.IsInfinity(b)) || Math.Abs(a - b) <= relative * Math.Max(Math.Abs(a), Math.Abs(b));
}
