using System.Globalization;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Comparison;

/// <summary>What a comparison shows.</summary>
public enum Change
{
    /// <summary>The hours or trials are too few; never folded into <see cref="Same"/>.</summary>
    CannotTell,

    /// <summary>The interval of the ratio lies within the factor that matters.</summary>
    Same,

    /// <summary>Significantly better.</summary>
    Better,

    /// <summary>Significantly worse.</summary>
    Worse,
}

/// <summary>How sure a comparison must be.</summary>
public sealed record ComparisonRules
{
    /// <summary>Largest probability by chance, after Holm's correction over all rows of the report; default 0.05.</summary>
    public double Alpha { get; init; } = 0.05;

    /// <summary>
    /// Factor that matters: "same" means that the 90 % interval of the ratio lies within 1/factor to factor, or that nothing failed on either side in hours that show the good MTBF on each, and the hours that are told as
    /// missing find this factor with 80 % probability. Above 1, default 3: a factor of 2 takes about a thousand device-hours at one failure in four days.
    /// </summary>
    public double Factor { get; init; } = 3;

    /// <summary>
    /// Ratio of the rates from which a significantly worse build stops the gate of a trend; 1 or more, default 2: many hours make a tenth
    /// more failures significant, and a release need not wait for that.
    /// </summary>
    public double StopRatio { get; init; } = 2;

    /// <summary>MTBF that hours without a failure must show, and the sequential test's good one, hours; default 168.</summary>
    public double GoodHours { get; init; } = 168;

    /// <summary>The sequential test's bad MTBF, hours; default 56.</summary>
    public double BadHours { get; init; } = 56;
}

/// <summary>Two rates of failure held against each other.</summary>
/// <param name="Scope">What is compared, for example a board, or a board and a suite.</param>
/// <param name="Before">The older side.</param>
/// <param name="After">The newer side.</param>
/// <param name="Rates">After against before.</param>
/// <param name="PWorse">Probability of so many failures after under equal rates, corrected by Holm.</param>
/// <param name="PBetter">Probability of so few, corrected by Holm.</param>
/// <param name="Change">What it shows.</param>
/// <param name="MissingHours">Device-hours that both sides together still need to tell; 0 where it is told, null where a hundred years are not enough.</param>
public sealed record RateChange(
    string Scope, Exposed Before, Exposed After, RateComparison Rates, double PWorse, double PBetter, Change Change, double? MissingHours)
{
    private const double EquivalenceConfidence = 0.9;
    private const double Power = 0.8;

    /// <summary>What it shows, in words.</summary>
    public string Sentence => Change switch
    {
        Change.Worse => $"worse: {Ratio}",
        Change.Better => $"better: {Ratio}",
        Change.Same => $"same: {Ratio}",
        _ when MissingHours is { } hours => $"cannot tell, {Words.Hours(hours)} more; {Ratio}",
        _ when Before.Hours + After.Hours > 0 => "cannot tell, not within a hundred years at this rate",
        _ => "cannot tell: no device-hours",
    };

    /// <summary>True where it is worse by a ratio that stops a release; one that only misses it by rounding does.</summary>
    public bool Stops(ComparisonRules rules) => Change == Change.Worse && Rates.Ratio >= rules.StopRatio * (1 - 1e-9);

    private string Ratio => Rates.Ratio is { } ratio
        ? string.Create(CultureInfo.InvariantCulture, $"{(double.IsFinite(ratio) ? Words.Number(ratio) : "∞")} times the rate ({Words.Number(Rates.RatioBounds.Lower)} … {(double.IsFinite(Rates.RatioBounds.Upper) ? Words.Number(Rates.RatioBounds.Upper) : "∞")})")
        : "no failure on either side";

    /// <summary>Judges rows together, so that many rows do not make one significant by chance.</summary>
    /// <param name="rows">Scope, older side, newer side.</param>
    /// <param name="rules">How sure it must be.</param>
    public static IReadOnlyList<RateChange> Judge(IReadOnlyList<(string Scope, Exposed Before, Exposed After)> rows, ComparisonRules rules)
    {
        List<RateComparison> forward = [.. rows.Select(r => RateComparison.Of(r.After.Failures, r.After.Hours, r.Before.Failures, r.Before.Hours, EquivalenceConfidence))];
        List<RateComparison> back = [.. rows.Select(r => RateComparison.Of(r.Before.Failures, r.Before.Hours, r.After.Failures, r.After.Hours, EquivalenceConfidence))];
        IReadOnlyList<double> worse = Holm.Adjust([.. forward.Select(r => r.PGreater)]);
        IReadOnlyList<double> better = Holm.Adjust([.. back.Select(r => r.PGreater)]);
        return [.. rows.Select((r, i) =>
        {
            Change change = worse[i] <= rules.Alpha ? Change.Worse
                : better[i] <= rules.Alpha ? Change.Better
                : forward[i].RatioBounds.Lower >= 1 / rules.Factor && forward[i].RatioBounds.Upper <= rules.Factor ? Change.Same
                : (r.Before + r.After).Failures == 0 && Math.Min(r.Before.Hours, r.After.Hours) >= CleanHours(rules) ? Change.Same
                : Change.CannotTell;
            return new RateChange(r.Scope, r.Before, r.After, forward[i], worse[i], better[i], change, change == Change.CannotTell ? Missing(r.Before, r.After, rules) : 0);
        })];
    }

    /// <summary>Hours without a failure in which a side is shown to fail no more than once in the good MTBF: both of them are then as good as is asked, and no ratio of nothing to nothing needs to be known.</summary>
    private static double CleanHours(ComparisonRules rules) => DemonstrationHours.Needed(rules.GoodHours, 0, 1 - rules.Alpha);

    /// <summary>
    /// Hours to find the factor, at the rate seen on both sides together, less those there are; where nothing failed those that show it (<see cref="CleanHours"/>). At least
    /// a tenth of what there is: a comparison that could not tell is not finished by rounding.
    /// </summary>
    private static double? Missing(Exposed before, Exposed after, ComparisonRules rules)
    {
        Exposed both = before + after;
        if (both is { Failures: 0, Hours: > 0 })
        {
            return Math.Max(0, CleanHours(rules) - before.Hours) + Math.Max(0, CleanHours(rules) - after.Hours);
        }

        double rate = both.Failures / both.Hours;
        if (!(both.Hours > 0) || RatePower.HoursEach(rate, rules.Factor, rules.Alpha, Power) is not { } each)
        {
            return null;
        }

        double missing = Math.Max(0, each - before.Hours) + Math.Max(0, each - after.Hours);
        return Math.Max(missing, both.Hours / 10);
    }
}
