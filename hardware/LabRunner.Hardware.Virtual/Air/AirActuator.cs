using LabRunner.Hardware.Network;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Hardware.Virtual.Air;

/// <summary>Does to the air, and to the way to the broker, what the harness is asked. Belongs to the engine's thread.</summary>
/// <param name="air">What the plugs share.</param>
/// <param name="plugs">The plugs, for their ways to the broker.</param>
internal sealed class AirActuator(VirtualAir air, IReadOnlyList<VirtualPlug> plugs)
{
    // An inventory knows every virtual plug by 127.0.0.1, whatever address it has in the air.
    private const int UsualNumber = 1;

    private int? _channelBefore;

    /// <summary>What this air can do.</summary>
    public static IReadOnlySet<NetworkEffect> Effects { get; } = Enum.GetValues<NetworkEffect>().ToHashSet();

    /// <summary>Puts an effect on a station, or takes it off.</summary>
    /// <returns>Why not; null when it is done.</returns>
    public string? Set(NetworkEffect effect, string mac, double value, bool on)
    {
        if (plugs.FirstOrDefault(p => p.Mac == mac) is not { } plug)
        {
            return $"no plug has the MAC address '{mac}'";
        }

        StationConditions own = air.Of(mac);
        switch (effect)
        {
            case NetworkEffect.Deauthenticate or NetworkEffect.Disassociate when on:
                air.Deauthenticate(mac);
                break;
            case NetworkEffect.Away:
                own.KeptAway = on;
                if (on)
                {
                    air.Deauthenticate(mac);
                }

                break;
            case NetworkEffect.GroupKey when on:
                air.ChangeGroupKey();
                break;
            case NetworkEffect.Attenuation:
                air.AttenuationDecibels = on ? (int)Math.Round(value) : 0;
                break;
            case NetworkEffect.AccessPointOff:
                air.SwitchAccessPoint(!on);
                break;
            case NetworkEffect.Channel:
                Move(on ? (int)value : null);
                break;
            case NetworkEffect.Loss:
                own.Loss = on ? value : 0;
                air.LossChanged?.Invoke();
                break;
            case NetworkEffect.NamesSilent:
                own.NameServer = on ? NameServer.BlackHole : null;
                break;
            case NetworkEffect.NamesUnknown:
                own.NameServer = on ? NameServer.NoSuchName : null;
                break;
            case NetworkEffect.NamesSlow:
                (own.NameServer, own.NamesLate) = (on ? NameServer.Slow : null, TimeSpan.FromSeconds(value));
                break;
            case NetworkEffect.AddressesSilent:
                own.AddressesSilent = on;
                break;
            case NetworkEffect.AddressesRefused:
                own.AddressesRefused = on;
                break;
            case NetworkEffect.Lease:
                own.Lease = on ? TimeSpan.FromSeconds(value) : null;
                break;
            case NetworkEffect.Address:
                own.AddressNumber = on && (int)value != UsualNumber ? (int)value : null;
                break;
            case NetworkEffect.TimeSilent:
                own.TimeSilent = on;
                break;
            case NetworkEffect.TimeError:
                own.TimeError = on ? TimeSpan.FromSeconds(value) : null;
                break;
            case NetworkEffect.BrokerRefuses:
                plug.BrokerPath = on ? BrokerPath.Refused : BrokerPath.Open;
                break;
            case NetworkEffect.BrokerSilent:
                plug.BrokerPath = on ? BrokerPath.Silent : BrokerPath.Open;
                break;
            case NetworkEffect.BrokerDenies:
                plug.BrokerPath = on ? BrokerPath.Denied : BrokerPath.Open;
                break;
            case NetworkEffect.Discovery:
                air.DiscoveryPerSecond = on ? value : 0;
                break;
            case NetworkEffect.Announcements:
                air.AnnouncementsPerSecond = on ? value : 0;
                break;
            case NetworkEffect.ServiceDiscovery:
                air.ServiceDiscoveryPerSecond = on ? value : 0;
                break;
            case NetworkEffect.Delay:
                own.Late = on ? TimeSpan.FromMilliseconds(value) : TimeSpan.Zero;
                break;
        }

        return null;
    }

    /// <summary>Questions of a station so far; null: no plug has that MAC address.</summary>
    public long? Asked(string mac, NetworkQuestion question) => plugs.Any(p => p.Mac == mac) ? air.Asked(mac, question) : null;

    /// <summary>Everything is as it was.</summary>
    public void Restore()
    {
        air.ForgetConditions();
        air.SwitchAccessPoint(true);
        Move(null);
        air.DiscoveryPerSecond = 0;
        air.AnnouncementsPerSecond = 0;
        air.ServiceDiscoveryPerSecond = 0;
        air.AttenuationDecibels = 0;
        foreach (VirtualPlug plug in plugs)
        {
            plug.BrokerPath = BrokerPath.Open;
        }
    }

    private void Move(int? channel)
    {
        int before = air.Channel;
        int to = channel ?? _channelBefore ?? before;
        _channelBefore = channel is null ? null : _channelBefore ?? before;
        if (to != before)
        {
            air.SwitchChannel(to);
        }
    }
}
