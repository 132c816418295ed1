using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Network;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Drivers.Network.AccessPoint;

/// <summary>
/// The bench's own access point on Linux: hostapd (hostapd_cli), dnsmasq (a hosts file and SIGHUP), nftables and tc netem. Inventory:
/// <c>network: { driver: linux-ap, interface: wlan0, channel: 6, hosts: /etc/dnsmasq.d/labrunner.hosts, pid: /run/dnsmasq/dnsmasq.pid }</c>;
/// dnsmasq.conf then has <c>dhcp-hostsfile=/etc/dnsmasq.d/labrunner.hosts</c>. Needs root's rights. Tested: nft and tc in a network namespace,
/// hostapd_cli against a program that stands in for it; not yet on a Raspberry Pi.
/// </summary>
/// <remarks>
/// What is on stands in a file that is written first; nftables and tc are set whole from it. Packets are lost and late on the way to the
/// station only: tc shapes what an interface sends. Everything of nftables is in the table inet labrunner, of tc under the handle 1ab0:.
/// </remarks>
[Driver(Contracts.Network, "linux-ap")]
[Description("The bench's own access point: hostapd, dnsmasq, nftables, tc")]
public sealed class LinuxAccessPoint : INetworkActuator
{
    private static readonly NetworkEffect[] ByHostapd = [NetworkEffect.Deauthenticate, NetworkEffect.Disassociate, NetworkEffect.Away, NetworkEffect.AccessPointOff];

    private static readonly NetworkEffect[] ByNft =
        [NetworkEffect.NamesSilent, NetworkEffect.AddressesSilent, NetworkEffect.TimeSilent, NetworkEffect.BrokerRefuses, NetworkEffect.BrokerSilent];

    private static readonly NetworkEffect[] ByTc = [NetworkEffect.Loss, NetworkEffect.Delay];

    private static readonly byte[] Search =
        [.. "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: upnp:rootdevice\r\n\r\n"u8];

    private static readonly IPEndPoint Ssdp = new(IPAddress.Parse("239.255.255.250"), 1900);

    private readonly Options _options;
    private readonly string _place;
    private readonly LabClock _clock;
    private readonly HostTool _hostapd;
    private readonly HostTool _nft;
    private readonly HostTool _tc;
    private readonly HostTool _kill;
    private readonly ActiveEffects _active;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private CancellationTokenSource? _discovery;
    private Task _discovering = Task.CompletedTask;

    /// <param name="options">What it is made of.</param>
    /// <param name="context">Names the bench in messages.</param>
    public LinuxAccessPoint(Options options, IDriverContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        (_options, _place, _clock) = (options, context.Place, context.Clock);
        _hostapd = new HostTool(_place, options.HostapdCli);
        _nft = new HostTool(_place, options.Nft);
        _tc = new HostTool(_place, options.Tc);
        _kill = new HostTool(_place, "kill");
        _active = new ActiveEffects(_place, options.State);
        List<NetworkEffect> effects = [NetworkEffect.Discovery];
        effects.AddRange(HostTool.Exists(options.HostapdCli) ? ByHostapd : []);
        effects.AddRange(HostTool.Exists(options.HostapdCli) && options.Channel is not null ? [NetworkEffect.Channel] : []);
        effects.AddRange(HostTool.Exists(options.Nft) ? ByNft : []);
        effects.AddRange(HostTool.Exists(options.Tc) ? ByTc : []);
        effects.AddRange(options.Hosts is not null && options.Pid is not null ? [NetworkEffect.Lease] : []);
        Effects = effects.ToHashSet();
    }

    /// <inheritdoc/>
    public IReadOnlySet<NetworkEffect> Effects { get; }

    /// <inheritdoc/>
    public async Task DisturbAsync(Station station, NetworkEffect effect, double value, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(station);
        effect.Check(value);
        if (!Effects.Contains(effect))
        {
            throw new BenchFaultException(FaultKind.Network, _place, $"it cannot do {effect}", "Install the program that does it, or give channel:, hosts: and pid: in the inventory");
        }

        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (effect.IsMomentary())
            {
                await CliAsync(cancellationToken, effect == NetworkEffect.Deauthenticate ? "deauthenticate" : "disassociate", station.Mac).ConfigureAwait(false);
                return;
            }

            IReadOnlyList<ActiveEffect> before = _active.Read();
            ActiveEffect on = new(effect, station.Mac, station.Address, value);
            List<ActiveEffect> after = [.. before.Where(e => (e.Effect, e.Mac) != (effect, station.Mac)), on];
            if (after.Where(e => e.Effect is NetworkEffect.Loss or NetworkEffect.Delay).Select(e => e.Mac).Distinct().Count() > PacketRules.MostShaped)
            {
                throw new BenchFaultException(FaultKind.Network, _place, $"more than {PacketRules.MostShaped} stations cannot have lost or late packets at once", "Run such suites on fewer slots at a time");
            }

            _active.Write(after);
            await TurnAsync(on, true, cancellationToken).ConfigureAwait(false);
            await ApplyAsync(after, effect, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async Task LiftAsync(Station station, NetworkEffect effect, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(station);
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            IReadOnlyList<ActiveEffect> before = _active.Read();
            if (before.FirstOrDefault(e => (e.Effect, e.Mac) == (effect, station.Mac)) is not { } on)
            {
                return;
            }

            List<ActiveEffect> after = [.. before.Where(e => e != on)];
            await TurnAsync(on, false, cancellationToken).ConfigureAwait(false);
            await ApplyAsync(after, effect, cancellationToken).ConfigureAwait(false);

            // Last: what may still be on stays in the file.
            _active.Write(after);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public async Task RestoreAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            IReadOnlyList<ActiveEffect> left = _active.Read();
            List<ActiveEffect> still = [.. left];
            List<Exception> failures = [];
            foreach (ActiveEffect on in left)
            {
                try
                {
                    await TurnAsync(on, false, cancellationToken).ConfigureAwait(false);
                    await ApplyAsync([.. still.Where(e => e != on)], on.Effect, cancellationToken).ConfigureAwait(false);
                    still.Remove(on);
                }
                catch (BenchFaultException failure)
                {
                    failures.Add(failure);
                }
            }

            _active.Write(still);
            if (failures.Count > 0)
            {
                throw failures[0];
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Ends the discovery requests; what else is on stays until it is restored.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopDiscoveryAsync().ConfigureAwait(false);
        _gate.Dispose();
    }

    // What is switched, and not set as a whole.
    private async Task TurnAsync(ActiveEffect effect, bool on, CancellationToken cancellationToken)
    {
        switch (effect.Effect)
        {
            case NetworkEffect.Away:
                await CliAsync(cancellationToken, "deny_acl", on ? "ADD_MAC" : "DEL_MAC", effect.Mac).ConfigureAwait(false);
                if (on)
                {
                    await CliAsync(cancellationToken, "deauthenticate", effect.Mac).ConfigureAwait(false);
                }

                break;
            case NetworkEffect.AccessPointOff:
                await CliAsync(cancellationToken, on ? "disable" : "enable").ConfigureAwait(false);
                break;
            case NetworkEffect.Channel:
                int megahertz = PacketRules.Megahertz(on ? (int)effect.Value : _options.Channel!.Value);

                // Five beacons announce the move.
                await CliAsync(cancellationToken, "chan_switch", "5", megahertz.ToString(CultureInfo.InvariantCulture)).ConfigureAwait(false);
                break;
            case NetworkEffect.Discovery:
                await StopDiscoveryAsync().ConfigureAwait(false);
                if (on && effect.Value > 0)
                {
                    Socket socket = OpenDiscovery();
                    _discovery = new CancellationTokenSource();
                    _discovering = DiscoverAsync(socket, effect.Value, _discovery.Token);
                }

                break;
        }
    }

    private async Task ApplyAsync(IReadOnlyList<ActiveEffect> effects, NetworkEffect changed, CancellationToken cancellationToken)
    {
        if (ByNft.Contains(changed))
        {
            await _nft.RunAsync(PacketRules.Nft(effects, _options.Interface, _options.BrokerPort), cancellationToken, "-f", "-").ConfigureAwait(false);
        }
        else if (ByTc.Contains(changed))
        {
            await ShapeAsync(effects, cancellationToken).ConfigureAwait(false);
        }
        else if (changed == NetworkEffect.Lease)
        {
            await LeasesAsync(effects, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ShapeAsync(IReadOnlyList<ActiveEffect> effects, CancellationToken cancellationToken)
    {
        // Only a root of our own is taken away.
        string there = await _tc.RunAsync(null, cancellationToken, "qdisc", "show", "dev", _options.Interface).ConfigureAwait(false);
        if (there.Contains($"qdisc prio {PacketRules.Handle} root", StringComparison.Ordinal))
        {
            await _tc.RunAsync(null, cancellationToken, "qdisc", "del", "dev", _options.Interface, "root").ConfigureAwait(false);
        }

        foreach (string[] line in PacketRules.Tc(effects, _options.Interface))
        {
            await _tc.RunAsync(null, cancellationToken, line).ConfigureAwait(false);
        }
    }

    private async Task LeasesAsync(IReadOnlyList<ActiveEffect> effects, CancellationToken cancellationToken)
    {
        string text = string.Concat(effects.Where(e => e.Effect == NetworkEffect.Lease)
            .Select(e => string.Create(CultureInfo.InvariantCulture, $"{e.Mac},{(e.Address is null ? "" : e.Address + ",")}{e.Value:0}\n")));
        try
        {
            await File.WriteAllTextAsync(_options.Hosts!, text, cancellationToken).ConfigureAwait(false);
            string pid = (await File.ReadAllTextAsync(_options.Pid!, cancellationToken).ConfigureAwait(false)).Trim();

            // dnsmasq reads its dhcp-hostsfile again on SIGHUP.
            await _kill.RunAsync(null, cancellationToken, "-HUP", pid).ConfigureAwait(false);
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException)
        {
            throw new BenchFaultException(FaultKind.Network, _place, $"the leases cannot be changed: {broken.Message.TrimEnd('.')}", "Correct hosts: and pid: in the inventory", broken);
        }
    }

    private async Task CliAsync(CancellationToken cancellationToken, params string[] words)
    {
        string said = (await _hostapd.RunAsync(null, cancellationToken, ["-i", _options.Interface, .. words]).ConfigureAwait(false)).Trim();

        // It ends with 0 also where hostapd refused.
        if (!said.EndsWith("OK", StringComparison.Ordinal))
        {
            throw _hostapd.Fault($"hostapd answered '{said}' to {string.Join(' ', words)}");
        }
    }

    // The first request at once: a machine without a way to the group says so here, and not in silence.
    private Socket OpenDiscovery()
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.SendTo(Search, Ssdp);
            return socket;
        }
        catch (SocketException broken)
        {
            socket.Dispose();
            throw new BenchFaultException(FaultKind.Network, _place, $"discovery requests cannot be sent: {broken.Message}", "Give the access point's interface an address and a route to 239.255.255.250", broken);
        }
    }

    private async Task DiscoverAsync(Socket socket, double perSecond, CancellationToken cancellationToken)
    {
        using Socket owned = socket;
        try
        {
            using PeriodicTimer pace = new(TimeSpan.FromSeconds(1 / perSecond), _clock);
            while (await pace.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                await socket.SendToAsync(Search, SocketFlags.None, Ssdp, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task StopDiscoveryAsync()
    {
        if (_discovery is { } discovery)
        {
            _discovery = null;
            await discovery.CancelAsync().ConfigureAwait(false);
            await _discovering.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            discovery.Dispose();
        }
    }

    /// <summary>Options.</summary>
    public sealed record Options
    {
        /// <summary>Interface of the access point.</summary>
        [Description("Interface of the access point, for example wlan0.")]
        public required string Interface { get; init; }

        /// <summary>Its own channel, to move back to.</summary>
        [Description("Channel the access point has by itself, 1 to 13; without it no suite moves it."), Range(1, 13)]
        public int? Channel { get; init; }

        /// <summary>Port of the broker.</summary>
        [Description("TCP port of the broker."), Range(1, 65535)]
        public int BrokerPort { get; init; } = 1883;

        /// <summary>dhcp-hostsfile of dnsmasq that is this bench's alone.</summary>
        [Description("dhcp-hostsfile of dnsmasq, for this bench alone: it is written as a whole.")]
        public string? Hosts { get; init; }

        /// <summary>Where dnsmasq writes its process id.</summary>
        [Description("pid-file of dnsmasq.")]
        public string? Pid { get; init; }

        /// <summary>File with what is on.</summary>
        [Description("File that remembers what is on, also after a crash.")]
        public string State { get; init; } = "/run/labrunner-network.json";

        /// <summary>Program of hostapd.</summary>
        [Description("hostapd_cli.")]
        public string HostapdCli { get; init; } = "hostapd_cli";

        /// <summary>Program of nftables.</summary>
        [Description("nft.")]
        public string Nft { get; init; } = "nft";

        /// <summary>Program of iproute2.</summary>
        [Description("tc.")]
        public string Tc { get; init; } = "tc";
    }
}
