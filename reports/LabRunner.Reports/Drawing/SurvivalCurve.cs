using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Drawing;

/// <summary>The steps of a survival curve as a line to draw.</summary>
internal static class SurvivalCurve
{
    /// <summary>From all at the boot down each step, on to <paramref name="longest"/>.</summary>
    /// <param name="survival">The curve.</param>
    /// <param name="longest">Where it ends, in its unit of time.</param>
    /// <param name="share">The line wanted: the survival itself, or one of its bounds.</param>
    internal static IReadOnlyList<(double X, double Y)> Of(KaplanMeier survival, double longest, Func<SurvivalStep, double> share)
    {
        List<(double X, double Y)> line = [(0, 1)];
        foreach ((double at, double y) in survival.Steps.Select(s => (s.At, share(s))))
        {
            line.Add((at, line[^1].Y));
            line.Add((at, y));
        }

        line.Add((longest, line[^1].Y));
        return line;
    }
}
