using System.Globalization;
using System.Net;
using System.Net.Sockets;
using LabRunner.Hardware.Faults;

namespace LabRunner.Hardware.Drivers.Network;

/// <summary>host:port as inventories write it; an IPv6 address in brackets.</summary>
internal static class HostPort
{
    /// <exception cref="BenchFaultException">Kind Configuration: it is not host:port.</exception>
    public static DnsEndPoint Parse(string place, string key, string text)
    {
        int colon = text.LastIndexOf(':');
        string host = colon < 0 ? "" : text[..colon].Trim('[', ']');
        return host.Length > 0 && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and <= IPEndPoint.MaxPort
            ? new DnsEndPoint(host, port, AddressFamily.Unspecified)
            : throw new BenchFaultException(FaultKind.Configuration, place, $"'{key}: {text}' is not host:port", "Write it like 192.168.7.21:80");
    }
}
