using System.Globalization;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Comparison;

/// <summary>Unexpected resets by the time of day (F10). A lead and no verdict of its own: the resets count in the rates already.</summary>
/// <param name="Scope">Board and build, or slot.</param>
/// <param name="Test">What the times of day show.</param>
/// <param name="P">Its probability, corrected by Holm over all rows.</param>
public sealed record ResetHours(string Scope, TimeOfDay Test, double P)
{
    /// <summary>Largest probability by chance at which a time of day is told.</summary>
    public const double Alpha = 0.01;

    /// <summary>True where the resets come at a time of the day.</summary>
    public bool IsTold => P < Alpha && Test.Hour is not null;

    /// <summary>What it shows, without final full stop.</summary>
    public string Sentence => string.Create(
        CultureInfo.InvariantCulture,
        $"{Scope}: {Test.Events} unexpected resets on {Test.Days} days {(IsTold ? $"come at one time of the day, around {Clock(Test.Hour!.Value)} UTC (F10, p = {P:0.####}); look for what is done at that hour, in the network or by the plan" : $"come at no time of the day in particular (p = {P:0.##})")}");

    /// <summary>Tests rows together; those with too few resets or days (<see cref="TimeOfDay.Fewest"/>) are left out.</summary>
    /// <param name="rows">Scope, wall times of unexpected resets, and when it was under test; hours since 1970 (UTC).</param>
    public static IReadOnlyList<ResetHours> Judge(IEnumerable<(string Scope, IReadOnlyList<double> Resets, IReadOnlyList<Span> Watched)> rows)
    {
        List<(string Scope, TimeOfDay Test)> tested = [.. rows.Select(r => (r.Scope, Test: TimeOfDay.Test(r.Resets, r.Watched)!)).Where(r => r.Test is not null)];
        return [.. tested.Zip(Holm.Adjust([.. tested.Select(t => t.Test.P)]), (t, p) => new ResetHours(t.Scope, t.Test, p))];
    }

    private static string Clock(double hour)
    {
        int minutes = (int)Math.Round(hour * 60) % (24 * 60);
        return string.Create(CultureInfo.InvariantCulture, $"{minutes / 60:00}:{minutes % 60:00}");
    }
}
