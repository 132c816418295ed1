using System.Text.RegularExpressions;

namespace LabRunner.Bench.Consoles;

/// <summary>
/// Takes secrets out of console lines before anything is stored. OpenBeken prints the Wi-Fi password in clear at each boot
/// ("Using Pass [..]", user_main.c). Thread safe.
/// </summary>
internal sealed class Redactor(IEnumerable<string> secrets)
{
    private const string Mask = "***";
    private static readonly TimeSpan MatchLimit = TimeSpan.FromSeconds(1);

    private static readonly Regex[] Patterns =
    [
        new(@"(?<=Using Pass \[).*(?=\])", RegexOptions.CultureInvariant, MatchLimit),
        new(@"(?<=Using Pass \[)[^\]]*$", RegexOptions.CultureInvariant, MatchLimit),
        new(
            @"(?<=\b(?:mqtt[_ ]?pass(?:word)?|mqttpassword|wifi[_ ]?pass(?:word)?|ssid1?[_ ]?pass|password[12]?|passwd|psk)\b[""']?\s*[:=]?\s*[\[""'(]?)[^\s\]""')\[:=,]+",
            RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, MatchLimit),
    ];

    private readonly string[] _secrets = [.. secrets.Where(s => s.Length > 2).OrderByDescending(s => s.Length)];

    /// <summary>The line without its secrets; the same instance when it has none.</summary>
    public string Redact(string line)
    {
        string text = line;
        foreach (string secret in _secrets)
        {
            text = text.Replace(secret, Mask, StringComparison.Ordinal);
        }

        if (text.Contains("ass", StringComparison.OrdinalIgnoreCase) || text.Contains("psk", StringComparison.OrdinalIgnoreCase))
        {
            foreach (Regex pattern in Patterns)
            {
                try
                {
                    text = pattern.Replace(text, Mask);
                }
                catch (RegexMatchTimeoutException)
                {
                    // A line that cannot be checked in time must not be stored: it may hold a secret.
                    return "--- line withheld: it could not be checked for secrets";
                }
            }
        }

        return text;
    }
}
