using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Tests.Statistics;

public sealed class WeightedLineTests
{
    // By hand: points (0,1) (1,2) (2,4) with weights 1, 2, 1: means 1 and 2.25, sxx 2, sxy 3.
    [Test]
    public void Fit_ByHand_SlopeAndIntercept()
    {
        WeightedLine line = WeightedLine.Fit([0, 1, 2], [1, 2, 4], [1, 2, 1])!.Value;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(line.Slope, Is.EqualTo(1.5).Within(1e-12));
            Assert.That(line.Intercept, Is.EqualTo(0.75).Within(1e-12));
            Assert.That(line.At(2), Is.EqualTo(3.75).Within(1e-12));
        }
    }

    [Test]
    public void Fit_EqualWeights_IsTheOrdinaryLine()
    {
        double[] x = [1, 2, 4, 7, 11];
        double[] y = [2, 3, 9, 13, 20];
        LeastSquaresLine ordinary = LeastSquaresLine.Fit(x, y)!.Value;
        WeightedLine line = WeightedLine.Fit(x, y, [3, 3, 3, 3, 3])!.Value;
        Assert.That((line.Slope, line.Intercept), Is.EqualTo((ordinary.Slope, ordinary.Intercept)).Using<(double A, double B)>((a, b) => Math.Abs(a.A - b.A) < 1e-9 && Math.Abs(a.B - b.B) < 1e-9));
    }

    // A point without weight does not count, wherever it is.
    [Test]
    public void Fit_OutlierWithoutWeight_IsNotSeen()
    {
        WeightedLine line = WeightedLine.Fit([1, 2, 3, 100], [3, 5, 7, -1e6], [1, 1, 1, 0])!.Value;
        Assert.That((Math.Round(line.Slope, 9), Math.Round(line.Intercept, 9)), Is.EqualTo((2.0, 1.0)));
    }

    [Test]
    public void Fit_OneX_NoLine() => Assert.That(WeightedLine.Fit([5, 5, 6], [1, 2, 3], [1, 1, 0]), Is.Null);

    [TestCase(-1)]
    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    public void Fit_WeightThatIsNone_Refused(double weight) => Assert.That(() => WeightedLine.Fit([1, 2], [1, 2], [1, weight]), Throws.ArgumentException);
}
