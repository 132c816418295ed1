// Inventory:
//   power: { driver: http-pdu, on: "http://pdu/outlet/3?set=1", off: "http://pdu/outlet/3?set=0", state: "http://pdu/outlet/3", onMatches: "state=1" }
// Any outlet strip or relay board with a web interface; method: POST and body: "{state}" where it wants one.
using System.ComponentModel;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Commands;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;

namespace LabRunner.Hardware.Drivers.Power;

/// <summary>Options of <see cref="HttpPduPower"/>.</summary>
public sealed record HttpPduPowerOptions : PowerLimits
{
    /// <summary>URL that switches on.</summary>
    [Description("URL that switches on.")]
    public required string On { get; init; }

    /// <summary>URL that switches off.</summary>
    [Description("URL that switches off.")]
    public required string Off { get; init; }

    /// <summary>URL whose answer tells the state; it confirms each switching.</summary>
    [Description("URL whose answer tells the state; asked by GET after each switching.")]
    public required string State { get; init; }

    /// <summary>Regular expression that the answer of <see cref="State"/> matches while on.</summary>
    [Description("Regular expression that the answer of state matches while on. Default: the word on, 1 or true.")]
    public string OnMatches { get; init; } = @"(?i)\b(on|1|true)\b";

    /// <summary>Method of <see cref="On"/> and <see cref="Off"/>. Default GET.</summary>
    [Description("HTTP method of on and off. Default GET.")]
    public string Method { get; init; } = "GET";

    /// <summary>Body of <see cref="On"/> and <see cref="Off"/>; {state} in it is on or off.</summary>
    [Description("Body of on and off; {state} in it is on or off. Default: none.")]
    public string? Body { get; init; }

    /// <summary>User of basic authentication.</summary>
    [Description("User of basic authentication.")]
    public string? User { get; init; }

    /// <summary>Password of basic authentication.</summary>
    [Description("Password of basic authentication; best as ${env.NAME}.")]
    public string? Password { get; init; }
}

/// <summary>An outlet of a power distribution unit with a web interface. Building it switches nothing.</summary>
[Driver(Contracts.Power, "http-pdu")]
public sealed class HttpPduPower : IPowerSwitch
{
    private readonly HttpPduPowerOptions _options;
    private readonly IDriverContext _context;
    private readonly Regex _on;
    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };

    /// <exception cref="BenchFaultException">Kind Configuration: a URL or the expression is none.</exception>
    public HttpPduPower(HttpPduPowerOptions options, IDriverContext context)
    {
        (_options, _context) = (options, context);
        _on = ShellCommand.Pattern(context, "onMatches", options.OnMatches);
        foreach ((string key, string url) in new[] { ("on", options.On), ("off", options.Off), ("state", options.State) })
        {
            if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https"))
            {
                throw new BenchFaultException(FaultKind.Configuration, context.Place, $"'{key}: {url}' is no URL", "Write it like http://192.168.4.9/outlet/3?set=1");
            }
        }

        if (options.User is not null)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{options.User}:{options.Password}")));
        }
    }

    /// <inheritdoc/>
    public async Task SwitchAsync(PowerState state, CancellationToken cancellationToken)
    {
        bool on = PowerChecks.IsOn(state);
        await AskAsync(on ? "on" : "off", _options.Method, on ? _options.On : _options.Off, _options.Body?.Replace("{state}", on ? "on" : "off", StringComparison.Ordinal), cancellationToken).ConfigureAwait(false);
        PowerChecks.Confirm(_context, on, await ReadStateAsync(cancellationToken).ConfigureAwait(false), "the outlet");
    }

    /// <inheritdoc/>
    public async Task<PowerState> ReadStateAsync(CancellationToken cancellationToken) =>
        _on.IsMatch(await AskAsync("state", "GET", _options.State, null, cancellationToken).ConfigureAwait(false)) ? PowerState.On : PowerState.Off;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<string> AskAsync(string key, string method, string url, string? body, CancellationToken cancellationToken)
    {
        try
        {
            using HttpRequestMessage request = new(new HttpMethod(method), url) { Content = body is null ? null : new StringContent(body) };
            using HttpResponseMessage reply = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            string text = await reply.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
            return reply.IsSuccessStatusCode ? text : throw new HttpRequestException($"status {(int)reply.StatusCode}, '{PowerChecks.Start(text)}'");
        }
        catch (HttpRequestException failure)
        {
            throw new BenchFaultException(
                FaultKind.Power, _context.Place, $"the outlet did not take '{key}' ({failure.Message.TrimEnd('.')})", "Try the URL by hand, then check supply and network of the unit", failure);
        }
    }
}
