using System.Globalization;

namespace LabRunner.Reports.Records;

/// <summary>A line of a console with its run time.</summary>
/// <param name="At">Run time, seconds.</param>
/// <param name="Text">What the DUT said, or the bench noted; untrusted.</param>
public readonly record struct ConsoleLine(double At, string Text);

/// <summary>
/// The lines around moments of interest, out of consoles/&lt;slot&gt;.log: one pass over each file, whatever its size. Consoles are written with
/// secrets redacted. A missing file, or one behind a link, gives no lines.
/// </summary>
public static class ConsoleExcerpts
{
    /// <summary>Longest part of a line that is kept, characters.</summary>
    public const int LineLimit = 300;

    /// <summary>For each moment the last lines up to it and a few after it.</summary>
    /// <param name="runFolder">Run folder.</param>
    /// <param name="slot">Slot name; untrusted.</param>
    /// <param name="moments">Run times, seconds, in any order.</param>
    /// <param name="before">Lines up to the moment, 1 or more.</param>
    /// <param name="after">Lines after it, 0 or more.</param>
    /// <param name="reach">Lines further away than this are left out, seconds.</param>
    /// <returns>By moment; a moment without lines is missing.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyDictionary<double, IReadOnlyList<ConsoleLine>> Around(
        string runFolder, string slot, IEnumerable<double> moments, int before = 14, int after = 6, double reach = 120)
    {
        Dictionary<double, IReadOnlyList<ConsoleLine>> excerpts = [];
        double[] wanted = [.. moments.Where(double.IsFinite).Distinct().Order()];
        if (wanted.Length == 0 || slot.Contains('/', StringComparison.Ordinal) || RunFiles.Find(runFolder, $"consoles/{slot}.log") is not { } path)
        {
            return excerpts;
        }

        Queue<ConsoleLine> ring = new();
        List<(double Moment, List<ConsoleLine> Lines, int Left)> open = [];
        int next = 0;
        using StreamReader reader = new(path);
        BoundedLines lines = new(reader, LineLimit + 80);
        while (lines.Next(out ReadOnlySpan<char> text))
        {
            // Most lines of a night are near no moment: no text is made of them.
            if (!Parse(text, out double time, out int start) || (open.Count == 0 && wanted[next] - time > reach))
            {
                continue;
            }

            ConsoleLine line = new(time, text[start..].ToString());

            while (next < wanted.Length && line.At > wanted[next])
            {
                open.Add((wanted[next], [.. ring.Where(l => wanted[next] - l.At <= reach)], after));
                next++;
            }

            for (int i = open.Count - 1; i >= 0; i--)
            {
                (double moment, List<ConsoleLine> taken, int left) = open[i];
                bool near = left > 0 && line.At - moment <= reach;
                if (near)
                {
                    taken.Add(line);
                    open[i] = (moment, taken, left - 1);
                }

                if (!near || left == 1)
                {
                    Close(excerpts, moment, taken);
                    open.RemoveAt(i);
                }
            }

            ring.Enqueue(line);
            if (ring.Count > before)
            {
                ring.Dequeue();
            }

            if (next == wanted.Length && open.Count == 0)
            {
                return excerpts;
            }
        }

        foreach ((double moment, List<ConsoleLine> taken, _) in open)
        {
            Close(excerpts, moment, taken);
        }

        foreach (double moment in wanted[next..])
        {
            Close(excerpts, moment, [.. ring.Where(l => moment - l.At <= reach)]);
        }

        return excerpts;
    }

    private static void Close(Dictionary<double, IReadOnlyList<ConsoleLine>> excerpts, double moment, List<ConsoleLine> lines)
    {
        if (lines.Count > 0)
        {
            excerpts[moment] = lines;
        }
    }

    /// <summary>"2026-01-01T00:00:00.000Z +12.345 text": the time, and where the text starts; false for anything else.</summary>
    private static bool Parse(ReadOnlySpan<char> line, out double at, out int start)
    {
        (at, start) = (0, 0);
        int plus = line.IndexOf(" +", StringComparison.Ordinal);
        int end = plus < 0 ? -1 : line[(plus + 2)..].IndexOf(' ');
        start = plus + 3 + end;
        return end >= 0 && double.TryParse(line.Slice(plus + 2, end), NumberStyles.Float, CultureInfo.InvariantCulture, out at);
    }

    /// <summary>Lines of which no more than the first part is held, so that one of many megabytes costs nothing.</summary>
    private sealed class BoundedLines(StreamReader reader, int most)
    {
        private readonly char[] _buffer = new char[16_384];
        private readonly char[] _line = new char[most];
        private int _at;
        private int _length;

        /// <summary>The next line, good until the next call; false at the end.</summary>
        internal bool Next(out ReadOnlySpan<char> line)
        {
            int held = 0;
            bool any = false;
            while (true)
            {
                if (_at == _length)
                {
                    (_at, _length) = (0, reader.Read(_buffer));
                    if (_length == 0)
                    {
                        line = _line.AsSpan(0, held);
                        return any;
                    }
                }

                any = true;
                ReadOnlySpan<char> rest = _buffer.AsSpan(_at, _length - _at);
                int end = rest.IndexOf('\n');
                ReadOnlySpan<char> part = end < 0 ? rest : rest[..end];
                part = part[..Math.Min(part.Length, most - held)];
                part.CopyTo(_line.AsSpan(held));
                held += part.Length;
                _at += end < 0 ? rest.Length : end + 1;
                if (end >= 0)
                {
                    line = _line.AsSpan(0, held);
                    return true;
                }
            }
        }
    }
}
