using System.Globalization;
using System.Net;
using System.Text.Json;
using LabRunner.Hardware.Drivers.Network;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Drivers.Plugs;

/// <summary>
/// A plug with OpenBeken or a firmware with its interfaces (openshwprojects/OpenBK7231T_App: new_http.c, rest_interface.c, http_fns.c,
/// json_interface.c, hal_ota_bl602.c). One connection per call, as the firmware serves it. Thread safe.
/// </summary>
public sealed class OpenBekenPlug : IPlug
{
    private readonly PlugHttp _http;
    private readonly LabClock _clock;

    /// <param name="hostPort">host:port of the device's web server.</param>
    /// <param name="clock">Clock of all limits.</param>
    /// <param name="limit">Limit of one call, run time. Default 5 s.</param>
    /// <exception cref="Faults.BenchFaultException">Kind Configuration: <paramref name="hostPort"/> is not host:port.</exception>
    public OpenBekenPlug(string hostPort, LabClock clock, TimeSpan? limit = null)
    {
        DnsEndPoint address = HostPort.Parse("slot", "http", hostPort);
        _clock = clock;
        _http = new PlugHttp(address, clock, limit ?? TimeSpan.FromSeconds(5));
        Address = new UriBuilder("http", address.Host, address.Port).Uri;
    }

    /// <summary>A plug that is reached in another way than over TCP, for example the model of one. It takes no OTA upload.</summary>
    /// <param name="address">What it is called.</param>
    /// <param name="clock">Clock of all limits.</param>
    /// <param name="dial">How to connect to its web server.</param>
    public OpenBekenPlug(Uri address, LabClock clock, DialPlug dial)
    {
        ArgumentNullException.ThrowIfNull(address);
        Address = address;
        _clock = clock;
        _http = new PlugHttp(new DnsEndPoint(address.Host, address.Port), clock, TimeSpan.FromSeconds(5), dial);
    }

    /// <inheritdoc/>
    public Uri Address { get; }

    /// <inheritdoc/>
    public async Task<PlugInfo> GetInfoAsync(CancellationToken cancellationToken) =>
        OpenBekenJson.Info(await PageAsync("/api/info", cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The line does not fit into the one segment that the firmware reads.</exception>
    public async Task<CommandReply> CommandAsync(string line, CancellationToken cancellationToken)
    {
        HttpReply reply = await _http.RequestAsync("POST", "/api/cmnd", line, cancellationToken).ConfigureAwait(false);

        // In safe mode /api is not there and the answer is a "Not found" page with status 200.
        bool page = reply.Body.AsSpan().TrimStart().StartsWith("<");
        return new CommandReply(
            reply.Status == 200 && !page && !reply.Body.Contains("Unknown command", StringComparison.OrdinalIgnoreCase), reply.Status, reply.Body);
    }

    /// <inheritdoc/>
    public async Task<PlugPageState> GetPageStateAsync(CancellationToken cancellationToken) =>
        OpenBekenPage.Parse(await PageAsync("/index?state=1", cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public async Task<PlugStatus> GetStatusAsync(CancellationToken cancellationToken) =>
        OpenBekenJson.Status(await PageAsync("/cm?cmnd=Status%200", cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public async Task<PlugPins> GetPinsAsync(CancellationToken cancellationToken) =>
        OpenBekenJson.Pins(await PageAsync("/api/pins", cancellationToken).ConfigureAwait(false));

    /// <summary>GET /api/channels: channel to value. The firmware lists one entry per pin; of equal channels the last counts.</summary>
    /// <exception cref="PlugUnreachableException">No or no sensible answer.</exception>
    public async Task<IReadOnlyDictionary<int, int>> GetChannelsAsync(CancellationToken cancellationToken) =>
        OpenBekenJson.Channels(await PageAsync("/api/channels", cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The pins do not fit into the one segment that the firmware reads.</exception>
    public async Task SetPinsAsync(PlugPins pins, CancellationToken cancellationToken)
    {
        string body = JsonSerializer.Serialize(new Dictionary<string, IReadOnlyList<int>> { ["roles"] = pins.Roles, ["channels"] = pins.Channels });
        HttpReply reply = await _http.RequestAsync("POST", "/api/pins", body, cancellationToken).ConfigureAwait(false);
        Require(reply, "POST /api/pins", "success");
    }

    /// <inheritdoc/>
    public async Task<(int Status, string Body)> GetAsync(string path, CancellationToken cancellationToken)
    {
        HttpReply reply = await _http.RequestAsync("GET", path, null, cancellationToken).ConfigureAwait(false);
        return (reply.Status, reply.Body);
    }

    /// <inheritdoc/>
    public async Task RebootAsync(CancellationToken cancellationToken)
    {
        HttpReply reply = await _http.RequestAsync("POST", "/api/reboot", "", cancellationToken).ConfigureAwait(false);
        Require(reply, "POST /api/reboot", "reboot");
    }

    /// <inheritdoc/>
    public Task<OtaUploadReply> UploadOtaAsync(ReadOnlyMemory<byte> image, OtaSending sending, CancellationToken cancellationToken) =>
        new OtaUpload(_http, _clock, sending).RunAsync(image, cancellationToken);

    private async Task<string> PageAsync(string path, CancellationToken cancellationToken)
    {
        HttpReply reply = await _http.RequestAsync("GET", path, null, cancellationToken).ConfigureAwait(false);
        return reply.Status == 200
            ? reply.Body
            : throw new PlugUnreachableException(string.Create(CultureInfo.InvariantCulture, $"GET {path} at {Address.Authority} answered status {reply.Status}"));
    }

    private void Require(HttpReply reply, string what, string key)
    {
        if (reply.Status != 200 || !OpenBekenJson.HasKey(reply.Body, key))
        {
            throw new PlugUnreachableException(string.Create(
                CultureInfo.InvariantCulture, $"{what} at {Address.Authority} was not accepted: status {reply.Status} without '{key}' (in safe mode the device has no /api)"));
        }
    }
}
