using LabRunner.Reports.Comparison;
using LabRunner.Reports.Formats;

namespace LabRunner.Reports.Benchmarks;

/// <summary>A hundred full nights read and set into a trend with its page. They are one night on disk, read a hundred times under other dates.</summary>
internal static class TrendFigure
{
    private const int Nights = 100;

    internal static void Measure(string night, Figures figures)
    {
        long started = TimeProvider.System.GetTimestamp();
        NightSummary[] nights =
        [
            .. Enumerable.Range(0, Nights).AsParallel().AsOrdered().Select(i => NightSummary.Read(night) is var read ? read with { At = read.At?.AddDays(i), Folder = $"{read.Folder}-{i}" } : read),
        ];
        double reading = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        int length = TrendPage.Write(NightTrend.Of(nights, new ComparisonRules())).Length;
        double seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        figures.Add($"trend over {Nights} full nights ({length / 1000} kB page)", seconds, 5, "s");
        Figures.Compare("  of which reading", reading, "all", seconds, "s");
    }
}
