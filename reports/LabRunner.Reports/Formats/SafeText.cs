using System.Globalization;
using System.Text;

namespace LabRunner.Reports.Formats;

/// <summary>
/// Text of devices on its way into a file for people. Control characters become their pictures (U+2400…), so that they are seen and do
/// nothing; colours of a console are dropped; characters that turn the reading direction, line ends beside the usual ones, and halves of characters,
/// become U+FFFD.
/// </summary>
public static class SafeText
{
    /// <summary>Characters kept of one text unless told otherwise.</summary>
    public const int DefaultLimit = 4000;

    private const char Replacement = '\uFFFD';

    /// <summary>Cleans <paramref name="text"/>; line feeds and tabs stay. What is cut off is counted in the text.</summary>
    /// <param name="text">Any text; null gives "".</param>
    /// <param name="limit">Characters kept, at least 1.</param>
    public static string Clean(string? text, int limit = DefaultLimit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        if (string.IsNullOrEmpty(text))
        {
            return "";
        }

        StringBuilder clean = new(Math.Min(text.Length, limit) + 40);
        int index = 0;
        while (index < text.Length && clean.Length < limit)
        {
            int colour = ColourLength(text, index);
            if (colour > 0)
            {
                index += colour;
                continue;
            }

            index += Append(clean, text, index);
        }

        if (index < text.Length)
        {
            clean.Append(CultureInfo.InvariantCulture, $" … ({text.Length - index} more characters)");
        }

        return clean.ToString();
    }

    /// <summary>As <see cref="Clean"/>, on one line.</summary>
    public static string OneLine(string? text, int limit = DefaultLimit) =>
        Clean(text, limit).Replace('\n', ' ').Replace('\t', ' ');

    /// <summary>For readers of Markdown (Allure, Discord): cleaned, and each sign that Markdown would act on with a backslash before it, so that it stays a text.</summary>
    public static string Markdown(string? text, int limit = DefaultLimit)
    {
        string clean = Clean(text, limit);
        StringBuilder escaped = new(clean.Length);
        foreach (char c in clean)
        {
            escaped.Append(c is '\\' or '*' or '_' or '~' or '`' or '|' or '>' or '<' or '#' or '[' or ']' or '(' or ')' ? "\\" : "").Append(c);
        }

        return escaped.ToString();
    }

    private static int Append(StringBuilder clean, string text, int index)
    {
        char c = text[index];
        if (char.IsHighSurrogate(c) && index + 1 < text.Length && char.IsLowSurrogate(text[index + 1]))
        {
            clean.Append(c).Append(text[index + 1]);
            return 2;
        }

        // A Windows line end is one line end.
        if (c == '\r' && index + 1 < text.Length && text[index + 1] == '\n')
        {
            clean.Append('\n');
            return 2;
        }

        clean.Append(c switch
        {
            '\n' or '\t' => c,
            < ' ' => (char)(0x2400 + c),
            '\u007f' => '\u2421',
            >= '\u0080' and <= '\u009f' => Replacement,
            '\u061c' or '\u200e' or '\u200f' => Replacement,
            '\u2028' or '\u2029' => Replacement,
            >= '\u202a' and <= '\u202e' => Replacement,
            >= '\u2066' and <= '\u2069' => Replacement,
            '\ufffe' or '\uffff' => Replacement,
            _ when char.IsSurrogate(c) => Replacement,
            _ => c,
        });
        return 1;
    }

    /// <summary>Length of an SGR sequence (ESC [ digits and semicolons m) at the index, else 0.</summary>
    private static int ColourLength(string text, int index)
    {
        if (text[index] != '\u001b' || index + 1 >= text.Length || text[index + 1] != '[')
        {
            return 0;
        }

        int end = index + 2;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == ';'))
        {
            end++;
        }

        return end < text.Length && text[end] == 'm' ? end - index + 1 : 0;
    }
}
