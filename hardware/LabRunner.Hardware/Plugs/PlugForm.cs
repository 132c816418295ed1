using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace LabRunner.Hardware.Plugs;

/// <summary>The fields that a settings page of the firmware shows with what is set (http_fns.c). Tolerant: what is not there is left out. Pure.</summary>
public static partial class PlugForm
{
    /// <summary>Names and values of the page's input fields, in their order.</summary>
    public static IReadOnlyList<(string Name, string Value)> Fields(string html)
    {
        ArgumentNullException.ThrowIfNull(html);
        List<(string, string)> fields = [];
        foreach (Match tag in Input().Matches(html))
        {
            if (Name().Match(tag.Value) is { Success: true } name)
            {
                fields.Add((name.Groups[1].Value, Value().Match(tag.Value) is { Success: true } value ? WebUtility.HtmlDecode(value.Groups[2].Value) : ""));
            }
        }

        return fields;
    }

    /// <summary>Start values by channel, off /cfg_startup: a form a channel, with its number in idx and the value in value.</summary>
    public static IReadOnlyDictionary<int, int> StartValues(string html)
    {
        Dictionary<int, int> values = [];
        int? channel = null;
        foreach ((string name, string text) in Fields(html))
        {
            int? number = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int parsed) ? parsed : null;
            if (name == "idx")
            {
                channel = number;
            }
            else if (name == "value" && channel is { } known && number is { } value)
            {
                values[known] = value;
            }
        }

        return values;
    }

    [GeneratedRegex("<input[^<>]{0,1000}>", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Input();

    [GeneratedRegex("""\sname=["']?([\w-]{1,40})""", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Name();

    [GeneratedRegex("""\svalue=(["'])(.{0,600}?)\1""", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex Value();
}
