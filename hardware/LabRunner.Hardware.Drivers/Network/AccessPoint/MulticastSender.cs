using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Drivers.Network.AccessPoint;

/// <summary>Sends one datagram to a multicast group so often a second until it is disposed of.</summary>
internal sealed class MulticastSender : IAsyncDisposable
{
    private static readonly IPEndPoint Ssdp = new(IPAddress.Parse("239.255.255.250"), 1900);

    private static readonly IPEndPoint Mdns = new(IPAddress.Parse("224.0.0.251"), 5353);

    private static readonly byte[] Search =
        [.. "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: upnp:rootdevice\r\n\r\n"u8];

    // As OpenBeken itself sends it (drv_ssdp.c), so that the driver goes all its way: it keeps a list of such peers.
    private static readonly byte[] Notify =
    [
        .. "NOTIFY * HTTP/1.1\r\nSERVER: OpenBk\r\nHOST: 239.255.255.250:1900\r\nCACHE-CONTROL: max-age=1800\r\nLOCATION: http://192.0.2.1:80/ssdp.xml\r\n"u8,
        .. "NTS: ssdp:alive\r\nNT: upnp:rootdevice\r\nUSN: uuid:e427ce1a-3e80-43d0-ad6f-89ec42e46363::upnp:rootdevice\r\n\r\n"u8,
    ];

    // RFC 6763 section 9: which kinds of service there are. One question, type PTR, class IN.
    private static readonly byte[] Services =
        [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 9, .. "_services"u8, 7, .. "_dns-sd"u8, 4, .. "_udp"u8, 5, .. "local"u8, 0, 0, 12, 0, 1];

    private readonly CancellationTokenSource _end = new();
    private readonly Task _sending;

    private MulticastSender(Socket socket, byte[] datagram, IPEndPoint group, TimeSpan every, LabClock clock) =>
        _sending = SendAsync(socket, datagram, group, every, clock);

    /// <summary>Discovery requests of SSDP.</summary>
    /// <exception cref="BenchFaultException">Kind Network: this machine has no way to the group.</exception>
    public static MulticastSender Searches(string place, string device, double perSecond, LabClock clock) => Open(place, device, Search, Ssdp, perSecond, clock);

    /// <summary>Announcements of SSDP.</summary>
    /// <exception cref="BenchFaultException">Kind Network: this machine has no way to the group.</exception>
    public static MulticastSender Announcements(string place, string device, double perSecond, LabClock clock) => Open(place, device, Notify, Ssdp, perSecond, clock);

    /// <summary>Questions of DNS-SD over mDNS.</summary>
    /// <exception cref="BenchFaultException">Kind Network: this machine has no way to the group.</exception>
    public static MulticastSender ServiceQuestions(string place, string device, double perSecond, LabClock clock) => Open(place, device, Services, Mdns, perSecond, clock);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await _sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    private static MulticastSender Open(string place, string device, byte[] datagram, IPEndPoint group, double perSecond, LabClock clock)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            // Else the default route's interface, which is seldom the access point's.
            if (Array.Find(NetworkInterface.GetAllNetworkInterfaces(), i => i.Name == device)?.GetIPProperties().GetIPv4Properties() is { } own)
            {
                socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.MulticastInterface, IPAddress.HostToNetworkOrder(own.Index));
            }

            // The first at once: a machine without a way to the group says so here, and not in silence.
            socket.SendTo(datagram, group);
        }
        catch (SocketException broken)
        {
            socket.Dispose();
            throw new BenchFaultException(FaultKind.Network, place, $"discovery requests cannot be sent: {broken.Message}", $"Give {device} an address and let it carry multicast", broken);
        }

        return new MulticastSender(socket, datagram, group, TimeSpan.FromSeconds(1 / perSecond), clock);
    }

    private async Task SendAsync(Socket socket, byte[] datagram, IPEndPoint group, TimeSpan every, LabClock clock)
    {
        using Socket owned = socket;
        try
        {
            using PeriodicTimer pace = new(every, clock);
            while (await pace.WaitForNextTickAsync(_end.Token).ConfigureAwait(false))
            {
                await socket.SendToAsync(datagram, SocketFlags.None, group, _end.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}
