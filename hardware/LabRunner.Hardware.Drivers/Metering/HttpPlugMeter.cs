// Inventory:
//   meter: { driver: http, address: "192.168.4.31:80", accuracyPercent: 1 }     # user: admin, password: ${env.PLUG}
// A calibrated plug with Tasmota (https://tasmota.github.io/docs/Commands/, Status 8) or OpenBeken (json_interface.c) between the mains and the slot.
// Its own use is on its near side: what it measures is the slot's.
using System.ComponentModel;
using System.Text.Json;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Plugs;
using LabRunner.Hardware.Drivers.Power;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Metering;

namespace LabRunner.Hardware.Drivers.Metering;

/// <summary>Options of <see cref="HttpPlugMeter"/>.</summary>
public sealed record HttpPlugMeterOptions : MeterOptions
{
    /// <summary>host:port of the measuring plug.</summary>
    [Description("host:port of the measuring plug (not of the DUT).")]
    public required string Address { get; init; }

    /// <summary>Its web user.</summary>
    [Description("Web user where the device wants one.")]
    public string? User { get; init; }

    /// <summary>Its web password.</summary>
    [Description("Web password where the device wants one; best as ${env.NAME}.")]
    public string? Password { get; init; }

    /// <summary>Time limit of each exchange, machine time. Default 5 s.</summary>
    [Description("Time limit of each exchange. Default 5s.")]
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>Another plug as reference meter. Thread safe.</summary>
[Driver(Contracts.Meter, "http")]
public sealed class HttpPlugMeter : IReferenceMeter
{
    private const double WattHoursPerKilowattHour = 1000;

    private readonly IDriverContext _context;
    private readonly PlugConsole _plug;
    private readonly string _what;

    /// <exception cref="BenchFaultException">Kind Configuration: the address is not host:port.</exception>
    public HttpPlugMeter(HttpPlugMeterOptions options, IDriverContext context)
    {
        (_context, Accuracy, _what) = (context, options.ToAccuracy(), $"the measuring plug at {options.Address}");
        _plug = new PlugConsole(context, "the measuring plug", options.Address, options.User, options.Password, options.Limit);
    }

    /// <inheritdoc/>
    public MeterAccuracy Accuracy { get; }

    /// <inheritdoc/>
    public async Task<ReferenceReading> ReadAsync(CancellationToken cancellationToken)
    {
        string json = await _plug.AskAsync("Status%208", cancellationToken).ConfigureAwait(false);
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            if (document.RootElement.TryGetProperty("StatusSNS", out JsonElement sensors) && sensors.TryGetProperty("ENERGY", out JsonElement energy))
            {
                return MeterFigures.Reading(_context, _what, name => name switch
                {
                    MeterFigures.Volts => Number(energy, "Voltage"),
                    MeterFigures.Amperes => Number(energy, "Current"),
                    MeterFigures.Watts => Number(energy, "Power"),
                    // Tasmota counts kWh in Total, OpenBeken Wh in ConsumptionTotal.
                    _ => Number(energy, "Total") * WattHoursPerKilowattHour ?? Number(energy, "ConsumptionTotal"),
                });
            }
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            // Told below like any other wrong answer.
        }

        throw new BenchFaultException(
            FaultKind.Power, _context.Place, $"{_what} answered Status 8 with '{PowerChecks.Start(json)}', which has no energy",
            "Check that the address is the measuring plug's, its firmware is Tasmota or OpenBeken with a meter, and user and password are right");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // A plug with several outlets gives lists: which of them feeds the slot is not known, so it is no reference.
    private static double? Number(JsonElement energy, string name) =>
        energy.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}
