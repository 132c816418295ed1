// Inventory:
//   power: { driver: snmp, host: 192.168.4.9, community: "${env.PDU}", oid: 1.3.6.1.4.1.318.1.1.12.3.3.1.1.4.3 }     # version: v1, onValue: 1, offValue: 2
// An outlet of a rack unit by SNMP, through net-snmp's snmpset and snmpget (Debian: snmp). The object above is outlet 3 of an APC rPDU
// (PowerNet-MIB, rPDUOutletControlOutletCommand: 1 on, 2 off).
using System.ComponentModel;
using System.Globalization;
using System.Text.RegularExpressions;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Commands;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;

namespace LabRunner.Hardware.Drivers.Power;

/// <summary>Version of the protocol.</summary>
public enum SnmpVersion
{
    /// <summary>SNMPv2c.</summary>
    V2c,

    /// <summary>SNMPv1.</summary>
    V1,
}

/// <summary>Options of <see cref="SnmpPower"/>.</summary>
public sealed record SnmpPowerOptions : PowerLimits
{
    /// <summary>Host or address of the unit.</summary>
    [Description("Host or address of the unit, with :port where it is not 161.")]
    public required string Host { get; init; }

    /// <summary>Write community.</summary>
    [Description("Write community; best as ${env.NAME}. It is seen in the list of processes.")]
    public required string Community { get; init; }

    /// <summary>Object of the outlet, numeric.</summary>
    [Description("Object of the outlet, numeric; it is written and read back.")]
    public required string Oid { get; init; }

    /// <summary>Integer that means on. Default 1.</summary>
    [Description("Integer that means on. Default 1.")]
    public int OnValue { get; init; } = 1;

    /// <summary>Integer that means off. Default 2.</summary>
    [Description("Integer that means off. Default 2.")]
    public int OffValue { get; init; } = 2;

    /// <summary>Version of the protocol. Default v2c.</summary>
    [Description("Version of the protocol: v2c or v1. Default v2c.")]
    public SnmpVersion Version { get; init; }

    /// <summary>Folder of snmpset and snmpget. Default: the search path.</summary>
    [Description("Folder of the programs snmpset and snmpget. Default: the search path.")]
    public string? Folder { get; init; }
}

/// <summary>An outlet of a power distribution unit by SNMP. Building it switches nothing.</summary>
[Driver(Contracts.Power, "snmp")]
public sealed partial class SnmpPower : IPowerSwitch
{
    private readonly SnmpPowerOptions _options;
    private readonly IDriverContext _context;
    private readonly ShellCommand _set;
    private readonly ShellCommand _get;

    /// <exception cref="BenchFaultException">Kind Configuration: the object is not numeric, host or community would break a command line, or on and off are one value.</exception>
    public SnmpPower(SnmpPowerOptions options, IDriverContext context)
    {
        (_options, _context) = (options, context);
        if (!Oid().IsMatch(options.Oid) || !Host().IsMatch(options.Host) || options.Community.IndexOfAny(['\'', '{', '}']) >= 0 || options.OnValue == options.OffValue)
        {
            throw new BenchFaultException(
                FaultKind.Configuration, context.Place, "oid is not numeric, host is none, community holds a quote or brace, or onValue is offValue", "Write oid: 1.3.6.1.4.1…, host: 192.168.4.9");
        }

        string folder = options.Folder is null ? "" : options.Folder.TrimEnd('/') + "/";

        // One try and no retry of its own: a set that is sent twice is switched twice. It gives up before the limit, to say so itself.
        string patience = (options.Limit.TotalSeconds * 0.8).ToString("0.###", CultureInfo.InvariantCulture);
        string common = $"-v{(options.Version == SnmpVersion.V1 ? "1" : "2c")} -c '{options.Community}' -r 0 -t {patience} -Oqve {options.Host} {options.Oid}";
        _set = new ShellCommand(context, "snmpset", $"'{folder}snmpset' {common} i {{value}}", options.Limit, "value");
        _get = new ShellCommand(context, "snmpget", $"'{folder}snmpget' {common}", options.Limit);
    }

    /// <inheritdoc/>
    public async Task SwitchAsync(PowerState state, CancellationToken cancellationToken)
    {
        bool on = PowerChecks.IsOn(state);
        string value = (on ? _options.OnValue : _options.OffValue).ToString(CultureInfo.InvariantCulture);
        await RunAsync(_set, new Dictionary<string, string> { ["value"] = value }, cancellationToken).ConfigureAwait(false);
        PowerChecks.Confirm(_context, on, await ReadStateAsync(cancellationToken).ConfigureAwait(false), $"the outlet at {_options.Host}");
    }

    /// <inheritdoc/>
    public async Task<PowerState> ReadStateAsync(CancellationToken cancellationToken)
    {
        string text = (await RunAsync(_get, null, cancellationToken).ConfigureAwait(false)).Trim();
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && (value == _options.OnValue || value == _options.OffValue)
            ? value == _options.OnValue ? PowerState.On : PowerState.Off
            : throw new BenchFaultException(
                FaultKind.Power, _context.Place, $"the object {_options.Oid} reads '{PowerChecks.Start(text)}', which is neither {_options.OnValue} (on) nor {_options.OffValue} (off)",
                "Read the object by hand with snmpget and correct onValue and offValue");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // The command line carries the community, so it must not reach a message.
    private async Task<string> RunAsync(ShellCommand command, IReadOnlyDictionary<string, string>? values, CancellationToken cancellationToken)
    {
        try
        {
            return await command.RunAsync(values, cancellationToken).ConfigureAwait(false);
        }
        catch (BenchFaultException failure)
        {
            throw new BenchFaultException(
                failure.Kind, _context.Place, failure.Problem.Replace(_options.Community, "(hidden)", StringComparison.Ordinal),
                $"Check host, community and object by hand with snmpget {_options.Host} {_options.Oid}");
        }
    }

    [GeneratedRegex(@"\A\.?[0-9]+(\.[0-9]+){3,}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Oid();

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9.:_-]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Host();
}
