using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Drivers.Network;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Plugs;

namespace LabRunner.Hardware.Drivers.Plugs;

/// <summary>Commands of a Tasmota or OpenBeken plug that is part of the bench (not the DUT), over /cm?cmnd=. Thread safe.</summary>
internal sealed class PlugConsole
{
    private readonly IDriverContext _context;
    private readonly PlugHttp _http;
    private readonly string _address;
    private readonly string _what;
    private readonly string _login;

    /// <param name="context">The slot's.</param>
    /// <param name="what">What the plug is to the bench, for messages: "the switching plug".</param>
    /// <param name="address">host:port.</param>
    /// <param name="user">Web user; null: none.</param>
    /// <param name="password">Web password; null: none. Never in a message.</param>
    /// <param name="limit">Of each exchange, machine time.</param>
    /// <exception cref="BenchFaultException">Kind Configuration: the address is not host:port.</exception>
    public PlugConsole(IDriverContext context, string what, string address, string? user, string? password, TimeSpan limit)
    {
        (_context, _what, _address) = (context, what, address);
        _http = new PlugHttp(HostPort.Parse(context.Place, "address", address), context.Clock, limit * context.Clock.Scale);
        _login = user is null && password is null
            ? ""
            : $"user={Uri.EscapeDataString(user ?? "admin")}&password={Uri.EscapeDataString(password ?? "")}&";
    }

    /// <summary>Runs a command.</summary>
    /// <param name="command">Already escaped for a query.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What the plug says, JSON as a rule.</returns>
    /// <exception cref="BenchFaultException">Kind Power: no answer.</exception>
    public async Task<string> AskAsync(string command, CancellationToken cancellationToken)
    {
        try
        {
            return (await _http.RequestAsync("GET", $"/cm?{_login}cmnd={command}", null, cancellationToken).ConfigureAwait(false)).Body;
        }
        catch (PlugUnreachableException failure)
        {
            string reason = failure.Message;
            int secret = reason.IndexOf("password=", StringComparison.Ordinal);
            throw new BenchFaultException(
                FaultKind.Power, _context.Place, $"{_what} at {_address} does not answer ({(secret < 0 ? reason.TrimEnd('.') : "no reply")})",
                "Check its supply, its network and the address", secret < 0 ? failure : null);
        }
    }
}
