using System.Globalization;
using System.Text.RegularExpressions;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Sections;

/// <summary>Goals out of the text of the plan; the plan's own reader lives in the bench, above this project.</summary>
internal static partial class PlanGoals
{
    /// <summary>Good and bad MTBF of the sequential test, hours; the given ones where the plan names none or impossible ones.</summary>
    internal static (double Good, double Bad) Mtbf(RunRecord run, double good, double bad)
    {
        (double g, double b) = (Of(run, "mtbfGoodHours", good), Of(run, "mtbfBadHours", bad));
        return b > 0 && g > b ? (g, b) : (good, bad);
    }

    /// <summary>One goal by its key.</summary>
    internal static double Of(RunRecord run, string key, double otherwise)
    {
        foreach (Match match in GoalLine().Matches(run.Meta.GetValueOrDefault(MetaKeys.PlanText, "")))
        {
            if (match.Groups[1].Value == key && double.TryParse(match.Groups[2].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value))
            {
                return value;
            }
        }

        return otherwise;
    }

    [GeneratedRegex(@"\b(mtbfGoodHours|mtbfBadHours|confidence)\s*:\s*([0-9.]+)", RegexOptions.None, 1000)]
    private static partial Regex GoalLine();
}
