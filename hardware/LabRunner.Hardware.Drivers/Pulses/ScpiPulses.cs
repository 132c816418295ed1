// Inventory:
//   pulses: { driver: scpi, bus: generator, cf: 1, cf1Voltage: 2 }     # cf1Current: the output of a second channel pair, where there is one
// A function generator by SCPI with a pulse shape (Keysight 33500 and 33600, Rigol DG800 to DG1000Z: SOURn:FUNC PULS, SOURn:FREQ,
// SOURn:FUNC:PULS:WIDT, OUTPn). Its outputs are told that their load is an input pin (OUTPn:LOAD INF): set for 50 ohms they would give twice the level.
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Resources;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Drivers.Pulses;

/// <summary>Options of <see cref="ScpiPulses"/>.</summary>
public sealed record ScpiPulsesOptions : OutputPulsesOptions
{
    /// <summary>Name of the instrument under resources.</summary>
    [Description("Name of the scpi resource.")]
    public required string Bus { get; init; }

    /// <summary>Output that feeds CF.</summary>
    [Description("Output of the generator that feeds CF (power), 1 to 8.")]
    [Range(1, 8)]
    public required int Cf { get; init; }

    /// <summary>Output that feeds CF1 while SEL asks for voltage; null: none.</summary>
    [Description("Output that feeds CF1 while SEL asks for voltage, 1 to 8. Default none.")]
    [Range(1, 8)]
    public int? Cf1Voltage { get; init; }

    /// <summary>Output that feeds CF1 while SEL asks for current; null: none.</summary>
    [Description("Output that feeds CF1 while SEL asks for current, 1 to 8. Default none.")]
    [Range(1, 8)]
    public int? Cf1Current { get; init; }

    /// <summary>Level of a pulse, V. Default 3.3.</summary>
    [Description("Level of a pulse, V. Default 3.3.")]
    [Range(1.0, 5.0)]
    public double High { get; init; } = 3.3;

    /// <summary>Worst error of the frequency, ppm. Default 20.</summary>
    [Description("Worst error of the frequency, parts per million, from the generator's data sheet. Default 20.")]
    [Range(0.01, 10_000)]
    public double ResolutionPpm { get; init; } = 20;
}

/// <summary>
/// BL0937 reference pulses from the outputs of a function generator. Building it sends nothing; outputs that were started are off at disposal.
/// A generator does not count its pulses.
/// </summary>
[Driver(Contracts.Pulses, "scpi")]
public sealed class ScpiPulses : IPulseSource
{
    private const double LevelTolerance = 0.02;

    private readonly ScpiPulsesOptions _options;
    private readonly IDriverContext _context;
    private readonly IScpiInstrument _generator;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly HashSet<int> _started = [];

    /// <exception cref="BenchFaultException">Kind Configuration: no such instrument, or one output for two channels.</exception>
    public ScpiPulses(ScpiPulsesOptions options, IDriverContext context)
    {
        int[] outputs = [.. new int?[] { options.Cf, options.Cf1Voltage, options.Cf1Current }.OfType<int>()];
        if (outputs.Distinct().Count() != outputs.Length)
        {
            throw new BenchFaultException(FaultKind.Configuration, context.Place, "two of cf, cf1Voltage and cf1Current are one output", "Give each its own");
        }

        (_options, _context, _generator) = (options, context, context.Resource<IScpiInstrument>(options.Bus));
        Capabilities = new PulseCapabilities(PulseRange.MinHertz, PulseRange.MaxHertz, options.ResolutionPpm, 0, options.FollowsSel);
    }

    /// <inheritdoc/>
    public PulseCapabilities Capabilities { get; }

    /// <inheritdoc/>
    public async Task SetAsync(PulseChannel channel, Hertz frequency, TimeSpan width, CancellationToken cancellationToken)
    {
        PulseChecks.Check(Capabilities, frequency, width);
        int output = Output(channel);
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (frequency.Value == 0)
            {
                await StopAsync(output, cancellationToken).ConfigureAwait(false);
                return;
            }

            // Errors of what is programmed come before the output goes on.
            await ProgramAsync(output, frequency.Value, width.TotalSeconds, cancellationToken).ConfigureAwait(false);
            _started.Add(output);
            IReadOnlyList<string> on = await RunAsync(cancellationToken, $"OUTP{output} ON", $"OUTP{output}?").ConfigureAwait(false);
            if (Number(on[0]) != 1)
            {
                throw Fault($"output {output} of '{_options.Bus}' did not go on and says '{on[0]}'", "Look for an overload or a lock on its front panel");
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async Task<PulseReadback> ReadBackAsync(PulseChannel channel, CancellationToken cancellationToken)
    {
        int output = Output(channel);
        IReadOnlyList<string> said = await RunAsync(cancellationToken, $"SOUR{output}:FREQ?", $"SOUR{output}:FUNC:PULS:WIDT?", $"OUTP{output}?").ConfigureAwait(false);
        return new PulseReadback(new Hertz(Number(said[2]) == 1 ? Number(said[0]) : 0), TimeSpan.FromSeconds(Number(said[1])), null);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (int output in _started.ToArray())
        {
            await StopAsync(output, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task StopAsync(int output, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> off = await RunAsync(cancellationToken, $"OUTP{output} OFF", $"OUTP{output}?").ConfigureAwait(false);
        if (Number(off[0]) != 0)
        {
            throw Fault($"output {output} of '{_options.Bus}' did not go off and says '{off[0]}'", "Switch it off at its front panel");
        }

        _started.Remove(output);
    }

    private async Task ProgramAsync(int output, double hertz, double seconds, CancellationToken cancellationToken)
    {
        string source = $"SOUR{output}";
        if (!_started.Contains(output))
        {
            IReadOnlyList<string> level = await RunAsync(
                cancellationToken, $"OUTP{output} OFF", $"OUTP{output}:LOAD INF", $"{source}:FUNC PULS", $"{source}:VOLT:HIGH {Text(_options.High)}", $"{source}:VOLT:LOW 0",
                $"{source}:VOLT:HIGH?").ConfigureAwait(false);
            if (Math.Abs(Number(level[0]) - _options.High) > LevelTolerance * _options.High)
            {
                throw Fault($"output {output} of '{_options.Bus}' was told {Text(_options.High)} V and is set to {level[0]} V", "It stays off; correct high");
            }
        }

        // A pulse that is longer than the period in between would be an error, so the order depends on the direction.
        double before = Number((await RunAsync(cancellationToken, $"{source}:FREQ?").ConfigureAwait(false))[0]);
        string[] steps = [$"{source}:FREQ {Text(hertz)}", $"{source}:FUNC:PULS:WIDT {Text(seconds)}"];
        IReadOnlyList<string> set = await RunAsync(
            cancellationToken, [.. hertz <= before ? steps : steps.Reverse(), $"{source}:FREQ?", $"{source}:FUNC:PULS:WIDT?"]).ConfigureAwait(false);
        if (Math.Abs(Number(set[0]) - hertz) > _options.ResolutionPpm * 1e-6 * hertz || Math.Abs(Number(set[1]) - seconds) > 0.01 * seconds)
        {
            throw Fault(
                $"output {output} of '{_options.Bus}' was told {Text(hertz)} Hz and {Text(seconds)} s and is set to {set[0]} Hz and {set[1]} s", "Check its range; correct resolutionPpm");
        }
    }

    private int Output(PulseChannel channel) =>
        channel switch { PulseChannel.Cf => _options.Cf, PulseChannel.Cf1Voltage => _options.Cf1Voltage, _ => _options.Cf1Current }
        ?? throw Fault($"no output of '{_options.Bus}' feeds {channel}", "Give it one in the inventory, or leave this frequency out", FaultKind.Configuration);

    private async Task<IReadOnlyList<string>> RunAsync(CancellationToken cancellationToken, params string[] lines)
    {
        try
        {
            return await _generator.RunAsync(lines, cancellationToken).ConfigureAwait(false);
        }
        catch (BenchFaultException failure)
        {
            throw new BenchFaultException(FaultKind.Pulses, failure.Place, failure.Problem, failure.Remedy, failure);
        }
    }

    private double Number(string said) =>
        double.TryParse(said, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
            ? value
            : throw Fault($"'{_options.Bus}' answers '{said}', which is no number", "Ask it by hand: SOUR1:FREQ?");

    private static string Text(double value) => value.ToString("0.############", CultureInfo.InvariantCulture);

    private BenchFaultException Fault(string problem, string remedy, FaultKind kind = FaultKind.Pulses) => new(kind, _context.Place, problem, remedy);
}
