using System.ComponentModel;
using System.Globalization;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Network;

namespace LabRunner.Hardware.Drivers.Network.AccessPoint;

/// <summary>
/// The bench's own access point on Linux: hostapd (hostapd_cli), iw, dnsmasq (a hosts file and SIGHUP), nftables and tc netem. Inventory:
/// <c>network: { driver: linux-ap, interface: wlan0, channel: 6, txPower: 20, hosts: /etc/dnsmasq.d/labrunner.hosts, pid: /run/dnsmasq/dnsmasq.pid
/// }</c>; dnsmasq.conf then has <c>dhcp-hostsfile=/etc/dnsmasq.d/labrunner.hosts</c>. Needs root's rights. Tested: nft and tc in a network
/// namespace, hostapd_cli and iw against programs that stand in for them; not yet on a Raspberry Pi.
/// </summary>
/// <remarks>
/// What is on stands in a file that is written first; nftables and tc are set whole from it. Packets are lost and late on the way to the
/// station only: tc shapes what an interface sends. Everything of nftables is in the table inet labrunner, of tc under the handle 1ab0:.
/// Wrong and late answers come from servers of this process, to which nftables leads the one station's questions; when the process dies
/// they fall silent, until the next one restores. The usual address of a plug that is given another one is to be reserved in dnsmasq.conf (dhcp-host), or
/// nothing calls it back from there.
/// </remarks>
[Driver(Contracts.Network, "linux-ap")]
[Description("The bench's own access point: hostapd, dnsmasq, nftables, tc")]
public sealed partial class LinuxAccessPoint : INetworkActuator
{
    private static readonly NetworkEffect[] ByHostapd =
        [NetworkEffect.Deauthenticate, NetworkEffect.Disassociate, NetworkEffect.Away, NetworkEffect.AccessPointOff, NetworkEffect.GroupKey];

    private static readonly NetworkEffect[] ByNft =
    [
        .. OwnServers.StandIns,
        NetworkEffect.NamesSilent, NetworkEffect.AddressesSilent, NetworkEffect.TimeSilent, NetworkEffect.BrokerRefuses, NetworkEffect.BrokerSilent,
    ];

    private static readonly NetworkEffect[] ByTc = [NetworkEffect.Loss, NetworkEffect.Delay];

    private readonly Options _options;
    private readonly string _place;
    private readonly HostTool _hostapd;
    private readonly HostTool _nft;
    private readonly HostTool _tc;
    private readonly HostTool _kill;
    private readonly HostTool _iw;
    private readonly ActiveEffects _active;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly OwnServers _own;

    /// <param name="options">What it is made of.</param>
    /// <param name="context">Names the bench in messages.</param>
    /// <exception cref="BenchFaultException">Kind Configuration: nameServer is no address.</exception>
    public LinuxAccessPoint(Options options, IDriverContext context)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(context);
        (_options, _place) = (options, context.Place);
        _hostapd = new HostTool(_place, options.HostapdCli);
        _nft = new HostTool(_place, options.Nft);
        _tc = new HostTool(_place, options.Tc);
        _kill = new HostTool(_place, "kill");
        _iw = new HostTool(_place, options.Iw);
        _active = new ActiveEffects(_place, options.State);
        _own = new OwnServers(_place, options.Interface, options.NameServer, context.Clock);
        List<NetworkEffect> effects = [NetworkEffect.Discovery, NetworkEffect.Announcements, NetworkEffect.ServiceDiscovery];
        effects.AddRange(HostTool.Exists(options.HostapdCli) ? ByHostapd : []);
        effects.AddRange(HostTool.Exists(options.HostapdCli) && options.Channel is not null ? [NetworkEffect.Channel] : []);
        effects.AddRange(HostTool.Exists(options.Iw) && options.TxPower is not null ? [NetworkEffect.Attenuation] : []);
        effects.AddRange(HostTool.Exists(options.Nft) ? ByNft : []);
        effects.AddRange(HostTool.Exists(options.Tc) ? ByTc : []);
        effects.AddRange(options.Hosts is not null && options.Pid is not null ? [NetworkEffect.Lease, NetworkEffect.Address] : []);
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
            throw new BenchFaultException(FaultKind.Network, _place, $"it cannot do {effect}", "Install the program that does it, or give channel:, txPower:, hosts: and pid: in the inventory");
        }

        if (effect == NetworkEffect.Address && NetworkEffects.WithLastNumber(station.Address, (int)value) is null)
        {
            throw new BenchFaultException(FaultKind.Network, _place, $"{station.Mac} has no IPv4 address that is known, so that there is none beside it", "Give the slot's http by its address");
        }

        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (effect.IsMomentary())
            {
                await CliAsync(
                    cancellationToken,
                    effect switch
                    {
                        // hostapd_cli has no word of its own for it.
                        NetworkEffect.GroupKey => ["raw", "REKEY_GTK"],
                        NetworkEffect.Deauthenticate => ["deauthenticate", station.Mac],
                        _ => ["disassociate", station.Mac],
                    }).ConfigureAwait(false);
                return;
            }

            IReadOnlyList<ActiveEffect> before = _active.Read();
            ActiveEffect on = new(effect, station.Mac, station.Address, value);
            List<ActiveEffect> after = [.. before.Where(e => (e.Effect, e.Mac) != (effect, station.Mac)), on];
            if (after.Where(e => e.Effect is NetworkEffect.Loss or NetworkEffect.Delay).Select(e => e.Mac).Distinct().Count() > PacketRules.MostShaped)
            {
                throw new BenchFaultException(FaultKind.Network, _place, $"more than {PacketRules.MostShaped} stations cannot have lost or late packets at once", "Run such suites on fewer slots at a time");
            }

            // Before anything is led to it.
            after[^1] = on = on with { Port = await _own.StartAsync(on).ConfigureAwait(false) };
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
            await _own.StopAsync(on).ConfigureAwait(false);

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
                    await _own.StopAsync(on).ConfigureAwait(false);
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

    /// <summary>Ends what this process sends and answers by itself; what else is on stays until it is restored.</summary>
    public async ValueTask DisposeAsync()
    {
        await _own.DisposeAsync().ConfigureAwait(false);
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
                await CliAsync(cancellationToken, "chan_switch", "5", Whole(megahertz)).ConfigureAwait(false);
                break;
            case NetworkEffect.Attenuation:
                string power = Whole(100 * (_options.TxPower!.Value - (on ? effect.Value : 0)));
                await _iw.RunAsync(null, cancellationToken, "dev", _options.Interface, "set", "txpower", "fixed", power).ConfigureAwait(false);
                break;
        }
    }

    private async Task ApplyAsync(IReadOnlyList<ActiveEffect> effects, NetworkEffect changed, CancellationToken cancellationToken)
    {
        if (ByNft.Contains(changed))
        {
            await KeepCountsAsync(cancellationToken).ConfigureAwait(false);
            await _nft.RunAsync(PacketRules.Nft(effects, _options.Interface, _options.BrokerPort), cancellationToken, "-f", "-").ConfigureAwait(false);
        }
        else if (ByTc.Contains(changed))
        {
            await ShapeAsync(effects, cancellationToken).ConfigureAwait(false);
        }
        else if (changed is NetworkEffect.Lease or NetworkEffect.Address)
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
        try
        {
            await File.WriteAllTextAsync(_options.Hosts!, Reservations.Text(effects), cancellationToken).ConfigureAwait(false);
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

    private static string Whole(double number) => number.ToString("0", CultureInfo.InvariantCulture);
}
