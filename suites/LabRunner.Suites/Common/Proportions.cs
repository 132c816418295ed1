using LabRunner.Fixtures;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Suites.Common;

/// <summary>How much a number of attempts proves.</summary>
internal static class Proportions
{
    private const double Confidence = 0.95;

    /// <summary>Records the one-sided 95 % lower bound (Clopper-Pearson) of a proportion, and the attempts that are still missing to prove the goal.</summary>
    /// <param name="lab">Context.</param>
    /// <param name="name">Name of the figure.</param>
    /// <param name="good">Attempts that succeeded.</param>
    /// <param name="tried">All attempts, 1 or more.</param>
    /// <param name="goal">Proportion to prove, 0 to 1.</param>
    public static Task ProportionAsync(this SuiteContext lab, string name, int good, int tried, double goal)
    {
        double lower = Proportion.LowerOneSided(good, tried, Confidence);
        Verdict verdict = good < tried ? Verdict.Fail : lower >= goal ? Verdict.Pass : Verdict.Inconclusive;
        return lab.MeasureAsync(new Figure(name, lower, "share", verdict)
        {
            Lower = goal,
            Detail =
            [
                ("passed", $"{good}"), ("tried", $"{tried}"), ("confidence", "0.95"),
                ("trialsStillNeeded", verdict == Verdict.Inconclusive ? $"{SuccessRun.Trials(goal, Confidence) - tried}" : "0"),
            ],
        });
    }
}
