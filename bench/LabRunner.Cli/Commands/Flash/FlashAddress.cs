using System.CommandLine;
using System.Globalization;

namespace LabRunner.Cli.Commands.Flash;

/// <summary>An option that takes a flash address or length: 65536 or 0x10000, below 16 MiB, the largest flash of any of the chips.</summary>
internal sealed class FlashAddress
{
    private const long Most = 16 * 1024 * 1024;

    public FlashAddress(string name, string description)
    {
        Option = new Option<string?>(name) { Description = description };
        Option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string?>() is { } text && Parse(text) is null)
            {
                result.AddError($"{name}: '{text}' is no number of bytes. Write 65536 or 0x10000, at most 0x{Most:X}.");
            }
        });
    }

    public Option<string?> Option { get; }

    /// <summary>The number; null where the option is not given.</summary>
    public long? Value(ParseResult parsed) => parsed.GetValue(Option) is { } text ? Parse(text) : null;

    private static long? Parse(string text)
    {
        bool hex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        return long.TryParse(hex ? text[2..] : text, hex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number is >= 0 and <= Most
            ? number
            : null;
    }
}
