// Inventory:
//   temperature: { driver: command, read: "sensors-probe 3", matches: "([0-9.-]+) ?C" }     # limit: 10s
using System.ComponentModel;
using System.Globalization;
using System.Text.RegularExpressions;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Commands;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Sensing;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Drivers.Sensing;

/// <summary>Options of <see cref="CommandTemperature"/>.</summary>
public sealed record CommandTemperatureOptions
{
    /// <summary>Shell command that prints the temperature.</summary>
    [Description("Shell command that prints the temperature.")]
    public required string Read { get; init; }

    /// <summary>Regular expression whose first group is the number in degrees Celsius.</summary>
    [Description("Regular expression whose first group is the number in degrees Celsius. Default: the first number.")]
    public string Matches { get; init; } = @"(-?[0-9]+(?:\.[0-9]+)?)";

    /// <summary>Time limit of the command, machine time. Default 10 s.</summary>
    [Description("Time limit of the command. Default 10s.")]
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>Temperature by a shell command.</summary>
[Driver(Contracts.Temperature, "command")]
public sealed class CommandTemperature(CommandTemperatureOptions options, IDriverContext context) : ITemperatureSensor
{
    private readonly ShellCommand _read = new(context, "read", options.Read, options.Limit);
    private readonly Regex _matches = ShellCommand.Pattern(context, "matches", options.Matches);

    /// <inheritdoc/>
    public async Task<DegreesCelsius> ReadAsync(CancellationToken cancellationToken)
    {
        string output = await _read.RunAsync(null, cancellationToken).ConfigureAwait(false);
        return double.TryParse(_matches.Match(output).Groups[1].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            ? new DegreesCelsius(value)
            : throw new BenchFaultException(
                FaultKind.Command, context.Place, "'read' printed no temperature that 'matches' finds", "Run the command by hand and correct 'matches': its first group is the number");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
