using LabRunner.Reports.Records;

namespace LabRunner.Reports.Drawing;

/// <summary>The samples of a slot turned into one array a figure, since all that is drawn of them goes along one figure at a time.</summary>
/// <param name="At">Run times, seconds, in order.</param>
/// <param name="Values">By <see cref="SeriesMetric.All"/>; NaN where nothing was reported, or nothing finite.</param>
internal sealed record SeriesColumns(double[] At, double[][] Values)
{
    internal static SeriesColumns Of(IReadOnlyList<TelemetryRecord> samples)
    {
        Func<TelemetryRecord, double?>[] read = [.. SeriesMetric.All.Select(m => m.Value)];
        SeriesColumns columns = new(new double[samples.Count], [.. read.Select(_ => new double[samples.Count])]);
        for (int i = 0; i < samples.Count; i++)
        {
            TelemetryRecord sample = samples[i];
            columns.At[i] = sample.At;
            for (int m = 0; m < read.Length; m++)
            {
                columns.Values[m][i] = read[m](sample) is { } value && double.IsFinite(value) ? value : double.NaN;
            }
        }

        return columns;
    }
}
