using System.Buffers;
using System.Globalization;

namespace LabRunner.Reports.Formats;

/// <summary>
/// CSV after RFC 4180. A text that a spreadsheet would take for a formula (it begins with =, +, -, @, a tab or a carriage return) gets an
/// apostrophe before it, which spreadsheets hide; figures stay figures. Control characters become pictures as everywhere.
/// </summary>
internal static class CsvText
{
    private static readonly SearchValues<char> Quoted = SearchValues.Create("\",;\n\r\t'");

    internal static string Text(string? text)
    {
        string clean = SafeText.OneLine(text);

        // Of what is written, since a colour before the sign goes; and of what was said, since a tab or a line end becomes a space.
        string safe = IsFormula(clean) || IsFormula(text ?? "") ? "'" + clean : clean;
        return safe.AsSpan().ContainsAny(Quoted) || safe.StartsWith(' ') || safe.EndsWith(' ') ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }

    // Spaces before the sign do not help: some spreadsheets drop them.
    private static bool IsFormula(string text)
    {
        string start = text.TrimStart(' ', '\u00a0', '\ufeff');
        return start.Length > 0 && start[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n' or '|' or '%' or '＝' or '＋' or '－' or '＠';
    }

    internal static string Figure(double? value) =>
        value is { } known && double.IsFinite(known) ? known.ToString("R", CultureInfo.InvariantCulture) : "";
}
