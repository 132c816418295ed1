using System.Text.RegularExpressions;
using LabRunner.Hardware.Faults;

namespace LabRunner.Reports.Formats;

/// <summary>Hides values of keys that name a secret in text of an inventory (YAML, block and flow style) and in URLs.</summary>
internal static partial class Secrets
{
    internal const string Hidden = "(hidden)";

    internal const string NotSearched = "(not shown: the text could not be searched for secrets)";

    internal static string Hide(string text)
    {
        try
        {
            return UrlLogin.Hide(
                Value().Replace(
                    Block().Replace(text, "${head}" + Hidden),
                    m => m.Groups["key"].Value + Hidden),
                Hidden);
        }
        catch (RegexMatchTimeoutException)
        {
            // Rather no text than a text whose secrets may be in it.
            return NotSearched;
        }
    }

    // A block scalar (key: |) and all lines that are set deeper than its key.
    [GeneratedRegex(@"(?<head>^(?<indent>[ \t]*)(?:-[ \t]+)?[""']?[\w.-]*(?:pass|secret|token|psk|key)[\w.-]*[""']?[ \t]*:[ \t]*)[|>][^\n]*(?:\n(?:\k<indent>[ \t]+[^\n]*|[ \t]*(?=\n)))*", RegexOptions.IgnoreCase | RegexOptions.Multiline, 2000)]
    private static partial Regex Block();

    [GeneratedRegex(@"(?<key>(?<![\w.-])[""']?[\w.-]*(?:pass|secret|token|psk|key)[\w.-]*[""']?[ \t]*[:=][ \t]*)(?:""(?:\\.|[^""\\\n])*""|'(?:''|[^'\n])*'|[^\s,}#][^,}\n]*)", RegexOptions.IgnoreCase, 2000)]
    private static partial Regex Value();
}
