using System.Reflection;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Serialization.NamingConventions;

namespace LabRunner.Reports.Notify;

/// <summary>What is wrong with a file of channels, for a person: the library's own words name types of the program.</summary>
internal static partial class NotifyMistake
{
    private const string Look = "See reports/README.md for the keys";

    /// <summary>What is wrong and how to mend it, both without a final full stop.</summary>
    internal static (string What, string Remedy) Of(YamlException failure)
    {
        string said = (failure.InnerException ?? failure).Message.Split('\n')[0].TrimEnd('.', ' ', '\r');
        if (UnknownKey().Match(said) is { Success: true } key)
        {
            Type owner = key.Groups["type"].Value.EndsWith(nameof(ChannelText), StringComparison.Ordinal) ? typeof(ChannelText) : typeof(NotifyFile);
            return ($"'{key.Groups["key"].Value}' is no key {(owner == typeof(ChannelText) ? "of a channel" : "of the file")}", "Write one of " + string.Join(", ", Keys(owner)));
        }

        if (UnknownWord().Match(said) is { Success: true } word)
        {
            return ($"'{word.Groups["word"].Value}' is no word for 'when'", "Write " + string.Join(" or ", Enum.GetNames<NotifyWhen>().Select(CamelCaseNamingConvention.Instance.Apply)));
        }

        return (TypeName().IsMatch(said) ? "something else is expected here" : said, Look);
    }

    private static IEnumerable<string> Keys(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite).Select(p => CamelCaseNamingConvention.Instance.Apply(p.Name));

    [GeneratedRegex(@"^Property '(?<key>.*)' not found on type '(?<type>[^']*)'", RegexOptions.None, 1000)]
    private static partial Regex UnknownKey();

    [GeneratedRegex("^Requested value '(?<word>.*)' was not found", RegexOptions.None, 1000)]
    private static partial Regex UnknownWord();

    [GeneratedRegex(@"\b(?:System|LabRunner|YamlDotNet)\.", RegexOptions.None, 1000)]
    private static partial Regex TypeName();
}
