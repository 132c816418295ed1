// Inventory:
//   meter: { driver: scpi, bus: analyser, accuracyPercent: 0.1 }
//   meter: { driver: scpi, bus: wt310, ask: [ "NUM:NORM:VAL?" ], fields: [ volts, amperes, watts, "-", wattHours ], accuracyPercent: 0.1, accuracyWatts: 0.05 }
// A power analyser as reference. SCPI-1999 has MEASure:VOLTage:AC? and MEASure:CURRent:AC?; how power is asked differs: see its manual.
using System.ComponentModel;
using System.Globalization;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Resources;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Metering;

namespace LabRunner.Hardware.Drivers.Metering;

/// <summary>Options of <see cref="ScpiMeter"/>.</summary>
public sealed record ScpiMeterOptions : MeterOptions
{
    /// <summary>Name of the instrument under resources.</summary>
    [Description("Name of the scpi resource.")]
    public required string Bus { get; init; }

    /// <summary>Commands sent before; none by default.</summary>
    [Description("Command that selects the channel, for example INST:NSEL 1. Default: none.")]
    public string? Select { get; init; }

    /// <summary>Questions; an answer may have several numbers with commas between. Default MEAS:VOLT:AC?, MEAS:CURR:AC?, MEAS:POW?.</summary>
    [Description("Questions in order; an answer may hold several numbers. Default: MEAS:VOLT:AC?, MEAS:CURR:AC?, MEAS:POW?.")]
    public string[] Ask { get; init; } = ["MEAS:VOLT:AC?", "MEAS:CURR:AC?", "MEAS:POW?"];

    /// <summary>What each number of the answers is, in order. Default volts, amperes, watts.</summary>
    [Description("What each number of the answers is, in order: volts, amperes, watts, wattHours, or - for one to pass over. Default: volts, amperes, watts.")]
    public string[] Fields { get; init; } = [MeterFigures.Volts, MeterFigures.Amperes, MeterFigures.Watts];
}

/// <summary>A reference meter that speaks SCPI. Thread safe.</summary>
[Driver(Contracts.Meter, "scpi")]
public sealed class ScpiMeter : IReferenceMeter
{
    private static readonly string[] Known = [MeterFigures.Volts, MeterFigures.Amperes, MeterFigures.Watts, MeterFigures.WattHours, "-"];

    private readonly ScpiMeterOptions _options;
    private readonly IDriverContext _context;
    private readonly IScpiInstrument _instrument;

    /// <exception cref="BenchFaultException">Kind Configuration: a field is no figure, or one that is needed is missing or there twice.</exception>
    public ScpiMeter(ScpiMeterOptions options, IDriverContext context)
    {
        (_options, _context, Accuracy) = (options, context, options.ToAccuracy());
        string? wrong = options.Fields.FirstOrDefault(f => !Known.Contains(f)) is { } unknown ? $"'fields' has '{unknown}'"
            : Known.Take(3).FirstOrDefault(f => !options.Fields.Contains(f)) is { } missing ? $"'fields' lacks '{missing}'"
            : options.Fields.Where(f => f != "-").GroupBy(f => f).FirstOrDefault(g => g.Count() > 1) is { } twice ? $"'fields' has '{twice.Key}' twice"
            : options.Ask.FirstOrDefault(a => !a.EndsWith('?')) is { } order ? $"'ask' has '{order}', which is no question"
            : null;
        if (wrong is not null)
        {
            throw new BenchFaultException(FaultKind.Configuration, context.Place, wrong, $"Questions end with '?'; name each number of the answers once: {string.Join(", ", Known)}");
        }

        _instrument = context.Resource<IScpiInstrument>(options.Bus);
    }

    /// <inheritdoc/>
    public MeterAccuracy Accuracy { get; }

    /// <inheritdoc/>
    public async Task<ReferenceReading> ReadAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<string> said = await _instrument.RunAsync(
            [.. _options.Select is { } select ? [select] : Array.Empty<string>(), .. _options.Ask], cancellationToken).ConfigureAwait(false);
        string[] numbers = [.. said.SelectMany(answer => answer.Split(',')).Select(n => n.Trim())];
        return MeterFigures.Reading(_context, $"the instrument '{_options.Bus}'", name =>
        {
            int at = Array.IndexOf(_options.Fields, name);
            return at < 0 || at >= numbers.Length ? null
                : double.TryParse(numbers[at], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value
                : double.NaN;
        });
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
