using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using LabRunner.Hardware.Drivers.Network.AccessPoint.StandIns;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Network;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Drivers.Network.AccessPoint;

/// <summary>What this process itself sends, or answers in place of a server, while an effect is on. They end with the process. Not thread safe.</summary>
internal sealed class OwnServers : IAsyncDisposable
{
    private readonly string _place;
    private readonly string _device;
    private readonly IPEndPoint _names;
    private readonly LabClock _clock;
    private readonly Dictionary<(NetworkEffect Effect, string Mac), IAsyncDisposable> _running = [];
    private readonly Dictionary<(string Mac, NetworkQuestion Question), long> _asked = [];

    /// <param name="place">For messages.</param>
    /// <param name="device">Interface of the access point.</param>
    /// <param name="nameServer">Address of the real name server.</param>
    /// <param name="clock">Waits, pace and the right time.</param>
    /// <exception cref="BenchFaultException">Kind Configuration: <paramref name="nameServer"/> is no address.</exception>
    public OwnServers(string place, string device, string nameServer, LabClock clock)
    {
        (_place, _device, _clock) = (place, device, clock);
        _names = IPAddress.TryParse(nameServer, out IPAddress? names)
            ? new IPEndPoint(names, 53)
            : throw new BenchFaultException(FaultKind.Configuration, place, $"'nameServer: {nameServer}' is no address", "Write it like 127.0.0.1");
    }

    /// <summary>Effects for which something answers in place of a server.</summary>
    public static IReadOnlyList<NetworkEffect> StandIns { get; } =
        [NetworkEffect.NamesUnknown, NetworkEffect.NamesSlow, NetworkEffect.AddressesRefused, NetworkEffect.TimeError, NetworkEffect.BrokerDenies];

    /// <summary>Starts what an effect needs, in place of what ran for it before; nothing where it needs nothing.</summary>
    /// <returns>Port of what answers; 0: nothing does.</returns>
    /// <exception cref="BenchFaultException">Kind Network: it cannot be opened.</exception>
    public async Task<int> StartAsync(ActiveEffect effect)
    {
        await StopAsync(effect).ConfigureAwait(false);
        IStandIn? server = effect.Effect switch
        {
            NetworkEffect.NamesUnknown => new UnknownNames(),
            NetworkEffect.NamesSlow => new SlowNames(_names, TimeSpan.FromSeconds(effect.Value), _clock),
            NetworkEffect.AddressesRefused => new RefusedLeases(OwnAddress()),
            NetworkEffect.TimeError => new WrongTime(TimeSpan.FromSeconds(effect.Value), _clock),
            NetworkEffect.BrokerDenies => new DenyingBroker(),
            _ => null,
        };
        if (server is not null)
        {
            _running[Key(effect)] = server;
            server.Start(_place);
            return server.Port;
        }

        MulticastSender? sender = effect.Value <= 0 ? null : effect.Effect switch
        {
            NetworkEffect.Discovery => MulticastSender.Searches(_place, _device, effect.Value, _clock),
            NetworkEffect.Announcements => MulticastSender.Announcements(_place, _device, effect.Value, _clock),
            NetworkEffect.ServiceDiscovery => MulticastSender.ServiceQuestions(_place, _device, effect.Value, _clock),
            _ => null,
        };
        if (sender is not null)
        {
            _running[Key(effect)] = sender;
        }

        return 0;
    }

    /// <summary>Ends what runs for an effect.</summary>
    public async Task StopAsync(ActiveEffect effect)
    {
        if (_running.Remove(Key(effect), out IAsyncDisposable? running))
        {
            await running.DisposeAsync().ConfigureAwait(false);
            if (running is DatagramStandIn server && QuestionOf(effect.Effect) is { } question)
            {
                _asked[(effect.Mac, question)] = _asked.GetValueOrDefault((effect.Mac, question)) + server.Asked;
            }
        }
    }

    /// <summary>Questions of a station that what stands in for a server of them was asked, now or before it ended.</summary>
    public long Asked(string mac, NetworkQuestion question) =>
        _asked.GetValueOrDefault((mac, question)) + _running.Where(r => r.Key.Mac == mac && QuestionOf(r.Key.Effect) == question).Sum(r => (r.Value as DatagramStandIn)?.Asked ?? 0);

    /// <summary>What a station asks for that an effect takes the answer of; null: no question that is counted.</summary>
    public static NetworkQuestion? QuestionOf(NetworkEffect effect) => effect switch
    {
        NetworkEffect.NamesSilent or NetworkEffect.NamesUnknown or NetworkEffect.NamesSlow => NetworkQuestion.Names,
        NetworkEffect.TimeSilent or NetworkEffect.TimeError => NetworkQuestion.Time,
        _ => null,
    };

    /// <summary>Ends everything.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable running in _running.Values)
        {
            await running.DisposeAsync().ConfigureAwait(false);
        }

        _running.Clear();
    }

    private static (NetworkEffect Effect, string Mac) Key(ActiveEffect effect) => (effect.Effect, effect.Mac);

    // Of the DHCP server that dnsmasq is on this interface.
    private IPAddress OwnAddress() =>
        Array.Find(NetworkInterface.GetAllNetworkInterfaces(), i => i.Name == _device)?.GetIPProperties().UnicastAddresses
            .Select(a => a.Address).FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork) ?? IPAddress.Any;
}
