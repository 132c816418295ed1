using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;

namespace LabRunner.Cli.Terminal;

/// <summary>What is wrong with the arguments, in a few lines: the help of a verb is longer than a screen, and is asked for by name.</summary>
internal static partial class UsageErrors
{
    /// <summary>Says what is wrong, near words, and where the help is.</summary>
    public static async Task SayAsync(ParseResult parsed, TextWriter output)
    {
        if (parsed.Action is ParseErrorAction action)
        {
            action.ShowHelp = false;
        }

        using StringWriter said = new();
        await parsed.InvokeAsync(new InvocationConfiguration { Output = said, Error = said }).ConfigureAwait(false);
        foreach (string line in Choices().Replace(said.ToString(), " $1").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            await output.WriteLineAsync(TypeName().Replace(line, match => KindOf(match.Groups[1].Value))).ConfigureAwait(false);
        }

        List<string> verb = [];
        for (CommandResult? at = parsed.CommandResult; at is { Command: not RootCommand }; at = at.Parent as CommandResult)
        {
            verb.Insert(0, at.Command.Name);
        }

        await output.WriteLineAsync($"All that can be said here: ./lab {string.Join(' ', [.. verb, "--help"])}").ConfigureAwait(false);
    }

    // Each choice stands on a line of its own.
    [GeneratedRegex(@"\r?\n\s*('[^'\r\n]+')(?=\r?\n)")]
    private static partial Regex Choices();

    [GeneratedRegex(@"expected type '([^']+)'\.?")]
    private static partial Regex TypeName();

    // The library names the type of the language; whoever types a command knows numbers and words.
    private static string KindOf(string type) => type switch
    {
        _ when type.Contains("Int", StringComparison.Ordinal) => "a whole number.",
        _ when type.Contains("Double", StringComparison.Ordinal) => "a number.",
        _ when type.Contains("Boolean", StringComparison.Ordinal) => "true or false.",
        _ when type.Contains("TimeSpan", StringComparison.Ordinal) => "a time.",
        _ => "what is wanted here.",
    };
}
