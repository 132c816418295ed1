namespace LabRunner.Bench.Consoles;

/// <summary>A line as it came.</summary>
/// <param name="At">Run time of its first byte.</param>
/// <param name="Bytes">Without line end, at most <see cref="LineSplitter.Checked"/>.</param>
/// <param name="Dropped">Bytes thrown away since the line before, which was longer than that; the rest of the line is empty then.</param>
internal readonly record struct RawLine(TimeSpan At, byte[] Bytes, long Dropped);

/// <summary>
/// Splits bytes into lines at LF; a CR before it is dropped. A line is whole up to <see cref="Checked"/> bytes, because only a whole
/// line can be checked for secrets; what comes after that without a line end is thrown away and counted. Not thread safe.
/// </summary>
internal sealed class LineSplitter
{
    /// <summary>Longest line in bytes. OpenBeken's log line has at most 1024; a UART at the wrong speed has no line ends at all.</summary>
    public const int Checked = 65_536;

    private readonly byte[] _buffer = new byte[Checked];
    private int _length;
    private long _dropped;
    private bool _told;
    private TimeSpan _at;

    /// <summary>Takes bytes that were read at a run time and adds the lines they complete to <paramref name="lines"/>.</summary>
    public void Feed(ReadOnlySpan<byte> bytes, TimeSpan at, List<RawLine> lines)
    {
        while (bytes.Length > 0)
        {
            if (_length == 0)
            {
                _at = at;
            }

            int end = bytes.IndexOf((byte)'\n');
            int part = end < 0 ? bytes.Length : end;
            int take = Math.Min(part, Checked - _length);
            bytes[..take].CopyTo(_buffer.AsSpan(_length));
            _length += take;
            _dropped += part - take;
            bytes = bytes[part..];
            if (end >= 0)
            {
                bytes = bytes[1..];
                lines.Add(Complete());
            }
            else if (_length == Checked && !_told)
            {
                // Said at once: the end of such a line may never come.
                _told = true;
                lines.Add(new RawLine(_at, _buffer.AsSpan().ToArray(), 0));
            }
        }
    }

    /// <summary>What has no line end yet; null when there is nothing.</summary>
    public RawLine? Flush() => _length == 0 ? null : Complete();

    private RawLine Complete()
    {
        int length = _told ? 0 : _length > 0 && _buffer[_length - 1] == (byte)'\r' ? _length - 1 : _length;
        RawLine line = new(_at, _buffer.AsSpan(0, length).ToArray(), _dropped);
        (_length, _dropped, _told) = (0, 0, false);
        return line;
    }
}
