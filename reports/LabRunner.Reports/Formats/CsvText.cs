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
        string raw = text ?? "";

        // Spaces before the sign do not help: some spreadsheets drop them.
        string start = raw.TrimStart(' ', '\u00a0', '\ufeff');
        bool formula = start.Length > 0 && start[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n' or '|' or '%' or '＝' or '＋' or '－' or '＠';
        string safe = formula ? "'" + clean : clean;
        return safe.AsSpan().ContainsAny(Quoted) || safe.StartsWith(' ') || safe.EndsWith(' ') ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }

    internal static string Figure(double? value) =>
        value is { } known && double.IsFinite(known) ? known.ToString("R", CultureInfo.InvariantCulture) : "";
}
