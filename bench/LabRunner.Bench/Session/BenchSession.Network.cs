using System.Globalization;
using LabRunner.Bench.Slots;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Network;
using LabRunner.Hardware.Power;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Session;

/// <content>What the bench does to the DUTs' network. It is put back at the end of the test that asked for it, and at the end of the run.</content>
public sealed partial class BenchSession
{
    // Programs of an access point answer in a second or not at all.
    private static readonly TimeSpan NetworkLimit = TimeSpan.FromSeconds(20);

    // F22's rule: back within 120 s after the beacons are.
    private static readonly TimeSpan BackLimit = TimeSpan.FromSeconds(120);

    private readonly Dictionary<(string Slot, NetworkEffect Effect), List<(SlotSession Sentinel, long Intent)>> _withSentinels = [];
    private readonly Dictionary<string, HashSet<NetworkEffect>> _disturbed = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public async Task DisturbAsync(string slot, NetworkEffect effect, double value, CancellationToken cancellationToken)
    {
        (INetworkActuator network, SlotSession session) = (Network(), Slot(slot));
        if (effect.TakesTheAir())
        {
            TakeAirFromSentinels(slot, effect);
        }

        Station station = session.Station;
        if (!effect.IsMomentary())
        {
            // Before the act: a disturbance that may be on is one to lift.
            lock (_disturbed)
            {
                (_disturbed.TryGetValue(slot, out HashSet<NetworkEffect>? on) ? on : _disturbed[slot] = []).Add(effect);
            }
        }

        await network.DisturbAsync(station, effect, value, cancellationToken).ConfigureAwait(false);
        session.Note(_options.Clock.Elapsed, "network", string.Create(CultureInfo.InvariantCulture, $"{effect} {value} for {station.Mac}"));
    }

    /// <inheritdoc/>
    public async Task LiftAsync(string slot, NetworkEffect effect, CancellationToken cancellationToken)
    {
        (INetworkActuator network, SlotSession session) = (Network(), Slot(slot));
        await network.LiftAsync(session.Station, effect, cancellationToken).ConfigureAwait(false);
        Lifted(slot, effect);
        session.Note(_options.Clock.Elapsed, "network", $"{effect} lifted for {session.Station.Mac}");
    }

    /// <inheritdoc/>
    public Task PublishAsync(string slot, string topic, string payload, int qos, bool retain, CancellationToken cancellationToken)
    {
        _ = Slot(slot);
        return _mqtt?.PublishAsync(topic, payload, qos, retain, cancellationToken)
            ?? throw new BenchFaultException(FaultKind.Configuration, slot, "the bench has no MQTT broker", "Add mqtt: { broker: host:port } to the inventory");
    }

    // What the inventory names, and what only the drivers know.
    private List<string> CapabilitiesOf(SlotHardware slot)
    {
        List<string> all = [.. slot.Entry.Capabilities];
        if (_options.Network is not null && slot.Entry.Http is not null)
        {
            all.Add(Contracts.Network);
        }

        if (slot.Power is GuardedPower { CanDip: true })
        {
            all.Add("supplyDip");
        }

        return all;
    }

    // A sentinel feels it too; it says so by an intent of its own. Another slot under test would be wronged.
    private void TakeAirFromSentinels(string slot, NetworkEffect effect)
    {
        SlotSession[] others = [.. _slots.Values.Where(s => s.Name != slot)];
        if (Array.Find(others, s => !s.Hardware.Entry.Sentinel) is { } wronged)
        {
            throw new ArgumentException($"{effect} would take the network from slot {wronged.Name} too: run it on one slot and sentinels only.", nameof(effect));
        }

        lock (_disturbed)
        {
            foreach (SlotSession sentinel in others)
            {
                IntentRecord intent = sentinel.OpenIntent(IntentKinds.Disturbance, $"{effect} for slot {slot}", null, new Dictionary<string, string>());
                (_withSentinels.TryGetValue((slot, effect), out List<(SlotSession, long)>? open) ? open : _withSentinels[(slot, effect)] = []).Add((sentinel, intent.Id));
            }
        }
    }

    private void Lifted(string slot, NetworkEffect effect)
    {
        lock (_disturbed)
        {
            _disturbed.GetValueOrDefault(slot)?.Remove(effect);
            if (_withSentinels.Remove((slot, effect), out List<(SlotSession Sentinel, long Intent)>? open))
            {
                open.ForEach(o => _ = CloseWhenBackAsync(o.Sentinel, o.Intent));
            }
        }
    }

    // Not at once: until it is on the access point again, its silence is still the bench's doing.
    private async Task CloseWhenBackAsync(SlotSession sentinel, long intent)
    {
        try
        {
            await sentinel.WaitReadyAsync(BackLimit, _stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The run ends, and with it every intent.
        }

        sentinel.CloseIntent(intent);
    }

    private INetworkActuator Network() => _options.Network
        ?? throw new BenchFaultException(FaultKind.Configuration, "bench", "it cannot disturb the network", "Add network: { driver: … } to the inventory");

    /// <summary>Lifts what a test of the slot has left on, whatever ended it.</summary>
    private async Task LiftLeftAsync(string slot)
    {
        NetworkEffect[] left;
        lock (_disturbed)
        {
            left = _disturbed.Remove(slot, out HashSet<NetworkEffect>? on) ? [.. on] : [];
        }

        foreach (NetworkEffect effect in left)
        {
            await TryAsync($"slot {slot}", $"{effect} could not be lifted", async () =>
            {
                using CancellationTokenSource limit = new(NetworkLimit, TimeProvider.System);
                await Network().LiftAsync(Slot(slot).Station, effect, limit.Token).ConfigureAwait(false);
                Lifted(slot, effect);
                Slot(slot).Note(_options.Clock.Elapsed, "network", $"{effect} lifted at the end of the test");
            }).ConfigureAwait(false);
        }
    }

    /// <summary>Puts the network back as it was before this run, or before one whose runner died.</summary>
    private Task RestoreNetworkAsync() => _options.Network is not { } network
        ? Task.CompletedTask
        : TryAsync("network", "it could not be put back", async () =>
        {
            using CancellationTokenSource limit = new(NetworkLimit, TimeProvider.System);
            await network.RestoreAsync(limit.Token).ConfigureAwait(false);
        });
}
