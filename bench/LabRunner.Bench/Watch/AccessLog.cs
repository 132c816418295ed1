using System.Text.RegularExpressions;

namespace LabRunner.Bench.Watch;

/// <summary>What a line of the access point's or the DHCP server's log tells.</summary>
internal enum AccessEventKind
{
    /// <summary>hostapd: the station is associated.</summary>
    Associated,

    /// <summary>hostapd: it is gone. Without a word more the access point itself sent it away.</summary>
    Gone,

    /// <summary>hostapd: it left by itself, or was silent for too long.</summary>
    Left,

    /// <summary>dnsmasq: it has a lease.</summary>
    Leased,

    /// <summary>dnsmasq: it asks for an address.</summary>
    Asking,

    /// <summary>dnsmasq: it was refused, or gave its lease back.</summary>
    LeaseEnded,

    /// <summary>hostapd: the access point is up.</summary>
    AccessPointUp,

    /// <summary>hostapd: the access point is down.</summary>
    AccessPointDown,

    /// <summary>hostapd: the access point moved channel or changed the group key; all stations have to follow.</summary>
    Moved,
}

/// <summary>An event of the access point or DHCP server.</summary>
/// <param name="Kind">What.</param>
/// <param name="Mac">Station, lower case with colons; null where it concerns all.</param>
internal readonly record struct AccessEvent(AccessEventKind Kind, string? Mac);

/// <summary>Reads lines of hostapd (hostapd.conf logger, or its control messages) and of dnsmasq (log-dhcp); also through syslog. Pure.</summary>
internal static partial class AccessLog
{
    private const string MacShape = "(?<mac>(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2})";

    private static readonly (Regex Shape, AccessEventKind Kind)[] Shapes =
    [
        (Connected(), AccessEventKind.Associated), (Disconnected(), AccessEventKind.Gone), (Left(), AccessEventKind.Left),
        (Joined(), AccessEventKind.Associated), (Acknowledged(), AccessEventKind.Leased),
        (Refused(), AccessEventKind.LeaseEnded), (Asks(), AccessEventKind.Asking),
    ];

    /// <summary>The event of a line; null when it tells nothing of a station.</summary>
    public static AccessEvent? Parse(string line)
    {
        if (line.Contains("AP-ENABLED", StringComparison.Ordinal))
        {
            return new(AccessEventKind.AccessPointUp, null);
        }

        if (line.Contains("AP-DISABLED", StringComparison.Ordinal))
        {
            return new(AccessEventKind.AccessPointDown, null);
        }

        if (line.Contains("AP-CSA-FINISHED", StringComparison.Ordinal) || line.Contains("WPA: group key handshake", StringComparison.Ordinal) || line.Contains("WPA rekeying GTK", StringComparison.Ordinal))
        {
            return new(AccessEventKind.Moved, null);
        }

        foreach ((Regex shape, AccessEventKind kind) in Shapes)
        {
            if (shape.Match(line) is { Success: true } match)
            {
                return new(kind, match.Groups["mac"].Value.ToLowerInvariant());
            }
        }

        return null;
    }

    /// <summary>A MAC in one spelling: lower case with colons; null when it is none.</summary>
    public static string? Spell(string mac)
    {
        string digits = string.Concat(mac.Where(char.IsAsciiHexDigit)).ToLowerInvariant();
        return digits.Length == 12 ? string.Join(':', Enumerable.Range(0, 6).Select(i => digits.Substring(2 * i, 2))) : null;
    }

    [GeneratedRegex("AP-STA-CONNECTED " + MacShape, RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Connected();

    [GeneratedRegex("AP-STA-DISCONNECTED " + MacShape, RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Disconnected();

    [GeneratedRegex("STA " + MacShape + " IEEE 802\\.11: (?:disassociated|deauthenticated)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Left();

    [GeneratedRegex("STA " + MacShape + " IEEE 802\\.11: associated", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Joined();

    [GeneratedRegex("DHCPACK\\([^)]*\\) \\S+ " + MacShape, RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Acknowledged();

    [GeneratedRegex("(?:DHCPNAK|DHCPRELEASE|DHCPDECLINE)\\([^)]*\\) \\S+ " + MacShape, RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Refused();

    [GeneratedRegex("DHCPDISCOVER\\([^)]*\\) (?:\\S+ )?" + MacShape, RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Asks();
}
