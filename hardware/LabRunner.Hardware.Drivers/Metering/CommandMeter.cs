// Inventory:
//   meter: { driver: command, read: "wt310-read --once", accuracyPercent: 0.1 }
//   meter: { driver: command, read: "modpoll …", matches: "U=(?<volts>[0-9.]+).*I=(?<amperes>[0-9.]+).*P=(?<watts>[0-9.]+)", accuracyPercent: 0.5 }
using System.ComponentModel;
using System.Globalization;
using System.Text.RegularExpressions;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Commands;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Metering;

namespace LabRunner.Hardware.Drivers.Metering;

/// <summary>Options of <see cref="CommandMeter"/>.</summary>
public sealed record CommandMeterOptions : MeterOptions
{
    /// <summary>Shell command that prints the figures.</summary>
    [Description("Shell command that prints the figures.")]
    public required string Read { get; init; }

    /// <summary>Regular expression with the groups volts, amperes, watts and, where there is a counter, wattHours.</summary>
    [Description("Regular expression with the groups volts, amperes, watts and, where there is a counter, wattHours. Default: three or four numbers in this order.")]
    public string Matches { get; init; } = @"(?<volts>-?[0-9.]+(?:[eE][-+]?[0-9]+)?)[\s,;]+(?<amperes>-?[0-9.]+(?:[eE][-+]?[0-9]+)?)[\s,;]+(?<watts>-?[0-9.]+(?:[eE][-+]?[0-9]+)?)(?:[\s,;]+(?<wattHours>[0-9.]+(?:[eE][-+]?[0-9]+)?))?";

    /// <summary>Time limit of the command, machine time. Default 10 s.</summary>
    [Description("Time limit of the command. Default 10s.")]
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>A reference meter by a shell command. Thread safe.</summary>
[Driver(Contracts.Meter, "command")]
public sealed class CommandMeter : IReferenceMeter
{
    private readonly IDriverContext _context;
    private readonly ShellCommand _read;
    private readonly Regex _matches;

    /// <exception cref="BenchFaultException">Kind Configuration: <c>matches</c> is no regular expression or lacks a group.</exception>
    public CommandMeter(CommandMeterOptions options, IDriverContext context)
    {
        (_context, Accuracy) = (context, options.ToAccuracy());
        _read = new ShellCommand(context, "read", options.Read, options.Limit);
        _matches = ShellCommand.Pattern(context, "matches", options.Matches);
        if (((string[])[MeterFigures.Volts, MeterFigures.Amperes, MeterFigures.Watts]).FirstOrDefault(name => !_matches.GetGroupNames().Contains(name)) is { } missing)
        {
            throw new BenchFaultException(FaultKind.Configuration, context.Place, $"'matches' has no group {missing}", $"Write (?<{missing}>…) around its number");
        }
    }

    /// <inheritdoc/>
    public MeterAccuracy Accuracy { get; }

    /// <inheritdoc/>
    public async Task<ReferenceReading> ReadAsync(CancellationToken cancellationToken)
    {
        string output = await _read.RunAsync(null, cancellationToken).ConfigureAwait(false);
        Match match = _matches.Match(output);
        return match.Success
            ? MeterFigures.Reading(_context, "the command 'read'", name => Number(match.Groups[name]))
            : throw new BenchFaultException(
                FaultKind.Command, _context.Place, "'read' printed no figures that 'matches' finds", "Run the command by hand and correct 'matches'");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static double? Number(Group group) =>
        !group.Success ? null : double.TryParse(group.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : double.NaN;
}
