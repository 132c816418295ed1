// Inventory:
//   power: { driver: uhubctl, location: "1-1", port: 2 }     # program: /usr/sbin/uhubctl
// Per-port power of a USB hub that really switches it (https://github.com/mvp/uhubctl lists them): for DUTs on USB and for the bench's own
// adapters. Many hubs only say that they switch: fit a rail monitor or measure once.
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.RegularExpressions;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Commands;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;

namespace LabRunner.Hardware.Drivers.Power;

/// <summary>Options of <see cref="UhubctlPower"/>.</summary>
public sealed record UhubctlPowerOptions : PowerLimits
{
    /// <summary>Location of the hub as uhubctl prints it.</summary>
    [Description("Location of the hub as uhubctl prints it, for example 1-1 or 1-1.4.")]
    public required string Location { get; init; }

    /// <summary>Port of the hub.</summary>
    [Description("Port of the hub.")]
    [Range(1, 32)]
    public required int Port { get; init; }

    /// <summary>The program. Default uhubctl.</summary>
    [Description("The program. Default uhubctl.")]
    public string Program { get; init; } = "uhubctl";
}

/// <summary>A supply behind a port of a USB hub, through the program uhubctl. Building it switches nothing.</summary>
[Driver(Contracts.Power, "uhubctl")]
public sealed partial class UhubctlPower : IPowerSwitch
{
    private readonly UhubctlPowerOptions _options;
    private readonly IDriverContext _context;
    private readonly ShellCommand _set;
    private readonly ShellCommand _state;

    /// <exception cref="BenchFaultException">Kind Configuration: the location is none.</exception>
    public UhubctlPower(UhubctlPowerOptions options, IDriverContext context)
    {
        (_options, _context) = (options, context);
        if (!Location().IsMatch(options.Location))
        {
            throw new BenchFaultException(FaultKind.Configuration, context.Place, $"'location: {options.Location}' is no hub", "Write it as uhubctl prints it, like 1-1.4");
        }

        string port = string.Create(CultureInfo.InvariantCulture, $"'{options.Program}' -l {options.Location} -p {options.Port}");
        _set = new ShellCommand(context, "uhubctl", port + " -a {state}", options.Limit, "state");
        _state = new ShellCommand(context, "uhubctl", port, options.Limit);
    }

    /// <inheritdoc/>
    public async Task SwitchAsync(PowerState state, CancellationToken cancellationToken)
    {
        bool on = PowerChecks.IsOn(state);
        await _set.RunAsync(new Dictionary<string, string> { ["state"] = on ? "on" : "off" }, cancellationToken).ConfigureAwait(false);
        PowerChecks.Confirm(_context, on, await ReadStateAsync(cancellationToken).ConfigureAwait(false), $"hub {_options.Location} port {_options.Port}");
    }

    /// <inheritdoc/>
    public async Task<PowerState> ReadStateAsync(CancellationToken cancellationToken)
    {
        string output = await _state.RunAsync(null, cancellationToken).ConfigureAwait(false);
        string[] ports =
        [
            .. PortLine().Matches(output)
                .Where(match => int.Parse(match.Groups["port"].ValueSpan, CultureInfo.InvariantCulture) == _options.Port)
                .Select(match => match.Groups["words"].Value),
        ];
        if (ports.Length == 0)
        {
            throw new BenchFaultException(
                FaultKind.Power, _context.Place, $"uhubctl names no port {_options.Port} of hub {_options.Location}: '{PowerChecks.Start(output)}'", "Run uhubctl by hand: it lists the hubs that switch");
        }

        // A USB 3 hub is two hubs: the socket is without power only when both halves are.
        return ports.Any(words => words.Split(' ').Contains("power")) ? PowerState.On : PowerState.Off;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [GeneratedRegex(@"\A[0-9]+(-[0-9]+(\.[0-9]+)*)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Location();

    // "  Port 2: 0503 power highspeed enable connect [0bda:5411 Hub]", "  Port 2: 0000 off".
    [GeneratedRegex(@"^\s*Port (?<port>\d{1,2}): [0-9a-fA-F]{4}(?<words>[^\[\r\n]*)", RegexOptions.CultureInvariant | RegexOptions.Multiline)]
    private static partial Regex PortLine();
}
