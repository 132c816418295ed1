using System.Text.RegularExpressions;

namespace LabRunner.Bench.Watch;

/// <summary>The line that OpenBeken writes every 10 s (user_main.c): what it believes of its network.</summary>
/// <param name="Joined">sta: joined as a station.</param>
/// <param name="AccessPoint">softap: its own access point is open.</param>
/// <param name="HasAddress">ip is one, not 0.0.0.0.</param>
internal sealed partial record NetworkLine(bool Joined, bool AccessPoint, bool HasAddress)
{
    /// <summary>Reads a console line; null when it is no such line.</summary>
    public static NetworkLine? Parse(string line)
    {
        if (!line.Contains("softap:", StringComparison.Ordinal))
        {
            return null;
        }

        Match match = Shape().Match(line);
        return match.Success
            ? new NetworkLine(match.Groups["sta"].ValueSpan is "1", match.Groups["ap"].ValueSpan is "1", match.Groups["ip"].ValueSpan is not ("0.0.0.0" or "(null)" or ""))
            : null;
    }

    [GeneratedRegex(@"Info:MAIN:sta: (?<sta>\d), softap: (?<ap>\d), ip: (?<ip>[^,\s]*)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Shape();
}
