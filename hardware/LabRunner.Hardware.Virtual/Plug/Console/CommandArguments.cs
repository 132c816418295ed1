using System.Globalization;

namespace LabRunner.Hardware.Virtual.Plug.Console;

/// <summary>Arguments of a console command, split at spaces; quotes keep a text together.</summary>
/// <param name="Name">The command word as typed.</param>
/// <param name="Raw">Everything after it.</param>
internal sealed record CommandArguments(string Name, string Raw)
{
    private readonly List<string> _words = Split(Raw);

    public int Count => _words.Count;

    public string this[int index] => index < _words.Count ? _words[index] : "";

    /// <summary>atoi: what is no number is 0.</summary>
    public int Integer(int index, int otherwise = 0)
    {
        if (index >= Count)
        {
            return otherwise;
        }

        return int.TryParse(this[index], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) ? value : (int)Number(index);
    }

    /// <summary>atof: what is no number is 0.</summary>
    public double Number(int index) =>
        double.TryParse(this[index], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : 0;

    /// <summary>Everything from a word on.</summary>
    public string From(int index) => string.Join(' ', _words.Skip(index));

    private static List<string> Split(string raw)
    {
        List<string> words = [];
        int i = 0;
        while (i < raw.Length)
        {
            while (i < raw.Length && char.IsWhiteSpace(raw[i]))
            {
                i++;
            }

            if (i >= raw.Length)
            {
                break;
            }

            int end;
            if (raw[i] == '"')
            {
                end = raw.IndexOf('"', i + 1);
                end = end < 0 ? raw.Length : end;
                words.Add(raw[(i + 1)..end]);
                i = end + 1;
            }
            else
            {
                end = i;
                while (end < raw.Length && !char.IsWhiteSpace(raw[end]))
                {
                    end++;
                }

                words.Add(raw[i..end]);
                i = end;
            }
        }

        return words;
    }
}
