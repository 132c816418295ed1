using LabRunner.Reports.Comparison;
using LabRunner.Reports.Formats;

namespace LabRunner.Reports.Benchmarks;

/// <summary>
/// A hundred full nights read and set into a trend with its page. They are one night on disk, read a hundred times under other dates: first
/// with its journal alone, then as a night leaves it, with the summary that was written with its report.
/// </summary>
internal static class TrendFigure
{
    private const int Nights = 100;
    private const int Undrawn = 10;
    private static double _perUndrawn;

    /// <summary>Before the report was drawn: a few nights, for the time of one.</summary>
    internal static void MeasureUndrawn(string night)
    {
        long started = TimeProvider.System.GetTimestamp();
        Read(night, Undrawn);
        _perUndrawn = TimeProvider.System.GetElapsedTime(started).TotalSeconds / Undrawn;
    }

    /// <summary>After it.</summary>
    internal static void Measure(string night, Figures figures)
    {
        long started = TimeProvider.System.GetTimestamp();
        NightSummary[] nights = Read(night, Nights);
        double reading = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        int length = TrendPage.Write(NightTrend.Of(nights, new ComparisonRules())).Length;
        figures.Add($"trend over {Nights} full nights ({length / 1000} kB page)", TimeProvider.System.GetElapsedTime(started).TotalSeconds, 5, "s");
        Figures.Compare("  reading one, its summary", 1000 * reading / Nights, "its journal alone", 1000 * _perUndrawn, "ms");
    }

    private static NightSummary[] Read(string night, int count) =>
        [.. Enumerable.Range(0, count).AsParallel().AsOrdered().Select(i => NightSummary.Read(night) is var read ? read with { At = read.At?.AddDays(i), Folder = $"{read.Folder}-{i}" } : read)];
}
