// Inventory:
//   temperature: { driver: file, path: /sys/bus/w1/devices/28-0316a2795b1f/w1_slave }
//   temperature: { driver: file, path: /sys/class/hwmon/hwmon2/temp1_input }
// A sensor that the kernel knows: DS18B20 on 1-wire (Documentation/w1/slaves/w1_therm.rst) or any hwmon chip (Documentation/hwmon/sysfs-interface.rst:
// thousandths of a degree).
using System.ComponentModel;
using System.Globalization;
using System.Text.RegularExpressions;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Sensing;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Drivers.Sensing;

/// <summary>Options of <see cref="FileTemperature"/>.</summary>
public sealed record FileTemperatureOptions
{
    /// <summary>The kernel's file.</summary>
    [Description("The kernel's file: …/w1_slave of a 1-wire sensor or …/temp1_input of a hwmon chip.")]
    public required string Path { get; init; }
}

/// <summary>Temperature from a file of the kernel. Reading a DS18B20 takes 750 ms. Thread safe.</summary>
[Driver(Contracts.Temperature, "file")]
public sealed partial class FileTemperature(FileTemperatureOptions options, IDriverContext context) : ITemperatureSensor
{
    // The scratchpad's value after power-on: a sensor that lost its supply during the conversion.
    private const int PowerOnValue = 85_000;

    /// <inheritdoc/>
    public async Task<DegreesCelsius> ReadAsync(CancellationToken cancellationToken)
    {
        string text;
        try
        {
            text = await File.ReadAllTextAsync(options.Path, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Fault($"cannot be read: {failure.Message.TrimEnd('.')}", "Check the sensor's wires; 1-wire needs dtoverlay=w1-gpio", failure);
        }

        Match wire = OneWire().Match(text);
        if (wire.Success)
        {
            int thousandths = int.Parse(wire.Groups["value"].ValueSpan, CultureInfo.InvariantCulture);
            return wire.Groups["crc"].Value == "YES" && thousandths != PowerOnValue
                ? new DegreesCelsius(thousandths / 1000.0)
                : throw Fault(thousandths == PowerOnValue ? "gave its power-on value" : "gave a wrong checksum", "Check the sensor's supply and shorten its wires");
        }

        return int.TryParse(text.AsSpan().Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value)
            ? new DegreesCelsius(value / 1000.0)
            : throw Fault($"says '{text.Trim()}', which is no temperature", "Name w1_slave of a 1-wire sensor or temp1_input of a hwmon chip");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private BenchFaultException Fault(string what, string remedy, Exception? cause = null) =>
        new(FaultKind.Machine, context.Place, $"the temperature file {options.Path} {what}", remedy, cause);

    [GeneratedRegex(@"\A[^\n]*: crc=[0-9a-f]{2} (?<crc>YES|NO)\s*\n[^\n]*t=(?<value>-?\d{1,6})\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex OneWire();
}
