// Inventory:
//   pulses:
//     driver: command
//     set:  "pulsebox {slot} {channel} {hertz} {width_us}"
//     stop: "pulsebox {slot} {channel} off"      # optional; else set with 0
//     read: "pulsebox {slot} {channel}"          # optional; prints the frequency in Hz and, if it counts, the pulses emitted
//     minHertz: 0.1
//     maxHertz: 5000
// {channel} is cf, cf1-voltage or cf1-current.
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.RegularExpressions;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Commands;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Drivers.Pulses;

/// <summary>Options of <see cref="CommandPulses"/>.</summary>
public sealed record CommandPulsesOptions : OutputPulsesOptions
{
    /// <summary>Shell command that emits {hertz} with pulses of {width_us} on {channel}.</summary>
    [Description("Shell command that emits {hertz} with pulses of {width_us} microseconds on {channel} (cf, cf1-voltage, cf1-current).")]
    public required string Set { get; init; }

    /// <summary>Shell command that stops {channel}; without it, <see cref="Set"/> with 0 Hz.</summary>
    [Description("Shell command that stops {channel}. Default: set with 0.")]
    public string? Stop { get; init; }

    /// <summary>Shell command that prints what {channel} emits in Hz and, optionally, the pulses emitted.</summary>
    [Description("Shell command that prints what {channel} emits in Hz and, optionally, the pulses emitted. Default: what was last set.")]
    public string? Read { get; init; }

    /// <summary>Lowest frequency above 0.</summary>
    [Description("Lowest frequency above 0, Hz.")]
    [Range(1e-6, 1e6)]
    public required double MinHertz { get; init; }

    /// <summary>Highest frequency.</summary>
    [Description("Highest frequency, Hz.")]
    [Range(1e-6, 1e6)]
    public required double MaxHertz { get; init; }

    /// <summary>Worst error of the frequency, ppm. Default 100.</summary>
    [Description("Worst error of the frequency, parts per million, from the device's data sheet. Default 100.")]
    [Range(0, 1e6)]
    public double ResolutionPpm { get; init; } = 100;

    /// <summary>Time limit of each command, machine time. Default 10 s.</summary>
    [Description("Time limit of each command. Default 10s.")]
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>BL0937 reference pulses by shell commands. Channels that were started are stopped at disposal.</summary>
[Driver(Contracts.Pulses, "command")]
public sealed partial class CommandPulses(CommandPulsesOptions options, IDriverContext context) : IPulseSource
{
    private readonly ShellCommand _set = new(context, "set", options.Set, options.Limit, "channel", "hertz", "width_us");
    private readonly ShellCommand? _stop = options.Stop is null ? null : new(context, "stop", options.Stop, options.Limit, "channel");
    private readonly ShellCommand? _read = options.Read is null ? null : new(context, "read", options.Read, options.Limit, "channel");
    private readonly Dictionary<PulseChannel, PulseReadback> _told = [];
    private readonly SemaphoreSlim _gate = new(1, 1);

    /// <inheritdoc/>
    public PulseCapabilities Capabilities { get; } =
        options.MinHertz <= options.MaxHertz
            ? new(options.MinHertz, options.MaxHertz, options.ResolutionPpm, 0, options.FollowsSel)
            : throw new BenchFaultException(FaultKind.Configuration, context.Place, "minHertz is above maxHertz", "Exchange them");

    /// <inheritdoc/>
    public async Task SetAsync(PulseChannel channel, Hertz frequency, TimeSpan width, CancellationToken cancellationToken)
    {
        PulseChecks.Check(Capabilities, frequency, width);
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            Dictionary<string, string> values = Values(channel);
            if (frequency.Value == 0 && _stop is not null)
            {
                await _stop.RunAsync(values, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                values["hertz"] = frequency.Value.ToString("0.######", CultureInfo.InvariantCulture);
                values["width_us"] = width.TotalMicroseconds.ToString("0.###", CultureInfo.InvariantCulture);
                await _set.RunAsync(values, cancellationToken).ConfigureAwait(false);
            }

            _told[channel] = new PulseReadback(frequency, width, null);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async Task<PulseReadback> ReadBackAsync(PulseChannel channel, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            PulseReadback told = _told.GetValueOrDefault(channel);
            if (_read is null)
            {
                return told;
            }

            string output = await _read.RunAsync(Values(channel), cancellationToken).ConfigureAwait(false);
            MatchCollection numbers = Number().Matches(output);
            if (numbers.Count == 0)
            {
                throw new BenchFaultException(
                    FaultKind.Command, context.Place, "'read' printed no number", "It must print the frequency in Hz first, then the pulses emitted if it counts them");
            }

            return new PulseReadback(
                new Hertz(double.Parse(numbers[0].Value, CultureInfo.InvariantCulture)), told.Width,
                numbers.Count > 1 && long.TryParse(numbers[1].Value, CultureInfo.InvariantCulture, out long emitted) ? emitted : null);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (PulseChannel channel in _told.Where(told => told.Value.Frequency.Value != 0).Select(told => told.Key).ToArray())
        {
            await SetAsync(channel, new Hertz(0), TimeSpan.Zero, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static Dictionary<string, string> Values(PulseChannel channel) => new()
    {
        ["channel"] = channel switch { PulseChannel.Cf => "cf", PulseChannel.Cf1Voltage => "cf1-voltage", _ => "cf1-current" },
    };

    [GeneratedRegex(@"\d+(\.\d+)?([eE][+-]?\d{1,2})?", RegexOptions.CultureInvariant)]
    private static partial Regex Number();
}
