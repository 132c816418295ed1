using System.Globalization;
using System.Net;

namespace LabRunner.Hardware.Network;

/// <summary>A DUT as access point and network know it.</summary>
/// <param name="Mac">Lower case with colons.</param>
/// <param name="Address">Its IPv4 address; null where none is known.</param>
public sealed record Station(string Mac, string? Address);

/// <summary>What the bench can do to the network of a DUT. A value goes with some; the others ignore it.</summary>
public enum NetworkEffect
{
    /// <summary>The access point sends the station away with a deauthentication frame. Momentary.</summary>
    Deauthenticate,

    /// <summary>The access point sends the station away with a disassociation frame. Momentary.</summary>
    Disassociate,

    /// <summary>The access point sends the station away and takes it no more.</summary>
    Away,

    /// <summary>The access point is off: no beacons. For every station.</summary>
    AccessPointOff,

    /// <summary>The access point announces another channel and moves there; value 1 to 13. Lifting moves back. For every station.</summary>
    Channel,

    /// <summary>The access point changes its group key and hands it to every station. Momentary. For every station; one that works does not notice.</summary>
    GroupKey,

    /// <summary>The access point sends with less power; value in dB, 0 to 40. What comes to it from the stations stays as strong. For every station.</summary>
    Attenuation,

    /// <summary>A share of the packets to the station is lost; value 0 to 1.</summary>
    Loss,

    /// <summary>Packets to the station come late; value in ms of machine time, 0 to 60,000.</summary>
    Delay,

    /// <summary>Questions for names get no answer.</summary>
    NamesSilent,

    /// <summary>Every name is unknown (NXDOMAIN), at once.</summary>
    NamesUnknown,

    /// <summary>Answers to questions for names come late; value in s of run time, 0 to 60.</summary>
    NamesSlow,

    /// <summary>The DHCP server does not hear the station: no address, no renewal.</summary>
    AddressesSilent,

    /// <summary>The DHCP server refuses to renew the station's address (DHCPNAK). A new address is given when it is asked for one.</summary>
    AddressesRefused,

    /// <summary>Addresses are given for a time; value in s, 120 to 86,400 (dnsmasq gives none for less).</summary>
    Lease,

    /// <summary>
    /// The DHCP server has another address for the station, and refuses to renew the one it holds (DHCPNAK); value: last number of the address, 1 to 254.
    /// Lifted it has no address of its own for it: the usual one is given again where the server's own settings reserve it.
    /// </summary>
    Address,

    /// <summary>Questions for the time get no answer.</summary>
    TimeSilent,

    /// <summary>The time server's clock is off; value in s, also negative.</summary>
    TimeError,

    /// <summary>The broker refuses: connections are reset, new ones too.</summary>
    BrokerRefuses,

    /// <summary>The broker is a black hole: what is sent to it is dropped without a word.</summary>
    BrokerSilent,

    /// <summary>The broker knows neither user nor password any more (CONNACK "not authorised"): standing connections end, new ones are denied.</summary>
    BrokerDenies,

    /// <summary>Multicast discovery requests (SSDP M-SEARCH); value a second, 0 to 1,000.</summary>
    Discovery,

    /// <summary>Multicast announcements of a peer (SSDP NOTIFY); value a second, 0 to 1,000.</summary>
    Announcements,

    /// <summary>Multicast questions for services (mDNS, DNS-SD); value a second, 0 to 1,000.</summary>
    ServiceDiscovery,
}

/// <summary>What a DUT asks a server of its network for.</summary>
public enum NetworkQuestion
{
    /// <summary>The address of a name (DNS).</summary>
    Names,

    /// <summary>The time (NTP).</summary>
    Time,
}

/// <summary>
/// Disturbs the network of one DUT at a time, as the bench's own access point can, and puts it back. An effect stays until it is lifted,
/// unless it is momentary; setting it again replaces its value. Thread safe.
/// </summary>
public interface INetworkActuator : IAsyncDisposable
{
    /// <summary>What it can do here.</summary>
    IReadOnlySet<NetworkEffect> Effects { get; }

    /// <summary>Puts an effect on a station.</summary>
    /// <param name="station">Which; effects for every station need one too, for the records.</param>
    /// <param name="effect">One of <see cref="Effects"/>.</param>
    /// <param name="value">As the effect says.</param>
    /// <param name="cancellationToken">Ends the wait; the effect may be on then.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value is outside the effect's range.</exception>
    /// <exception cref="Faults.BenchFaultException">Kind Network: the driver cannot do it, or a program of the access point refused.</exception>
    Task DisturbAsync(Station station, NetworkEffect effect, double value, CancellationToken cancellationToken);

    /// <summary>Takes an effect off a station. Lifting what is not on does nothing.</summary>
    /// <exception cref="Faults.BenchFaultException">Kind Network: it may still be on.</exception>
    Task LiftAsync(Station station, NetworkEffect effect, CancellationToken cancellationToken);

    /// <summary>Datagrams with which a station has asked so far, repeated ones too: what it asked in a time is the difference of two counts.</summary>
    /// <returns>Null: this driver cannot count them.</returns>
    /// <exception cref="Faults.BenchFaultException">Kind Network: a program of the access point refused.</exception>
    Task<long?> CountAsync(Station station, NetworkQuestion question, CancellationToken cancellationToken) => Task.FromResult<long?>(null);

    /// <summary>Puts everything back that this driver, or an earlier process that died, has changed. Does nothing where nothing is changed.</summary>
    /// <exception cref="Faults.BenchFaultException">Kind Network: something may still be changed; the message says what.</exception>
    Task RestoreAsync(CancellationToken cancellationToken);
}

/// <summary>Facts of the effects.</summary>
public static class NetworkEffects
{
    /// <summary>True: it is over at once and needs no lifting.</summary>
    public static bool IsMomentary(this NetworkEffect effect) => effect is NetworkEffect.Deauthenticate or NetworkEffect.Disassociate or NetworkEffect.GroupKey;

    /// <summary>True: it disturbs every station of the access point, not the one alone that it is asked for.</summary>
    public static bool TakesTheAir(this NetworkEffect effect) => effect is NetworkEffect.AccessPointOff or NetworkEffect.Channel or NetworkEffect.Attenuation;

    /// <summary>True: every station of the access point gets it, whomever it is asked for: it takes the air, or is sent to all.</summary>
    public static bool ReachesAll(this NetworkEffect effect) => effect.TakesTheAir() || effect is NetworkEffect.Discovery or NetworkEffect.Announcements or NetworkEffect.ServiceDiscovery;

    /// <summary>An address with another last number; null: it is no IPv4 address.</summary>
    /// <param name="address">Address of a station; null where none is known.</param>
    /// <param name="number">Last number, 1 to 254.</param>
    public static string? WithLastNumber(string? address, int number) =>
        IPAddress.TryParse(address, out IPAddress? parsed) && parsed.GetAddressBytes() is [var a, var b, var c, _] ? string.Create(CultureInfo.InvariantCulture, $"{a}.{b}.{c}.{number}") : null;

    /// <summary>Refuses a value outside the effect's range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is outside.</exception>
    public static void Check(this NetworkEffect effect, double value)
    {
        (double low, double high) = effect switch
        {
            NetworkEffect.Channel => (1, 13),
            NetworkEffect.Attenuation => (0, 40),
            NetworkEffect.Loss => (0, 1),
            NetworkEffect.Delay => (0, 60_000),
            NetworkEffect.NamesSlow => (0, 60),
            NetworkEffect.Lease => (120, 86_400),
            NetworkEffect.Address => (1, 254),
            NetworkEffect.TimeError => (-4e9, 4e9),
            NetworkEffect.Discovery or NetworkEffect.Announcements or NetworkEffect.ServiceDiscovery => (0, 1_000),
            _ => (double.NegativeInfinity, double.PositiveInfinity),
        };
        if (!(value >= low && value <= high))
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, $"{effect} takes {low} to {high}.");
        }
    }
}
