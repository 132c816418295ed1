using System.Text.RegularExpressions;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Faults;

namespace LabRunner.Hardware.Drivers.Commands;

/// <summary>A command whose output answers yes or no: the output matches the pattern, or it does not.</summary>
internal sealed class YesNoCommand(IDriverContext context, string key, string template, string patternKey, string pattern, TimeSpan limit)
{
    private readonly ShellCommand _command = new(context, key, template, limit);
    private readonly Regex _pattern = ShellCommand.Pattern(context, patternKey, pattern);

    /// <summary>Asks once.</summary>
    /// <exception cref="BenchFaultException">Kind Command: it failed.</exception>
    public async Task<bool> AskAsync(CancellationToken cancellationToken)
    {
        string output = await _command.RunAsync(null, cancellationToken).ConfigureAwait(false);
        try
        {
            return _pattern.IsMatch(output);
        }
        catch (RegexMatchTimeoutException slow)
        {
            throw new BenchFaultException(
                FaultKind.Configuration, context.Place, $"'{patternKey}' takes too long on the output of '{key}'", "Use a simpler expression", slow);
        }
    }
}
