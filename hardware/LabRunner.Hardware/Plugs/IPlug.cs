namespace LabRunner.Hardware.Plugs;

/// <summary>Facts of GET /api/info.</summary>
/// <param name="UptimeSeconds">uptime_s.</param>
/// <param name="Build">Whole build string ("Built on … version X").</param>
/// <param name="Ip">Address as the device sees it.</param>
/// <param name="Mac">As printed by the device.</param>
/// <param name="MqttHost">"host:port".</param>
/// <param name="MqttTopic">Client id = base topic.</param>
/// <param name="Chipset">For example BL602.</param>
/// <param name="ShortName">Short device name.</param>
/// <param name="StartupCommand">Startup command line.</param>
public sealed record PlugInfo(
    long UptimeSeconds, string Build, string Ip, string Mac, string MqttHost, string MqttTopic, string Chipset, string ShortName, string StartupCommand)
{
    /// <summary>Flags as a decimal number, up to 64 bits; empty where the firmware does not tell them.</summary>
    public string Flags { get; init; } = "";
}

/// <summary>Result of a console command.</summary>
/// <param name="Accepted">HTTP 200 and not "Unknown command".</param>
/// <param name="Status">HTTP status code.</param>
/// <param name="Body">Reply as text.</param>
public sealed record CommandReply(bool Accepted, int Status, string Body);

/// <summary>What the page fragment /index?state=1 tells; a value it does not show is null.</summary>
/// <param name="Html">The fragment as received.</param>
/// <param name="RelayOn">State of channel 1's ON/OFF cell.</param>
/// <param name="Voltage">V.</param>
/// <param name="Current">A.</param>
/// <param name="Power">W.</param>
/// <param name="EnergyTotalKilowattHours">kWh.</param>
/// <param name="RebootReason">BL_RST_… text: the only reset reason of a BL602 that can be trusted.</param>
/// <param name="IncompleteBoots">"incomplete boots: N" (1 is the normal value).</param>
/// <param name="OtaCounter">"ota counter: N".</param>
/// <param name="ChangeCounter">"change counter: N".</param>
/// <param name="RssiDbm">Wi-Fi RSSI.</param>
/// <param name="ChipTemperatureCelsius">°C.</param>
/// <param name="SafeMode">h5.safe is present.</param>
/// <param name="MqttConnected">MQTT state cell.</param>
public sealed record PlugPageState(
    string Html, bool? RelayOn, double? Voltage, double? Current, double? Power, double? EnergyTotalKilowattHours, string? RebootReason,
    int? IncompleteBoots, int? OtaCounter, int? ChangeCounter, int? RssiDbm, double? ChipTemperatureCelsius, bool SafeMode, bool? MqttConnected)
{
    /// <summary>"Energy Today", Wh; null until the clock is synchronised.</summary>
    public double? TodayWattHours { get; init; }

    /// <summary>"Energy Yesterday", Wh; null until the clock is synchronised.</summary>
    public double? YesterdayWattHours { get; init; }

    /// <summary>"MQTT Stats: CONN: N": attempts to connect in this boot, so that a rise is a connection that was gone.</summary>
    public int? MqttConnects { get; init; }
}

/// <summary>Real fields of Tasmota-like Status (never its constants: RestartReason, BootCount, StatusMEM…).</summary>
/// <param name="UptimeSeconds">StatusSTS.UptimeSec.</param>
/// <param name="HeapKibibytes">StatusSTS.Heap.</param>
/// <param name="SignalDbm">StatusSTS.Wifi.Signal.</param>
/// <param name="PowerOn">POWER or POWER1.</param>
/// <param name="Version">StatusFWR.Version.</param>
/// <param name="Voltage">V from ENERGY, null without a meter.</param>
/// <param name="Current">A.</param>
/// <param name="Power">W.</param>
/// <param name="ConsumptionTotalWattHours">Wh.</param>
public sealed record PlugStatus(
    long UptimeSeconds, int HeapKibibytes, int SignalDbm, bool? PowerOn, string Version, double? Voltage, double? Current, double? Power,
    double? ConsumptionTotalWattHours);

/// <summary>Pins as /api/pins gives them, index = GPIO.</summary>
/// <param name="Roles">Role numbers (1 Rel, 3 Btn, 17 SEL, 18 CF, 19 CF1 …).</param>
/// <param name="Channels">Channel numbers.</param>
public sealed record PlugPins(IReadOnlyList<int> Roles, IReadOnlyList<int> Channels);

/// <summary>
/// The DUT as its own interfaces show it. All calls have a time limit of their own (run time, default 5 s) and throw
/// <see cref="PlugUnreachableException"/> when it passes: that is an observation of the DUT, not a bench fault.
/// </summary>
public interface IPlug
{
    /// <summary>http://host:port of the device.</summary>
    Uri Address { get; }

    /// <summary>GET /api/info.</summary>
    Task<PlugInfo> GetInfoAsync(CancellationToken cancellationToken);

    /// <summary>POST /api/cmnd with the line as body (works for long lines, unlike /cm).</summary>
    Task<CommandReply> CommandAsync(string line, CancellationToken cancellationToken);

    /// <summary>GET /index?state=1, parsed.</summary>
    Task<PlugPageState> GetPageStateAsync(CancellationToken cancellationToken);

    /// <summary>GET /cm?cmnd=Status%200, real fields only.</summary>
    Task<PlugStatus> GetStatusAsync(CancellationToken cancellationToken);

    /// <summary>GET /api/pins.</summary>
    Task<PlugPins> GetPinsAsync(CancellationToken cancellationToken);

    /// <summary>POST /api/pins with roles and channels.</summary>
    Task SetPinsAsync(PlugPins pins, CancellationToken cancellationToken);

    /// <summary>GET of any path: (status, body).</summary>
    Task<(int Status, string Body)> GetAsync(string path, CancellationToken cancellationToken);

    /// <summary>POST /api/reboot: the device resets 3 s later.</summary>
    Task RebootAsync(CancellationToken cancellationToken);

    /// <summary>POST /api/ota. Does not reboot the device.</summary>
    /// <param name="image">Whole OTA file, sound or not.</param>
    /// <param name="sending">How it is sent; <see cref="OtaSending.Plain"/> as a browser does.</param>
    /// <param name="cancellationToken">Aborts the upload: reboot the plug afterwards.</param>
    /// <exception cref="ArgumentException"><see cref="OtaSending.Problem"/> names something.</exception>
    /// <exception cref="PlugUnreachableException">No connection.</exception>
    Task<OtaUploadReply> UploadOtaAsync(ReadOnlyMemory<byte> image, OtaSending sending, CancellationToken cancellationToken);
}

/// <summary>The DUT did not answer as its firmware should.</summary>
public sealed class PlugUnreachableException(string message, Exception? cause = null) : Exception(message, cause);
