using System.Collections.Concurrent;
using System.Globalization;
using LabRunner.Bench.Api;
using LabRunner.Bench.Consoles;
using LabRunner.Bench.Diagnosis;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Journal;
using LabRunner.Bench.Watch;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Plugs;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Session;

/// <summary>
/// One night on one bench: console capture, watch, ledger, incidents and journal from power-up to the safe state, and the bench as
/// suites see it. Thread safe.
/// </summary>
public sealed partial class BenchSession : IBenchApi, IAsyncDisposable
{
    private readonly BenchSessionOptions _options;
    private readonly IJournal _journal;
    private readonly StallMeter _stalls;
    private readonly SharedParts _parts;
    private readonly Dictionary<string, SlotSession> _slots = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<BenchFaultException> _faults = [];
    private readonly SemaphoreSlim _ending = new(1, 1);
    private IMqttEar? _mqtt;
    private Task _beats = Task.CompletedTask;
    private Task _listening = Task.CompletedTask;
    private readonly Redactor _redactor;

    private BenchSession(BenchSessionOptions options, IJournal journal, Redactor redactor)
    {
        _options = options;
        _stalls = options.Stalls;
        _parts = new SharedParts(options.Browsers);
        _redactor = redactor;
        _wallClock = new WallClockWatch(options.Machine);
        _lastLook = options.Clock.Elapsed;
        _journal = journal;
        _rendezvous = MakeRendezvous();
        journal.Faulted += fault =>
        {
            _faults.Add(fault);
            _broken.TrySetResult(fault);
        };
    }

    /// <summary>Seed of all randomness.</summary>
    public long Seed => _options.Seed;

    /// <summary>Faults of the bench (not of a DUT) so far: disk, broker, safe state.</summary>
    public IReadOnlyList<BenchFaultException> Faults => [.. _faults];

    /// <summary>Creates run folder and journal, starts the consoles, gives power to every slot and starts the watch.</summary>
    /// <exception cref="BenchFaultException">Kind Storage: the run folder cannot be used; kind Power: a supply did not switch. The bench is safe then.</exception>
    public static async Task<BenchSession> OpenAsync(BenchSessionOptions options, CancellationToken cancellationToken)
    {
        try
        {
            if (!options.KeepsNothing)
            {
                Directory.CreateDirectory(Path.Combine(options.RunFolder, "consoles"));
                Directory.CreateDirectory(Path.Combine(options.RunFolder, "artifacts"));
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new BenchFaultException(FaultKind.Storage, options.RunFolder, $"the run folder cannot be made ({failure.Message})", StorageRemedy.Text, failure);
        }

        Redactor redactor = new(InventorySecrets.Of(options.Inventory));
        string file = Path.Combine(options.RunFolder, JournalSchema.FileName);
        IJournal journal = options.KeepsNothing ? new NoJournal()
            : options.Resume is null ? JournalWriter.Open(file, redactor.RedactKnown) : JournalWriter.Continue(file, redactor.RedactKnown);
        BenchSession session = new(options, journal, redactor);
        try
        {
            await session.StartAsync(cancellationToken).ConfigureAwait(false);
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The live view: all slots in their order.</summary>
    public IReadOnlyList<LiveSlot> GetLive() =>
        [.. _slots.Values.Select(Live)];

    private LiveSlot Live(SlotSession slot)
    {
        SlotStatus status = slot.Status();
        IReadOnlyList<IncidentRecord> incidents = slot.Incidents;
        return new LiveSlot(
            status, slot.Activity, VerdictsOf(slot.Name), incidents.Count(i => !i.Expected), incidents.Any(i => i.Id == status.OpenIncident && i.Expected))
        {
            Powered = slot.Hardware.Power is null ? null : !slot.IsOff,
            Newest = slot.NewestTelemetry,
            Suites = SuitesOf(slot.Name),
        };
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_options.Resume is { } earlier)
        {
            TakeUp(earlier);
        }
        else
        {
            WriteMeta();
        }

        IReadOnlyList<string> clients = [.. _options.Slots.Select(s => s.Entry.MqttClient).OfType<string>().Distinct()];
        foreach (Slots.SlotHardware hardware in _options.Slots)
        {
            _slots[hardware.Entry.Name] = new SlotSession(
                hardware, _options, _journal, _stalls, _redactor, _interlocks, _options.Inventory.Mqtt is null ? null : () => _mqtt?.IsUp ?? false);
            WriteSlot(hardware);
            if (_options.Resume is { } point)
            {
                _slots[hardware.Entry.Name].TakeUp(point);
            }
        }

        // What the run is must be on disk before anything can go wrong, whenever the next batch is due.
        await _journal.FlushAsync(cancellationToken).ConfigureAwait(false);
        SlotSession? sentinel = _slots.Values.FirstOrDefault(s => s.Hardware.Entry.Sentinel);
        foreach (SlotSession slot in _slots.Values.Where(s => s != sentinel))
        {
            slot.Sentinel = sentinel;
        }

        if (_options.Inventory.Mqtt is { } broker)
        {
            _mqtt = _options.Ear?.Invoke(OnMqtt, OnBroker) ?? new MqttListener(broker, _options.Clock, clients, OnMqtt, OnBroker);
            _listening = _options.Clock.RunAsync(() => _mqtt.RunAsync(_stop.Token));
        }

        // What a runner that died has left on would make every DUT of this run look dead.
        await RestoreNetworkAsync().ConfigureAwait(false);
        FollowAccessPoint();
        await WatchSafetyAsync(cancellationToken).ConfigureAwait(false);
        StartHeartbeat();
        await Task.WhenAll(_slots.Values.Select(s => s.StartConsoleAsync(cancellationToken))).ConfigureAwait(false);
        foreach (SlotSession slot in _slots.Values)
        {
            try
            {
                await (_options.StartsOff && !slot.Hardware.Entry.KeepPower ? slot.CutAsync(cancellationToken) : slot.PowerUpAsync(cancellationToken)).ConfigureAwait(false);
            }
            catch (BenchFaultException stuck) when (slot.Hardware.Power is Hardware.Power.GuardedPower { Stuck: not null })
            {
                // One relay costs its slot; the others have their night.
                _faults.Add(stuck);
            }

            slot.StartWatch();
        }

        _stalls.Blinded += OnBlinded;
        _beats = _options.Clock.RunAsync(() => _stalls.RunAsync(_options.Clock, BeatAsync, _stop.Token));
        _identified = Task.WhenAll(_slots.Values.Select(IdentifyFirstAsync));
    }
}
