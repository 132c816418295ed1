using LabRunner.Fixtures;
using LabRunner.Reports.Records;

namespace LabRunner.Suites.Common;

/// <summary>Attempts that the bench's own delay made something else of: no trials of the DUT, and no secret either.</summary>
internal static class NotMade
{
    /// <summary>Name of the figure of such an attempt.</summary>
    public static string Name(string step) => $"not-made@{step}";

    /// <summary>Puts one on record.</summary>
    /// <param name="lab">Context.</param>
    /// <param name="step">Step that was meant.</param>
    /// <param name="began">When it began, run time.</param>
    /// <param name="detail">What became of it.</param>
    public static Task NotMadeAsync(this SuiteContext lab, string step, TimeSpan began, params (string Name, string Value)[] detail) =>
        lab.MeasureAsync(new Figure(Name(step), (lab.Now - began).TotalSeconds, "s", Verdict.NotRun) { Detail = detail });
}
