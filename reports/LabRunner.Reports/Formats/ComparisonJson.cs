using System.Text.Json;
using LabRunner.Reports.Comparison;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Formats;

/// <summary>Comparisons and trends for programs, in the spelling of report.json.</summary>
public static class ComparisonJson
{
    /// <summary>Version of the format; a change that breaks readers raises it.</summary>
    public const int Version = 1;

    /// <summary>A comparison.</summary>
    public static string Write(NightComparison comparison) => JsonSerializer.Serialize(
        new
        {
            Version,
            Verdict = ComparisonPage.Word(comparison.Overall),
            comparison.Rules,
            Before = comparison.Before.Select(Night),
            After = comparison.After.Select(Night),
            Boards = comparison.Boards.Select(Rate),
            Suites = comparison.Suites.Select(Rate),
            TimeToFailure = comparison.Survival.Select(s => new
            {
                s.Scope,
                Before = new { Spells = s.Before.Count, Failed = s.FailedBefore, Expected = s.Test.Expected1, MedianS = KaplanMeier.Of(s.Before).Median },
                After = new { Spells = s.After.Count, Failed = s.FailedAfter, Expected = s.Test.Expected2, MedianS = KaplanMeier.Of(s.After).Median },
                s.Test.ChiSquare,
                s.P,
                s.TooFew,
                s.Differs,
                Text = s.Sentence,
            }),
            Steps = comparison.Trials.Select(t => new { t.Scope, t.Before, t.After, t.P, Change = ComparisonPage.Word(t.Change) }),
            Figures = comparison.Figures.Select(f => new { f.Scope, f.MedianBefore, NBefore = f.Before.Count, f.MedianAfter, NAfter = f.After.Count, f.Share }),
            Heap = comparison.Heaps.Select(Heap),
            Fresh = comparison.Fresh.Select(f => new { f.Board, f.What, f.IsGrave, f.WasAsked, Change = ComparisonPage.Word(f.Change), Text = f.Sentence }),
            comparison.Modes,
            comparison.Warnings,
        },
        JsonReport.Options);

    /// <summary>A trend.</summary>
    public static string Write(NightTrend trend) => JsonSerializer.Serialize(
        new
        {
            Version,
            Gate = TrendPage.GateWord(trend),
            trend.Rules,
            Nights = trend.Nights.Select(Night),
            Reference = trend.Reference.Select(Night),
            trend.Unread,
            Versions = trend.Versions.Select(v => new
            {
                v.Board,
                v.Firmware,
                v.Nights,
                v.Rated.Soak.Hours,
                v.Rated.Soak.Failures,
                SequentialTest = v.State.ToString(),
                v.HoursToAccept,
                Suites = v.Rated.Stress.Select(s => new { s.Suite, s.Part.Hours, s.Part.Failures, s.Part.Per100Hours, Change = v.SuiteChanges.TryGetValue(s.Suite, out RateChange? stress) ? Rate(stress) : null }),
                v.Unproved,
                Steps = v.Rated.Trials.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => new { Step = t.Key, t.Value.Ok, t.Value.Tried, t.Value.Bounds.Lower, t.Value.Bounds.Upper }),
                StableHours = new { v.Stable.Operational, v.Stable.Unstable, v.Stable.Share, Nights = VersionRow.Window },
                v.ReconnectP95,
                Reconnects = v.Rated.Reconnects.Count,
                HeapSlopes = v.HeapSlopes.Select(h => new { h.BytesPerHour, h.Lower, h.Upper, Verdict = h.Verdict.ToText() }),
                Heap = v.Heaps.Select(Heap),
                GainErrors = v.Gains.Select(g => new { g.Quantity, g.Percent, g.Count }),
                StoppedBy = v.Gravest,
                v.Failed,
                Change = v.Change is { } change ? Rate(change) : null,
            }),
            ChangePoints = trend.Series.SelectMany(s => s.Changes.Select(c => new { s.Board, s.Figure, Night = c.Night.Name, c.Firmware, c.WithVersion, c.Point.Before, c.Point.After, c.Point.P, c.Worse })),
            Bisect = trend.Bisect.Select(b => new
            {
                b.Board, b.Figure, b.LastGood, LastGoodNight = b.Change.Last.Night.Name, b.FirstBad, FirstBadNight = b.Change.Night.Name, b.IsOfVersion, Text = b.Sentence,
            }),
            Drift = trend.Drifts.Select(d => new
            {
                d.Board,
                d.Limit,
                Sum = d.Points[^1].Value,
                Signal = d.Signal is { } signal ? new { Night = signal.Night.Name, signal.Firmware } : null,
                Onset = d.Onset is { } onset ? new { Night = onset.Night.Name, onset.Firmware } : null,
                Text = d.Sentence,
            }),
            ResetsByTimeOfDay = trend.TimesOfDay.Select(t => new { t.Scope, t.Test.Events, t.Test.Days, HourUtc = t.Test.Hour, t.P, Told = t.IsTold, Text = t.Sentence }),
            Modes = trend.Modes.Select(m => new { m.Board, m.Mode, m.State, Builds = m.Counts.Select(c => new { c.Firmware, c.Count }) }),
            trend.Warnings,
        },
        JsonReport.Options);

    private static object Heap(HeapChange row) => new
    {
        row.Scope,
        Before = new { Firmware = row.FirmwareBefore, Nights = row.Before.Count, BytesPerHour = row.SlopeBefore, row.BoundsBefore.Lower, row.BoundsBefore.Upper },
        After = new { Firmware = row.FirmwareAfter, Nights = row.After.Count, BytesPerHour = row.SlopeAfter, row.BoundsAfter.Lower, row.BoundsAfter.Upper },
        row.OtherPlugs,
        row.SameBuild,
        row.Steeper,
        row.Leaks,
        Change = ComparisonPage.Word(row.Change),
        Text = row.Sentence,
    };

    private static object Night(NightSummary night) => new { night.Name, night.At, night.Bench, night.Plan, Builds = NightComparison.Builds([night]) };

    private static object Rate(RateChange row) => new
    {
        row.Scope,
        Before = new { row.Before.Hours, row.Before.Failures },
        After = new { row.After.Hours, row.After.Failures },
        row.Rates.Ratio,
        RatioLower = row.Rates.RatioBounds.Lower,
        RatioUpper = row.Rates.RatioBounds.Upper,
        row.PWorse,
        row.PBetter,
        Change = ComparisonPage.Word(row.Change),
        row.MissingHours,
        Text = row.Sentence,
    };
}
