using System.IO.Compression;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Drawing;

/// <summary>A figure of the telemetry that is kept at full rate.</summary>
/// <param name="Name">For readers, for example "free heap".</param>
/// <param name="Unit">Unit, empty for a state.</param>
/// <param name="Decimals">Places kept after the point.</param>
/// <param name="Value">Reads it; null where nothing was reported.</param>
public sealed record SeriesMetric(string Name, string Unit, int Decimals, Func<TelemetryRecord, double?> Value)
{
    /// <summary>All figures, in the order of a pack.</summary>
    public static IReadOnlyList<SeriesMetric> All { get; } =
    [
        new("free heap", "B", 0, t => t.HeapB),
        new("open sockets", "", 0, t => t.SocketsUsed),
        new("RSSI", "dBm", 0, t => t.RssiDbm),
        new("voltage", "V", 1, t => t.Voltage),
        new("current", "A", 3, t => t.Current),
        new("power", "W", 1, t => t.Power),
        new("uptime", "s", 0, t => t.UptimeS),
        new("relay contact", "", 0, t => t.RelayClosed is { } closed ? closed ? 1 : 0 : null),
    ];
}

/// <summary>
/// Every sample of a slot in few bytes: whole numbers (tenths of a second, the metric's last decimal place), differences to the sample before,
/// zigzag, seven bits a byte, gzip. A page decodes it with what browsers have built in. Layout: count n; n differences of time; then for each
/// metric of <see cref="SeriesMetric.All"/> n values, 0 where nothing was reported, else 1 + zigzag of the difference to the last that was.
/// A night of a slot at 1 Hz with seven figures takes about 0.2 MB.
/// </summary>
public static class SeriesPack
{
    private const double TimeUnits = 10;
    private const double Most = 9e15;

    /// <summary>Packs samples; no samples give a pack of none.</summary>
    /// <param name="samples">Of one slot, in order of time.</param>
    /// <returns>gzip.</returns>
    public static byte[] Pack(IReadOnlyList<TelemetryRecord> samples) => Pack(SeriesColumns.Of(samples));

    /// <inheritdoc cref="Pack(IReadOnlyList{TelemetryRecord})"/>
    internal static byte[] Pack(SeriesColumns columns)
    {
        using MemoryStream packed = new();
        using (GZipStream zip = new(packed, CompressionLevel.Optimal))
        {
            Writer writer = new(zip);
            writer.Put((ulong)columns.At.Length);
            long last = 0;
            foreach (double time in columns.At)
            {
                long at = Whole(time, TimeUnits);
                writer.Put(ZigZag(at - last));
                last = at;
            }

            for (int m = 0; m < columns.Values.Length; m++)
            {
                double scale = Math.Pow(10, SeriesMetric.All[m].Decimals);
                last = 0;
                foreach (double value in columns.Values[m])
                {
                    if (double.IsNaN(value))
                    {
                        writer.Put(0);
                        continue;
                    }

                    long whole = Whole(value, scale);
                    writer.Put(ZigZag(whole - last) + 1);
                    last = whole;
                }
            }

            writer.Flush();
        }

        return packed.ToArray();
    }

    /// <summary>The opposite of <see cref="Pack(IReadOnlyList{TelemetryRecord})"/>: times in seconds, and for each metric its values, NaN where nothing was reported.</summary>
    /// <param name="packed">A whole pack.</param>
    /// <exception cref="InvalidDataException">These bytes are no pack.</exception>
    public static (double[] At, double[][] Values) Unpack(byte[] packed)
    {
        using GZipStream zip = new(new MemoryStream(packed), CompressionMode.Decompress);
        using MemoryStream plain = new();
        zip.CopyTo(plain);
        byte[] bytes = plain.ToArray();
        int at = 0;
        int count = checked((int)Next(bytes, ref at));
        double[] times = new double[count];
        long last = 0;
        for (int i = 0; i < count; i++)
        {
            times[i] = (last += UnZigZag(Next(bytes, ref at))) / TimeUnits;
        }

        double[][] values = new double[SeriesMetric.All.Count][];
        for (int m = 0; m < values.Length; m++)
        {
            double scale = Math.Pow(10, SeriesMetric.All[m].Decimals);
            values[m] = new double[count];
            last = 0;
            for (int i = 0; i < count; i++)
            {
                ulong next = Next(bytes, ref at);
                values[m][i] = next == 0 ? double.NaN : (last += UnZigZag(next - 1)) / scale;
            }
        }

        return (times, values);
    }

    private static long Whole(double value, double scale) => (long)Math.Round(Math.Clamp(value * scale, -Most, Most));

    private static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    private static long UnZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);

    private static ulong Next(byte[] bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            if (at >= bytes.Length)
            {
                break;
            }

            byte b = bytes[at++];
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("The pack of a series ends in the middle of a number.");
    }

    private sealed class Writer(Stream stream)
    {
        private readonly byte[] _buffer = new byte[8192];
        private int _used;

        internal void Put(ulong value)
        {
            if (_used > _buffer.Length - 10)
            {
                Flush();
            }

            while (value >= 0x80)
            {
                _buffer[_used++] = (byte)(value | 0x80);
                value >>= 7;
            }

            _buffer[_used++] = (byte)value;
        }

        internal void Flush()
        {
            stream.Write(_buffer, 0, _used);
            _used = 0;
        }
    }
}
