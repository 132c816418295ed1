using System.CommandLine;
using LabRunner.Bench.Hosting;

namespace LabRunner.Cli.Commands;

/// <summary>An option that is a list with commas.</summary>
internal static class ListOption
{
    /// <summary>Its entries; null: it is not given.</summary>
    /// <exception cref="UsageException">It is given and names nothing.</exception>
    public static IReadOnlyList<string>? Of(ParseResult parsed, Option<string?> option) => parsed.GetValue(option) is not { } text ? null
        : text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is { Length: > 0 } entries ? entries
        : throw new UsageException($"{option.Name}: an empty value names nothing. Leave the option out, or give it one.");
}
