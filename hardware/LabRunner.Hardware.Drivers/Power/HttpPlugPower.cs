// Inventory:
//   power: { driver: http, address: "192.168.4.30:80" }     # relay: 2, user: admin, password: ${env.PLUG}, minOff: 3s
// A plug with Tasmota (https://tasmota.github.io/docs/Commands/#control) or OpenBeken (json_interface.c) as the slot's mains switch. Both take
// /cm?cmnd=Power and answer {"POWER":"ON"}.
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Plugs;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;

namespace LabRunner.Hardware.Drivers.Power;

/// <summary>Options of <see cref="HttpPlugPower"/>.</summary>
public sealed record HttpPlugPowerOptions : PowerLimits
{
    /// <summary>host:port of the switching plug.</summary>
    [Description("host:port of the switching plug (not of the DUT).")]
    public required string Address { get; init; }

    /// <summary>Number of the relay on a plug with several. Default: the only one.</summary>
    [Description("Number of the relay on a device with several. Default: the only one.")]
    [Range(1, 32)]
    public int? Relay { get; init; }

    /// <summary>Tasmota's web user.</summary>
    [Description("Web user where the device wants one.")]
    public string? User { get; init; }

    /// <summary>Tasmota's web password.</summary>
    [Description("Web password where the device wants one; best as ${env.NAME}.")]
    public string? Password { get; init; }
}

/// <summary>A supply behind a Tasmota or OpenBeken plug over HTTP. Building it switches nothing. An order is confirmed by a question of its own.</summary>
[Driver(Contracts.Power, "http")]
public sealed class HttpPlugPower : IPowerSwitch
{
    private readonly IDriverContext _context;
    private readonly PlugConsole _plug;
    private readonly string _address;
    private readonly string _command;

    /// <exception cref="BenchFaultException">Kind Configuration: the address is not host:port.</exception>
    public HttpPlugPower(HttpPlugPowerOptions options, IDriverContext context)
    {
        _context = context;
        _address = options.Address;
        _plug = new PlugConsole(context, "the switching plug", options.Address, options.User, options.Password, options.Limit);
        _command = "Power" + options.Relay?.ToString(CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    public async Task SwitchAsync(PowerState state, CancellationToken cancellationToken)
    {
        bool on = PowerChecks.IsOn(state);
        await _plug.AskAsync($"{_command}%20{(on ? "On" : "Off")}", cancellationToken).ConfigureAwait(false);
        PowerChecks.Confirm(_context, on, await ReadStateAsync(cancellationToken).ConfigureAwait(false), $"the plug at {_address}");
    }

    /// <inheritdoc/>
    public async Task<PowerState> ReadStateAsync(CancellationToken cancellationToken)
    {
        string json = await _plug.AskAsync(_command, cancellationToken).ConfigureAwait(false);
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                // A device with one relay says POWER also when asked for POWER1.
                bool mine = property.Name.Equals(_command, StringComparison.OrdinalIgnoreCase)
                    || property.Name.Equals("POWER", StringComparison.OrdinalIgnoreCase) || (_command == "Power" && property.NameEquals("POWER1"));
                if (mine && property.Value.ValueKind == JsonValueKind.String && PowerChecks.State(property.Value.GetString()) is { } state)
                {
                    return state;
                }
            }
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // Told below like any other wrong answer.
        }

        throw new BenchFaultException(
            FaultKind.Power, _context.Place, $"the plug at {_address} answered {_command} with '{PowerChecks.Start(json)}'",
            "Check that the address is the switching plug's, its firmware is Tasmota or OpenBeken, and user and password are right");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
