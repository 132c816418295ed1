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

    // A move of the channel back takes the link only after it, and the watch asks for the small page every 10 s.
    private static readonly TimeSpan Noticed = TimeSpan.FromSeconds(20);

    // By who put it on: a slot, or the air of all who came together.
    private readonly Dictionary<(string Owner, NetworkEffect Effect), Dictionary<SlotSession, long>> _withOthers = [];
    private readonly Dictionary<string, HashSet<NetworkEffect>> _disturbed = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public Task DisturbAsync(string slot, NetworkEffect effect, double value, CancellationToken cancellationToken)
    {
        if (effect.TakesTheAir() && OthersThan([slot]).Find(s => !s.Hardware.Entry.Sentinel) is { } wronged)
        {
            throw new ArgumentException($"{effect} would take the network from slot {wronged.Name} too: run it on one slot and sentinels only.", nameof(effect));
        }

        return DisturbAsync(slot, [slot], effect, value, cancellationToken);
    }

    private async Task DisturbAsync(string owner, IReadOnlyList<string> slots, NetworkEffect effect, double value, CancellationToken cancellationToken)
    {
        (INetworkActuator network, SlotSession session) = (Network(), Slot(slots[0]));
        if (effect.TakesTheAir())
        {
            TakeAirFromOthers(owner, slots, effect);
        }

        Station station = session.Station;
        if (!effect.IsMomentary())
        {
            // Before the act: a disturbance that may be on is one to lift.
            lock (_disturbed)
            {
                (_disturbed.TryGetValue(owner, out HashSet<NetworkEffect>? on) ? on : _disturbed[owner] = []).Add(effect);
            }
        }

        await network.DisturbAsync(station, effect, value, cancellationToken).ConfigureAwait(false);
        session.Note(_options.Clock.Elapsed, "network", string.Create(CultureInfo.InvariantCulture, $"{effect} {value} for {station.Mac}"));
    }

    /// <inheritdoc/>
    public Task LiftAsync(string slot, NetworkEffect effect, CancellationToken cancellationToken) => LiftAsync(slot, Slot(slot), effect, cancellationToken);

    private async Task LiftAsync(string owner, SlotSession session, NetworkEffect effect, CancellationToken cancellationToken)
    {
        await Network().LiftAsync(session.Station, effect, cancellationToken).ConfigureAwait(false);
        Lifted(owner, effect);
        session.Note(_options.Clock.Elapsed, "network", $"{effect} lifted for {session.Station.Mac}");
    }

    /// <inheritdoc/>
    public Task<long?> CountQuestionsAsync(string slot, NetworkQuestion question, CancellationToken cancellationToken) =>
        Network().CountAsync(Slot(slot).Station, question, cancellationToken);

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

    private List<SlotSession> OthersThan(IReadOnlyList<string> slots) => [.. _slots.Values.Where(s => !slots.Contains(s.Name))];

    // Sentinels feel it too, and so does who has nothing to do meanwhile: an intent of its own says why.
    private void TakeAirFromOthers(string owner, IReadOnlyList<string> slots, NetworkEffect effect)
    {
        lock (_disturbed)
        {
            Dictionary<SlotSession, long> told = _withOthers.TryGetValue((owner, effect), out Dictionary<SlotSession, long>? open) ? open : _withOthers[(owner, effect)] = [];
            foreach (SlotSession other in OthersThan(slots).Where(other => !told.ContainsKey(other)))
            {
                told[other] = other.OpenIntent(IntentKinds.Disturbance, $"{effect} for slot {string.Join(", ", slots)}", null, new Dictionary<string, string>()).Id;
            }
        }
    }

    private void Lifted(string owner, NetworkEffect effect)
    {
        lock (_disturbed)
        {
            _disturbed.GetValueOrDefault(owner)?.Remove(effect);
            if (_withOthers.Remove((owner, effect), out Dictionary<SlotSession, long>? open))
            {
                foreach ((SlotSession other, long intent) in open)
                {
                    _ = CloseWhenBackAsync(other, intent);
                }
            }
        }
    }

    // Not at once: until it is on the access point again, its silence is still the bench's doing.
    private async Task CloseWhenBackAsync(SlotSession other, long intent)
    {
        try
        {
            await Task.Delay(Noticed, _options.Clock, _stop.Token).ConfigureAwait(false);
            await other.WaitReadyAsync(BackLimit, _stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The run ends, and with it every intent.
        }

        other.CloseIntent(intent);
    }

    private INetworkActuator Network() => _options.Network
        ?? throw new BenchFaultException(FaultKind.Configuration, "bench", "it cannot disturb the network", "Add network: { driver: … } to the inventory");

    /// <summary>Lifts what a test of the slot has left on, whatever ended it.</summary>
    private Task LiftLeftAsync(string slot) => LiftLeftAsync(slot, [slot], "at the end of the test");

    // What follows must find the slots as they were: their silence meanwhile is the bench's doing, and nobody goes on before they are back.
    private async Task LiftLeftAsync(string owner, IReadOnlyList<string> slots, string when)
    {
        NetworkEffect[] left;
        lock (_disturbed)
        {
            left = _disturbed.Remove(owner, out HashSet<NetworkEffect>? on) ? [.. on] : [];
        }

        if (left.Length == 0)
        {
            return;
        }

        SlotSession session = Slot(slots[0]);
        (SlotSession Session, long Intent)[] told =
        [
            .. slots.Select(Slot).Select(s => (s, s.OpenIntent(IntentKinds.Disturbance, $"{string.Join(", ", left)} lifted {when}", null, new Dictionary<string, string>()).Id)),
        ];
        foreach (NetworkEffect effect in left)
        {
            await TryAsync($"slot {session.Name}", $"{effect} could not be lifted", async () =>
            {
                using CancellationTokenSource limit = new(NetworkLimit, TimeProvider.System);
                await Network().LiftAsync(session.Station, effect, limit.Token).ConfigureAwait(false);
                Lifted(owner, effect);
                session.Note(_options.Clock.Elapsed, "network", $"{effect} lifted {when}");
            }).ConfigureAwait(false);
        }

        await Task.WhenAll(told.Select(t => CloseWhenBackAsync(t.Session, t.Intent))).ConfigureAwait(false);
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
