using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace LabRunner.Hardware.Drivers.Plugs;

/// <summary>A reply of the firmware's web server, which is HTTP only by and large.</summary>
/// <param name="Status">Status code; negative ones occur.</param>
/// <param name="Body">What follows the headers, as text.</param>
internal sealed partial record HttpReply(int Status, string Body)
{
    private const int LongestLine = 200;

    /// <summary>
    /// Reads status line (ended by a bare LF or CRLF), headers and body. Null where the bytes do not begin as a reply. Never throws.
    /// </summary>
    public static HttpReply? Parse(ReadOnlySpan<byte> bytes)
    {
        string text = Encoding.UTF8.GetString(bytes);
        Match line = StatusLine().Match(text);
        return line.Success && int.TryParse(line.Groups[1].ValueSpan, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int status)
            ? new HttpReply(status, HeadersEnd().Match(text, line.Index + line.Length - 1) is { Success: true } end ? text[(end.Index + end.Length)..] : "")
            : null;
    }

    /// <summary>The first line as it came, without its end and without control characters; empty when there is none.</summary>
    public static string FirstLine(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)'\n');
        string line = Encoding.UTF8.GetString(bytes[..Math.Min(end < 0 ? bytes.Length : end, LongestLine)]);
        return string.Concat(line.Where(c => !char.IsControl(c)));
    }

    /// <summary>
    /// Length at which the reply is complete because it says so; null where only the end of the connection tells, which is this firmware's
    /// normal way.
    /// </summary>
    public static int? CompleteAt(ReadOnlySpan<byte> bytes)
    {
        string head = Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, 4096)]);
        Match end = HeadersEnd().Match(head);
        if (!end.Success)
        {
            return null;
        }

        Match length = ContentLength().Match(head[..end.Index]);
        return length.Success && int.TryParse(length.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out int body)
            && body < int.MaxValue - end.Index - end.Length
            ? end.Index + end.Length + body
            : null;
    }

    [GeneratedRegex(@"\AHTTP/\d\.\d[ \t]+(-?\d{1,9})[^\n]*\n", RegexOptions.CultureInvariant)]
    private static partial Regex StatusLine();

    // From the LF of a line on: an empty line follows.
    [GeneratedRegex(@"\n\r?\n", RegexOptions.CultureInvariant)]
    private static partial Regex HeadersEnd();

    [GeneratedRegex(@"\nContent-Length:[ \t]*(\d{1,9})[ \t]*\r?(\n|\z)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex ContentLength();
}
