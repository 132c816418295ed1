using System.Text.RegularExpressions;

namespace LabRunner.Hardware.Faults;

/// <summary>Logins in URLs (scheme://user:password@host), which a sentence for people or a log must not repeat.</summary>
public static partial class UrlLogin
{
    /// <summary>A text without them.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="mask">Stands where a login stood.</param>
    /// <exception cref="RegexMatchTimeoutException">It could not be searched within 2 s: it must not be shown.</exception>
    public static string Hide(string text, string mask) => Pattern().Replace(text, "${scheme}" + mask + "@");

    [GeneratedRegex(@"(?<scheme>(?<![a-z0-9+.-])[a-z][a-z0-9+.-]*://)[^\s/@:]*:[^\s/]*@", RegexOptions.IgnoreCase, 2000)]
    private static partial Regex Pattern();
}
