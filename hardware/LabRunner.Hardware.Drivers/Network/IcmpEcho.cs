// Inventory:
//   ping: { driver: icmp }     # host: 192.168.7.21; default: the host of http
using System.ComponentModel;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Network;

namespace LabRunner.Hardware.Drivers.Network;

/// <summary>Options of <see cref="IcmpEcho"/>.</summary>
public sealed record IcmpEchoOptions
{
    /// <summary>Host name or address; null: the host of the slot's http.</summary>
    [Description("Host name or address. Default: the host of http.")]
    public string? Host { get; init; }
}

/// <summary>ICMP echo. Thread safe.</summary>
[Driver(Contracts.Ping, "icmp")]
public sealed class IcmpEcho : IEchoProbe
{
    private static readonly byte[] Payload = "LabRunner echo "u8.ToArray();

    private readonly IDriverContext _context;
    private readonly string _host;
    private volatile bool _unprivileged;

    /// <exception cref="BenchFaultException">Kind Configuration: neither host nor http is given.</exception>
    public IcmpEcho(IcmpEchoOptions options, IDriverContext context)
    {
        _context = context;
        _host = options.Host ?? context.Facts.GetValueOrDefault("host")
            ?? throw new BenchFaultException(FaultKind.Configuration, context.Place, "ping has no host", "Give host, or http to the slot");
    }

    /// <inheritdoc/>
    public async Task<TimeSpan?> EchoAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        long start = _context.Clock.GetTimestamp();
        TimeSpan machine = TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(_context.Clock.ToMachine(limit).TotalMilliseconds)));
        try
        {
            return await AnswersAsync(machine, cancellationToken).ConfigureAwait(false) ? _context.Clock.GetElapsedTime(start) : null;
        }
        catch (Exception failure) when (SocketCause(failure) is SocketError.AccessDenied)
        {
            throw new BenchFaultException(
                FaultKind.Machine, _context.Place, "this user may not send ICMP echoes",
                "Allow it: sudo sysctl -w net.ipv4.ping_group_range=\"0 2147483647\"", failure);
        }
        catch (Exception failure) when (SocketCause(failure) is SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData)
        {
            throw new BenchFaultException(FaultKind.Network, _context.Place, $"the name '{_host}' cannot be resolved", "Give an address as host", failure);
        }
        catch (Exception failure) when (failure is PingException or SocketException)
        {
            // No route or host unreachable: the probe's answer is "nothing came back".
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static SocketError? SocketCause(Exception failure) => ((failure as SocketException) ?? (failure as PingException)?.InnerException as SocketException)?.SocketErrorCode;

    private async Task<bool> AnswersAsync(TimeSpan machine, CancellationToken cancellationToken)
    {
        if (!_unprivileged)
        {
            using Ping ping = new();
            try
            {
                return (await ping.SendPingAsync(_host, machine, Payload, null, cancellationToken).ConfigureAwait(false)).Status == IPStatus.Success;
            }
            catch (PlatformNotSupportedException)
            {
                // The class Ping sends a payload of one's own only with CAP_NET_RAW.
                _unprivileged = true;
            }
        }

        IPAddress[] addresses = await Dns.GetHostAddressesAsync(_host, cancellationToken).ConfigureAwait(false);
        using CancellationTokenSource limit = new(machine, TimeProvider.System);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await PingSocket.EchoAsync(addresses[0], Payload, either.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
