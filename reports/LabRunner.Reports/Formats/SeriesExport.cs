using System.Globalization;
using System.Text;
using LabRunner.Reports.Records;
using Parquet;
using Parquet.Schema;

namespace LabRunner.Reports.Formats;

/// <summary>
/// The series for other tools: report/series.parquet and report/series.csv, one row per sample. Columns: wall time (UTC), run time in seconds,
/// slot, uptime in s, free heap in bytes, RSSI in dBm, open sockets, voltage in V, current in A, power in W, relay contact (1 closed, 0 open).
/// What was not reported is null in Parquet and empty in CSV.
/// </summary>
public static class SeriesExport
{
    private static readonly string[] Columns = ["utc", "at_s", "slot", "uptime_s", "heap_b", "rssi_dbm", "sockets", "voltage_v", "current_a", "power_w", "relay_closed"];

    /// <summary>Writes CSV (RFC 4180, UTF-8, a head line).</summary>
    /// <param name="run">The run.</param>
    /// <param name="stream">Where to; left open.</param>
    public static void WriteCsv(RunRecord run, Stream stream)
    {
        using StreamWriter writer = new(stream, new UTF8Encoding(false), 1 << 16, leaveOpen: true);
        writer.Write(string.Join(',', Columns) + "\r\n");
        Dictionary<string, string> slots = run.Slots.Select(s => s.Name).Concat(run.Telemetry.Select(t => t.Slot)).Distinct().ToDictionary(s => s, CsvText.Text);
        foreach (TelemetryRecord t in run.Telemetry)
        {
            writer.Write(run.WallAt(t.At)?.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
            writer.Write(',');
            writer.Write(CsvText.Figure(t.At));
            writer.Write(',');
            writer.Write(slots[t.Slot]);
            foreach (double? figure in (ReadOnlySpan<double?>)[t.UptimeS, t.HeapB, t.RssiDbm, t.SocketsUsed, t.Voltage, t.Current, t.Power, t.RelayClosed is { } closed ? closed ? 1 : 0 : null])
            {
                writer.Write(',');
                writer.Write(CsvText.Figure(figure));
            }

            writer.Write("\r\n");
        }
    }

    /// <summary>Writes Parquet, one row group, columns as in the CSV.</summary>
    /// <param name="run">The run.</param>
    /// <param name="stream">Where to; must be seekable, left open.</param>
    /// <param name="cancellationToken">Ends it early; the file is then not whole.</param>
    public static async Task WriteParquetAsync(RunRecord run, Stream stream, CancellationToken cancellationToken)
    {
        DataField[] fields =
        [
            new DataField<DateTime>(Columns[0], true), new DataField<double>(Columns[1]), new DataField<string>(Columns[2], false), new DataField<long>(Columns[3], true),
            new DataField<long>(Columns[4], true), new DataField<int>(Columns[5], true), new DataField<int>(Columns[6], true), new DataField<double>(Columns[7], true),
            new DataField<double>(Columns[8], true), new DataField<double>(Columns[9], true), new DataField<bool>(Columns[10], true),
        ];
        IReadOnlyList<TelemetryRecord> rows = run.Telemetry;
        ParquetWriter writer = await ParquetWriter.CreateAsync(new ParquetSchema(fields), stream, cancellationToken: cancellationToken).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            using ParquetRowGroupWriter group = writer.CreateRowGroup();
            await group.WriteAsync<DateTime>(fields[0], Column(rows, t => run.WallAt(t.At)?.UtcDateTime), cancellationToken: cancellationToken).ConfigureAwait(false);
            await group.WriteAsync(fields[1], (ReadOnlyMemory<double>)rows.Select(t => t.At).ToArray(), cancellationToken: cancellationToken).ConfigureAwait(false);
            await group.WriteAsync(fields[2], [.. rows.Select(t => SafeText.OneLine(t.Slot))]).ConfigureAwait(false);
            await group.WriteAsync<long>(fields[3], Column(rows, t => t.UptimeS), cancellationToken: cancellationToken).ConfigureAwait(false);
            await group.WriteAsync<long>(fields[4], Column(rows, t => t.HeapB), cancellationToken: cancellationToken).ConfigureAwait(false);
            await group.WriteAsync<int>(fields[5], Column(rows, t => t.RssiDbm), cancellationToken: cancellationToken).ConfigureAwait(false);
            await group.WriteAsync<int>(fields[6], Column(rows, t => t.SocketsUsed), cancellationToken: cancellationToken).ConfigureAwait(false);
            await group.WriteAsync<double>(fields[7], Column(rows, t => Finite(t.Voltage)), cancellationToken: cancellationToken).ConfigureAwait(false);
            await group.WriteAsync<double>(fields[8], Column(rows, t => Finite(t.Current)), cancellationToken: cancellationToken).ConfigureAwait(false);
            await group.WriteAsync<double>(fields[9], Column(rows, t => Finite(t.Power)), cancellationToken: cancellationToken).ConfigureAwait(false);
            await group.WriteAsync<bool>(fields[10], Column(rows, t => t.RelayClosed), cancellationToken: cancellationToken).ConfigureAwait(false);
        }
    }

    private static ReadOnlyMemory<T?> Column<T>(IReadOnlyList<TelemetryRecord> rows, Func<TelemetryRecord, T?> value)
        where T : struct => rows.Select(value).ToArray();

    private static double? Finite(double? value) => value is { } known && double.IsFinite(known) ? known : null;
}
