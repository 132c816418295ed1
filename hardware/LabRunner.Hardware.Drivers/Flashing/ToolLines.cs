using System.Text;

namespace LabRunner.Hardware.Drivers.Flashing;

/// <summary>
/// Lines of a tool's output from its bytes: colours are taken out, and what redraws a line in place (carriage return, backspaces) ends it.
/// However much a tool prints, no more than one line is held. Not thread safe.
/// </summary>
internal sealed class ToolLines(Action<string> line)
{
    /// <summary>Longer lines are cut into pieces of so many characters.</summary>
    public const int LongestLine = 4096;

    private const char Escape = '\u001B';

    private readonly StringBuilder _text = new();
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly char[] _characters = new char[8192];
    private Mode _mode;

    private enum Mode
    {
        Text,
        Escaped,
        Sequence,
    }

    /// <summary>Takes bytes as they come.</summary>
    public void Take(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            _decoder.Convert(bytes, _characters, flush: false, out int used, out int made, out _);
            bytes = bytes[used..];
            foreach (char c in _characters.AsSpan(0, made))
            {
                Take(c);
            }
        }
    }

    /// <summary>The output is over: what is left is the last line.</summary>
    public void End() => Flush();

    private void Take(char c)
    {
        switch (_mode)
        {
            case Mode.Escaped:
                _mode = c == '[' ? Mode.Sequence : Mode.Text;
                return;
            case Mode.Sequence:
                // Parameters are followed by one final letter.
                _mode = c is >= '@' and <= '~' ? Mode.Text : Mode.Sequence;
                return;
        }

        if (c == Escape)
        {
            _mode = Mode.Escaped;
        }
        else if (c is '\n' or '\r' or '\b' || _text.Length == LongestLine)
        {
            Flush();
        }

        if (!char.IsControl(c) || c == '\t')
        {
            _text.Append(c);
        }
    }

    private void Flush()
    {
        string text = _text.ToString().Trim();
        _text.Clear();
        if (text.Length > 0)
        {
            line(text);
        }
    }
}
