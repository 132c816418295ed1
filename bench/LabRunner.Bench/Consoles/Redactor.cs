using System.Text.Json;
using System.Text.RegularExpressions;

namespace LabRunner.Bench.Consoles;

/// <summary>
/// Takes secrets out of text before anything is stored. OpenBeken prints the Wi-Fi password in clear at each boot ("Using Pass [..]",
/// user_main.c) and the MQTT password at each connection ("mqtt_pass .., mqtt_clientID", new_mqtt.c). Thread safe.
/// </summary>
internal sealed partial class Redactor
{
    /// <summary>Stands where a secret stood.</summary>
    public const string Mask = "***";

    private const string Withheld = "--- line withheld: it could not be checked for secrets";
    private const string UsingPass = "Using Pass [";
    private const int Shortest = 3;

    private readonly string[] _secrets;
    private readonly Regex[] _known;

    /// <param name="secrets">Secrets that the inventory knows, taken out wherever they stand, also as JSON, a URL or HTML spells them. Those of less than 3 characters are left alone.</param>
    public Redactor(IEnumerable<string> secrets)
    {
        _secrets = [.. secrets.Where(s => s.Length >= Shortest).SelectMany(Spellings).Distinct(StringComparer.Ordinal).OrderByDescending(s => s.Length)];

        // A line end or a NUL in the middle of a secret does not make it one less.
        _known = [.. _secrets.Select(s => new Regex(string.Join(@"[\r\n\0]*", s.Select(c => Regex.Escape(c.ToString()))), RegexOptions.CultureInvariant, MatchLimit))];
    }

    private static TimeSpan MatchLimit => TimeSpan.FromSeconds(1);

    /// <summary>Text of any shape without the secrets that the inventory knows; the same instance when it has none.</summary>
    public string RedactKnown(string text)
    {
        for (int i = 0; i < _known.Length; i++)
        {
            // The first letter tells most texts apart without a search.
            if (text.Contains(_secrets[i][0], StringComparison.Ordinal))
            {
                text = _known[i].Replace(text, Mask);
            }
        }

        return text;
    }

    /// <summary>A line that stands alone without its secrets; the same instance when it has none.</summary>
    public string Redact(string line) => Redact(line, new SecretCarry());

    /// <summary>The next line of a console without its secrets.</summary>
    /// <param name="line">Line without its end.</param>
    /// <param name="carry">What the lines before left open; brought up to date.</param>
    public string Redact(string line, SecretCarry carry)
    {
        try
        {
            (int masked, string rest) = carry.Take(line);
            string text = RedactKnown(rest);
            text = MaskNamed(text, carry);
            text = carry.MaskBrokenEnd(text, _secrets);
            return masked > 0 ? Mask + text : ReferenceEquals(text, rest) ? line : text;
        }
        catch (RegexMatchTimeoutException)
        {
            // A line that cannot be checked in time must not be stored: it may hold a secret.
            return Withheld;
        }
    }

    private static IEnumerable<string> Spellings(string secret) =>
    [
        secret,
        JsonSerializer.Serialize(secret)[1..^1],
        JsonSerializer.Serialize(secret, Relaxed)[1..^1],
        Uri.EscapeDataString(secret),
        Uri.EscapeDataString(secret).Replace("%20", "+", StringComparison.Ordinal),
        System.Net.WebUtility.HtmlEncode(secret),
    ];

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // Values behind a name that says what they are, for secrets that nobody told the bench.
    private static string MaskNamed(string text, SecretCarry carry)
    {
        int from = 0;
        while (from < text.Length)
        {
            int wifi = text.IndexOf(UsingPass, from, StringComparison.OrdinalIgnoreCase);
            Match name = text.Contains("pass", StringComparison.OrdinalIgnoreCase) || text.Contains("psk", StringComparison.OrdinalIgnoreCase)
                ? Name().Match(text, from)
                : Match.Empty;
            if (wifi < 0 && !name.Success)
            {
                break;
            }

            bool isWifi = wifi >= 0 && (!name.Success || wifi <= name.Index);
            int start = isWifi ? wifi + UsingPass.Length : name.Index + name.Length;
            (int valueFrom, int valueTo) = isWifi ? Until(text, start, ']', carry) : Value(text, start, carry);
            if (valueTo > valueFrom)
            {
                text = string.Concat(text.AsSpan(0, valueFrom), Mask, text.AsSpan(valueTo));
            }

            from = Math.Max(start, valueTo > valueFrom ? valueFrom + Mask.Length : valueFrom);
        }

        return text;
    }

    private static (int From, int To) Value(string text, int start, SecretCarry carry)
    {
        int from = start;
        string opening = "";
        if (from + 1 < text.Length && text[from] == '\\' && text[from + 1] is '"' or '\'')
        {
            opening = text.Substring(from, 2);
        }
        else if (from < text.Length && text[from] is '"' or '\'' or '[' or '(')
        {
            opening = text[from].ToString();
        }

        from += opening.Length;
        return opening switch
        {
            "[" => Until(text, from, ']', carry),
            "(" => Until(text, from, ')', carry),
            "" => Bare(text, from, carry),
            _ => Quoted(text, from, opening, carry),
        };
    }

    // A password may hold the closing bracket itself, so the last one of the line ends it.
    private static (int From, int To) Until(string text, int from, char closing, SecretCarry carry)
    {
        int end = text.LastIndexOf(closing);
        if (end >= from)
        {
            return (from, end);
        }

        carry.LeaveOpen(closing);
        return (from, text.Length);
    }

    private static (int From, int To) Quoted(string text, int from, string quote, SecretCarry carry)
    {
        for (int i = from; i < text.Length; i++)
        {
            if (string.CompareOrdinal(text, i, quote, 0, quote.Length) == 0)
            {
                return (from, i);
            }

            i += text[i] == '\\' ? (quote.Length == 2 ? 3 : 1) : 0;
        }

        carry.LeaveOpen(quote[^1]);
        return (from, text.Length);
    }

    // Without quotes a value may hold spaces: it ends where the next setting begins, or with the line.
    private static (int From, int To) Bare(string text, int from, SecretCarry carry)
    {
        Match next = SecretCarry.NextSetting().Match(text, from);
        if (next.Success)
        {
            return (from, next.Index);
        }

        carry.LeaveBare();
        return (from, text.Length);
    }

    // The first alternative names a password beyond doubt, so a space may stand for the sign; the words of the second are also used in
    // sentences and need one. A lone pass= is only one in a query.
    [GeneratedRegex(
        @"(?:(?<![A-Za-z0-9])(?:mqtt[_ ]?pass(?:word)?|wi-?fi[_ ]?pass(?:word|phrase)?|web[_ ]?pass(?:word)?|ssid\d?[_ ]?pass(?:word)?|password\d)(?:\\?[""'])?(?:\s*[:=]\s*|\s+(?=\S)|(?=[\[(]))|(?:(?<![A-Za-z0-9])(?:passw(?:or)?d|passphrase|psk)|(?<=[?&])pass)(?:\\?[""'])?\s*[:=]\s*)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Name();
}
