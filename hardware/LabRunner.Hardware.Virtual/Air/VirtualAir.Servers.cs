using System.Globalization;
using LabRunner.Hardware.Network;

namespace LabRunner.Hardware.Virtual.Air;

/// <content>Address and name server behind the access point.</content>
public sealed partial class VirtualAir
{
    private readonly Dictionary<(string Mac, NetworkQuestion Question), long> _asked = [];

    /// <summary>Questions of a station so far, answered or not.</summary>
    internal long Asked(string mac, NetworkQuestion question) => _asked.GetValueOrDefault((mac, question));

    private void Count(string mac, NetworkQuestion question) => _asked[(mac, question)] = Asked(mac, question) + 1;

    /// <summary>A station asks for the time. Error of the answer; null: there is none.</summary>
    internal TimeSpan? AskTime(string mac)
    {
        Count(mac, NetworkQuestion.Time);
        return TimeErrorOf(mac);
    }

    /// <summary>The address that the server has for a station. Another than the usual one is of another network, so that the two are never alike.</summary>
    internal string AddressOf(IStation station) =>
        Of(station.Mac).AddressNumber is { } number ? string.Create(CultureInfo.InvariantCulture, $"192.168.8.{number}") : station.UsualAddress;

    /// <summary>A station asks for the address that the server has for it, or for the one it holds again; null: no answer, or it was refused.</summary>
    internal TimeSpan? RequestAddress(IStation station, string address, bool renew, out bool refused)
    {
        refused = false;
        if (Of(station.Mac).AddressesSilent)
        {
            // Dropped before the server hears of it.
            return null;
        }

        if (!renew)
        {
            _writer.Addresses("DHCPDISCOVER", AddressServerUp ? station.Mac : station.Mac + " no address available");
        }

        if (!AddressServerUp)
        {
            return null;
        }

        if (!renew)
        {
            _writer.Addresses("DHCPOFFER", $"{address} {station.Mac}");
        }

        _writer.Addresses("DHCPREQUEST", $"{address} {station.Mac}");
        // dnsmasq refuses what it has another address for (rfc2131.c), so that the client asks anew.
        bool another = renew && address != AddressOf(station);
        if (another || (renew && Of(station.Mac).AddressesRefused))
        {
            refused = true;
            _writer.Addresses("DHCPNAK", $"{address} {station.Mac} {(another ? "static lease available" : "address not available")}");
            return null;
        }

        _writer.Addresses("DHCPACK", $"{address} {station.Mac} {station.HostName}");
        return Of(station.Mac).Lease ?? Lease;
    }

    /// <summary>A station asks for a name. Time until the answer; null: there is none.</summary>
    internal TimeSpan? Resolve(IStation station, string address, string name, out bool found)
    {
        Count(station.Mac, NetworkQuestion.Names);
        StationConditions own = Of(station.Mac);
        NameServer server = own.NameServer ?? NameServer;
        found = server is NameServer.Answers or NameServer.Slow;
        if (own.NameServer == NameServer.BlackHole)
        {
            // Dropped before the server hears of it.
            return null;
        }

        _writer.Names($"query[A] {name} from {address}");
        switch (server)
        {
            case NameServer.BlackHole:
                return null;
            case NameServer.NoSuchName:
                _writer.Names($"reply {name} is NXDOMAIN");
                return TimeSpan.FromMilliseconds(5);
            default:
                _writer.Names($"reply {name} is 192.168.7.2");
                return server == NameServer.Slow ? own.NamesLate : TimeSpan.FromMilliseconds(5);
        }
    }
}
