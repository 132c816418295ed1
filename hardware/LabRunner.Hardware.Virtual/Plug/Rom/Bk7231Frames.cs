namespace LabRunner.Hardware.Virtual.Plug.Rom;

/// <summary>A command as it arrived.</summary>
internal readonly record struct Bk7231Frame(bool IsLong, byte Command, byte[] Data);

/// <summary>
/// The receiver of a BK7231's download mode: looks for 01 E0 FC, then waits for as many bytes as announced, however long that takes, so
/// that a frame which lost a byte is filled up with the beginning of the next. Whether the real one has a time limit is not known; without
/// one it asks more of its host.
/// </summary>
internal sealed class Bk7231Frames
{
    private const int LongestFrame = 1 + 4 + 4096;

    private readonly List<byte> _bytes = [];

    public void Add(ReadOnlySpan<byte> bytes) => _bytes.AddRange(bytes);

    public void Clear() => _bytes.Clear();

    /// <summary>The next whole command; null when there is none yet.</summary>
    public Bk7231Frame? Next()
    {
        while (Find())
        {
            if (_bytes.Count < 4)
            {
                return null;
            }

            bool isLong = _bytes[3] == 0xFF;
            int head = isLong ? 7 : 4;
            if (_bytes.Count < head)
            {
                return null;
            }

            int count = isLong ? _bytes[5] | (_bytes[6] << 8) : _bytes[3];
            if (count is 0 or > LongestFrame || (isLong && _bytes[4] != 0xF4))
            {
                _bytes.RemoveRange(0, 3);
                continue;
            }

            if (_bytes.Count < head + count)
            {
                return null;
            }

            byte[] body = [.. _bytes.GetRange(head, count)];
            _bytes.RemoveRange(0, head + count);
            return new Bk7231Frame(isLong, body[0], body[1..]);
        }

        return null;
    }

    /// <summary>Throws away what comes before the mark of a command.</summary>
    private bool Find()
    {
        while (_bytes.Count > 0)
        {
            if (_bytes[0] == 0x01 && (_bytes.Count < 2 || _bytes[1] == 0xE0) && (_bytes.Count < 3 || _bytes[2] == 0xFC))
            {
                return true;
            }

            int next = _bytes.IndexOf(0x01, 1);
            _bytes.RemoveRange(0, next < 0 ? _bytes.Count : next);
        }

        return false;
    }
}
