namespace LabRunner.Bench.Consoles;

/// <summary>A line as it came.</summary>
/// <param name="At">Run time of its first byte.</param>
/// <param name="Bytes">Without line end.</param>
/// <param name="Cut">True: the line was longer than <see cref="LineSplitter.Longest"/> and goes on in the next one.</param>
internal readonly record struct RawLine(TimeSpan At, byte[] Bytes, bool Cut);

/// <summary>Splits bytes into lines at LF; a CR before it is dropped. Not thread safe.</summary>
internal sealed class LineSplitter
{
    /// <summary>Longest line in bytes. OpenBeken's log line has at most 1024.</summary>
    public const int Longest = 4096;

    private readonly byte[] _buffer = new byte[Longest];
    private int _length;
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
            int take = Math.Min(end < 0 ? bytes.Length : end, Longest - _length);
            bytes[..take].CopyTo(_buffer.AsSpan(_length));
            _length += take;
            bytes = bytes[take..];
            if (bytes.Length > 0 && bytes[0] == (byte)'\n')
            {
                bytes = bytes[1..];
                lines.Add(Complete(cut: false));
            }
            else if (_length == Longest)
            {
                lines.Add(Complete(cut: true));
            }
        }
    }

    /// <summary>What has no line end yet; null when there is nothing.</summary>
    public RawLine? Flush() => _length == 0 ? null : Complete(cut: false);

    private RawLine Complete(bool cut)
    {
        int length = !cut && _length > 0 && _buffer[_length - 1] == (byte)'\r' ? _length - 1 : _length;
        RawLine line = new(_at, _buffer.AsSpan(0, length).ToArray(), cut);
        _length = 0;
        return line;
    }
}
