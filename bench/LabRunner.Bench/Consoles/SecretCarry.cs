using System.Text.RegularExpressions;
using LabRunner.Bench.Watch;

namespace LabRunner.Bench.Consoles;

/// <summary>
/// What a console line leaves for the next one: a secret whose value has not ended, because a line end came into the middle of it. Lines
/// of the firmware's own in between are left alone. One per console; not thread safe.
/// </summary>
internal sealed partial class SecretCarry
{
    // A Wi-Fi passphrase has at most 63 characters; OpenBeken's fields for the others at most 128.
    private const int MostCharacters = 128;
    private const int MostLines = 4;

    // The beginning of a known secret at a line's end is masked from here on; less of it tells nothing.
    private const int Telling = 3;

    private readonly List<string> _rest = [];
    private char? _closing;
    private bool _bare;
    private int _characters;
    private int _lines;

    /// <summary>A value went on at the end of the line, and this ends it.</summary>
    public void LeaveOpen(char closing) => (_closing, _characters, _lines) = (closing, MostCharacters, MostLines);

    /// <summary>A value without quotes reached the end of the line.</summary>
    public void LeaveBare() => _bare = true;

    /// <summary>Begins a line.</summary>
    /// <returns>How many characters at its start belong to a secret that began before, and what follows them.</returns>
    public (int Masked, string After) Take(string line)
    {
        int masked = 0;
        bool bare = _bare;
        _bare = false;
        string[] rest = [.. _rest];
        _rest.Clear();
        if (line.Length == 0)
        {
            _rest.AddRange(rest);
            _bare = bare;
            return (0, line);
        }

        foreach (string known in rest)
        {
            if (line.StartsWith(known, StringComparison.Ordinal))
            {
                masked = Math.Max(masked, known.Length);
            }
            else if (known.StartsWith(line, StringComparison.Ordinal))
            {
                masked = line.Length;
                _rest.Add(known[line.Length..]);
            }
        }

        if (masked == 0 && bare && !OwnLine().IsMatch(line) && NextSetting().Match(line) is { Success: true, Index: > 0 and <= MostCharacters } next
            && next.Value.Contains("mqtt_", StringComparison.OrdinalIgnoreCase))
        {
            masked = next.Index;
        }

        if (masked == 0 && _closing is { } closing)
        {
            masked = TakeOpen(line, closing);
        }

        return (masked, line[masked..]);
    }

    /// <summary>Masks the beginning of a known secret at the end of a line and remembers what is to follow.</summary>
    public string MaskBrokenEnd(string text, IReadOnlyList<string> secrets)
    {
        int longest = 0;
        foreach (string secret in secrets)
        {
            for (int k = Math.Min(secret.Length - 1, text.Length); k >= 1; k--)
            {
                if (string.CompareOrdinal(text, text.Length - k, secret, 0, k) != 0)
                {
                    continue;
                }

                if (secret.Length - k >= 3)
                {
                    _rest.Add(secret[k..]);
                }

                longest = k >= Telling ? Math.Max(longest, k) : longest;
            }
        }

        return longest == 0 ? text : text[..^longest] + Redactor.Mask;
    }

    // What ends a value that has no quotes: the next setting of the same line, as OpenBeken's log and URLs write them.
    [GeneratedRegex(@"&|,\s+mqtt_\w+\s|[,;]?\s+(?:mqtt_\w+|host|port|user(?:name)?|client(?:id)?|ssid\d?|ip|group|topic)\s*[=:]", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 1000)]
    public static partial Regex NextSetting();

    private int TakeOpen(string line, char closing)
    {
        if (BootBanner.IsLine(line) || --_lines < 0)
        {
            // After a boot nobody prints the rest.
            _closing = null;
            return 0;
        }

        if (OwnLine().IsMatch(line))
        {
            return 0;
        }

        int end = line.IndexOf(closing, StringComparison.Ordinal);
        int masked = end >= 0 && end <= _characters ? end : Math.Min(line.Length, _characters);
        _characters -= masked;
        _closing = end >= 0 || _characters <= 0 ? null : closing;
        return masked;
    }

    [GeneratedRegex(@"^(?:Info|Error|Warn|Debug|Extra\w*):\w+:|^---|Exception Entry--->>>|^Current task", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex OwnLine();
}
