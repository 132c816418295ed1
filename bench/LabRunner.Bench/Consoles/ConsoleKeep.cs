using System.Globalization;
using System.Text;
using LabRunner.Bench.Api;

namespace LabRunner.Bench.Consoles;

/// <summary>
/// What becomes of a console's bytes: lines, without secrets, in the ring and in the files, told to the listener. Not thread safe: the capture's
/// owner task alone feeds it; anybody may read <see cref="Ring"/>.
/// </summary>
internal sealed class ConsoleKeep(ConsoleFiles? files, Redactor redactor, IConsoleListener listener) : IDisposable
{
    /// <summary>Lines kept in memory.</summary>
    public const int Kept = 10_000;

    /// <summary>Longest line that is shown in one piece, characters; redacted before it is cut.</summary>
    public const int LongestShown = 4096;

    private const int FloodLinesPerSecond = 2000;

    /// <summary>What lines of the bench's own begin with; a DUT's line that does is stored with a backslash before it.</summary>
    public const string BenchMark = "--- ";

    private static readonly TimeSpan FloodWindow = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FloodToldEvery = TimeSpan.FromMinutes(1);

    private readonly List<RawLine> _lines = [];
    private readonly SecretCarry _carry = new();
    private LineSplitter _splitter = new();
    private TimeSpan _floodSince;
    private TimeSpan _floodTold = TimeSpan.FromHours(-1);
    private int _floodCount;

    /// <summary>The newest lines.</summary>
    public ConsoleRing Ring { get; } = new(Kept);

    /// <summary>Takes bytes; the lines they end are stored by <see cref="Store(TimeSpan)"/>.</summary>
    public void Feed(ReadOnlySpan<byte> bytes, TimeSpan now) => _splitter.Feed(bytes, now, _lines);

    /// <summary>Stores the lines that are whole.</summary>
    public void Store(TimeSpan now)
    {
        if (_lines.Count == 0)
        {
            return;
        }

        int stored = 0;
        try
        {
            foreach (RawLine line in _lines)
            {
                stored++;
                Store(line);
            }
        }
        finally
        {
            // A listener that threw costs no line: the rest is stored with the next ones.
            CountFlood(now, stored);
            _lines.RemoveRange(0, stored);
            files?.Flush();
        }
    }

    /// <summary>Stores what has no line end yet, and begins a new line: the port is gone.</summary>
    public void EndLine()
    {
        if (_splitter.Flush() is { } rest)
        {
            Store(rest);
        }

        _splitter = new LineSplitter();
    }

    /// <summary>A line of the bench's own.</summary>
    public void Say(TimeSpan at, string text)
    {
        files?.Write(at, text, null);
        files?.Flush();
        listener.OnLine(Ring.Add(at, text));
    }

    /// <summary>Closes the files.</summary>
    public void Dispose() => files?.Dispose();

    private void Store(RawLine line)
    {
        string text = Encoding.UTF8.GetString(line.Bytes);
        string safe = redactor.Redact(text, _carry);

        // Raw keeps the bytes as they came, unless they hold a secret: then the redacted text is all that may be kept.
        ReadOnlyMemory<byte> raw = safe == text ? line.Bytes : Encoding.UTF8.GetBytes(safe);
        if (line.Dropped > 0)
        {
            string lost = string.Create(CultureInfo.InvariantCulture, $"--- {line.Dropped} bytes without a line end were not kept: they could not be checked for secrets");
            files?.Write(line.At, lost, null);
            listener.OnLine(Ring.Add(line.At, lost));
            return;
        }

        string shown = safe.Replace('\0', '\uFFFD');
        for (int from = 0; from == 0 || from < shown.Length;)
        {
            int to = Math.Min(shown.Length, from + LongestShown);
            to -= to < shown.Length && char.IsHighSurrogate(shown[to - 1]) ? 1 : 0;
            string piece = to < shown.Length ? shown[from..to] + " --- cut" : shown[from..];
            if (piece.StartsWith(BenchMark, StringComparison.Ordinal) && (from > 0 || text.StartsWith(BenchMark, StringComparison.Ordinal)))
            {
                // Only the bench's own lines begin like this: a DUT must not write a gap into its log, nor hide its lines from the watch.
                piece = '\\' + piece;
            }

            files?.Write(line.At, piece, from == 0 ? raw : null);
            listener.OnLine(Ring.Add(line.At, piece));
            from = Math.Max(to, 1);
        }
    }

    private void CountFlood(TimeSpan now, int count)
    {
        if (now - _floodSince > FloodWindow)
        {
            int rate = (int)(_floodCount / (now - _floodSince).TotalSeconds);
            if (rate > FloodLinesPerSecond && now - _floodTold > FloodToldEvery)
            {
                _floodTold = now;
                listener.OnFlood(now, rate);
            }

            _floodSince = now;
            _floodCount = 0;
        }

        _floodCount += count;
    }
}
