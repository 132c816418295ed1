using System.Text.RegularExpressions;
using LabRunner.Hardware.Faults;

namespace LabRunner.Reports.Notify;

/// <summary>References to secrets: ${env:NAME} is an environment variable, ${file:PATH} the first line of a file.</summary>
internal static partial class SecretText
{
    internal static bool IsReference(string text) => Reference().IsMatch(text);

    /// <summary>The secret behind a reference; any other text is itself.</summary>
    /// <exception cref="BenchFaultException">Kind Configuration: the variable is not set, the file cannot be read, or it is empty.</exception>
    internal static string Read(string text, Func<string, string?> variable)
    {
        Match match = Reference().Match(text);
        if (!match.Success)
        {
            return text;
        }

        string name = match.Groups["name"].Value;
        string? secret;
        try
        {
            secret = match.Groups["kind"].Value == "env" ? variable(name) : File.ReadLines(name).FirstOrDefault();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BenchFaultException(FaultKind.Configuration, text, $"the file with the secret cannot be read ({e.Message})", "Give it to the user that runs LabRunner, and to nobody else", e);
        }

        return secret?.Trim() is { Length: > 0 } found
            ? found
            : throw new BenchFaultException(FaultKind.Configuration, text, "there is no secret behind it", match.Groups["kind"].Value == "env" ? $"Set {name}" : $"Write the secret on the first line of {name}");
    }

    [GeneratedRegex(@"^\$\{(?<kind>env|file):(?<name>[^}]+)\}$", RegexOptions.None, 1000)]
    private static partial Regex Reference();
}
