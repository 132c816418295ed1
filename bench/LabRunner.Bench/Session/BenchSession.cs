using System.Collections.Concurrent;
using System.Globalization;
using LabRunner.Bench.Api;
using LabRunner.Bench.Consoles;
using LabRunner.Bench.Diagnosis;
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
    private readonly JournalWriter _journal;
    private readonly StallMeter _stalls = new();
    private readonly Dictionary<string, SlotSession> _slots = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<BenchFaultException> _faults = [];
    private readonly SemaphoreSlim _ending = new(1, 1);
    private MqttListener? _mqtt;
    private Task _beats = Task.CompletedTask;
    private Task _listening = Task.CompletedTask;
    private DowntimeRecord[]? _brokerGap;
    private bool _finished;
    private bool _safe;
    private bool _closed;
    private int _disposed;

    private BenchSession(BenchSessionOptions options, JournalWriter journal)
    {
        _options = options;
        _journal = journal;
        journal.Faulted += fault =>
        {
            _faults.Add(fault);
            _broken.TrySetResult(fault);
        };
    }

    /// <summary>Faults of the bench (not of a DUT) so far: disk, broker, safe state.</summary>
    public IReadOnlyList<BenchFaultException> Faults => [.. _faults];

    /// <summary>Creates run folder and journal, starts the consoles, gives power to every slot and starts the watch.</summary>
    /// <exception cref="BenchFaultException">Kind Storage: the run folder cannot be used; kind Power: a supply did not switch. The bench is safe then.</exception>
    public static async Task<BenchSession> OpenAsync(BenchSessionOptions options, CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(Path.Combine(options.RunFolder, "consoles"));
            Directory.CreateDirectory(Path.Combine(options.RunFolder, "artifacts"));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new BenchFaultException(FaultKind.Storage, options.RunFolder, $"the run folder cannot be made ({failure.Message})", "Choose another folder with --out", failure);
        }

        BenchSession session = new(options, JournalWriter.Open(Path.Combine(options.RunFolder, JournalSchema.FileName)));
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
        [.. _slots.Values.Select(s => new LiveSlot(s.Status(), s.Activity, VerdictsOf(s.Name), s.Incidents.Count(i => !i.Expected)))];

    /// <summary>
    /// Ends the night: closes what is open, runs the end-of-night analyses, asks the DUTs for their identity, writes the verdicts, makes the
    /// bench safe and closes the journal. A second call does nothing.
    /// </summary>
    /// <param name="outcome">completed, or aborted: why.</param>
    /// <param name="cancellationToken">Shortens the identity questions only; the rest always runs.</param>
    public async Task FinishAsync(string outcome, CancellationToken cancellationToken)
    {
        await _ending.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (_finished)
            {
                return;
            }

            _finished = true;
            await Task.WhenAll(_slots.Values.Select(s => IdentifyAsync(s, "after", cancellationToken))).ConfigureAwait(false);
            await _stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(_beats, _listening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (SlotSession slot in _slots.Values)
            {
                await slot.StopWatchAsync().ConfigureAwait(false);
            }

            double now = _options.Clock.Elapsed.TotalSeconds;
            CloseRecords(now);
            Analyse();
            WriteVerdicts(now, outcome);
            Meta(MetaKeys.Ended, now.ToString("R", CultureInfo.InvariantCulture));
            Meta(MetaKeys.Outcome, outcome);
        }
        finally
        {
            // Whatever the analysis does, the bench gets safe and the journal gets closed.
            if (!_closed)
            {
                _closed = true;
                await SafeStateAsync().ConfigureAwait(false);
                await CloseAsync().ConfigureAwait(false);
            }

            _ending.Release();
        }
    }

    /// <summary>All outputs off (unless a slot keeps its power), straps and buttons released, pulses stopped. Never throws half way: failures go to the events and to <see cref="Faults"/>.</summary>
    public async Task SafeStateAsync()
    {
        _safe = true;
        foreach (IReadOnlyList<BenchFaultException> failures in await Task.WhenAll(_slots.Values.Select(s => s.MakeSafeAsync())).ConfigureAwait(false))
        {
            foreach (BenchFaultException failure in failures)
            {
                _faults.Add(failure);
            }
        }
    }

    /// <summary>Always reaches the safe state; a night that was not finished is marked as aborted.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
        {
            return;
        }

        if (!_finished)
        {
            try
            {
                await SafeStateAsync().ConfigureAwait(false);
            }
            finally
            {
                using CancellationTokenSource now = new();
                await now.CancelAsync().ConfigureAwait(false);
                await FinishAsync("aborted: the session was closed before the night was over", now.Token).ConfigureAwait(false);
            }
        }
        else if (!_safe)
        {
            await SafeStateAsync().ConfigureAwait(false);
        }

        _stop.Dispose();
        _ending.Dispose();
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        WriteMeta();
        MqttSection(out IReadOnlyList<string> clients);
        string[] secrets = _options.Inventory.Mqtt?.Password is { } password ? [password] : [];
        foreach (Slots.SlotHardware hardware in _options.Slots)
        {
            _slots[hardware.Entry.Name] = new SlotSession(
                hardware, _options, _journal, _stalls, new Redactor(secrets), _options.Inventory.Mqtt is null ? null : () => _mqtt?.IsUp ?? false);
            WriteSlot(hardware);
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
            _mqtt = new MqttListener(broker, _options.Clock, clients, OnMqtt, OnBroker);
            _listening = Task.Run(() => _mqtt.RunAsync(_stop.Token), CancellationToken.None);
        }

        await Task.WhenAll(_slots.Values.Select(s => s.StartConsoleAsync(cancellationToken))).ConfigureAwait(false);
        foreach (SlotSession slot in _slots.Values)
        {
            await slot.PowerUpAsync(cancellationToken).ConfigureAwait(false);
            slot.StartWatch();
        }

        _beats = Task.Run(() => _stalls.RunAsync(_options.Clock, BeatAsync, _stop.Token), CancellationToken.None);
        _ = Task.WhenAll(_slots.Values.Select(IdentifyFirstAsync));
    }

    private Task BeatAsync(TimeSpan now)
    {
        foreach (SlotSession slot in _slots.Values)
        {
            try
            {
                slot.Tick(now);
            }
            catch (Exception) when (_faults.Any(f => f.Place == $"slot {slot.Name}"))
            {
                // Told already, a beat ago.
            }
            catch (Exception failure)
            {
                // One slot's fault must not end the judgement of the others.
                _faults.Add(new BenchFaultException(FaultKind.Process, $"slot {slot.Name}", $"its watch failed ({failure.Message})", "Report this with the run folder", failure));
            }
        }

        return Task.CompletedTask;
    }

    private void MqttSection(out IReadOnlyList<string> clients) =>
        clients = [.. _options.Slots.Select(s => s.Entry.MqttClient).OfType<string>().Distinct()];

    private void OnMqtt(TimeSpan at, string client, string item, string payload, bool retained)
    {
        foreach (SlotSession slot in _slots.Values.Where(s => s.Hardware.Entry.MqttClient == client))
        {
            slot.OnMqtt(at, item, payload, retained);
        }
    }

    private void OnBroker(bool up, string text)
    {
        double now = _options.Clock.Elapsed.TotalSeconds;
        _journal.Put(JournalRow.Of(new EventRecord(
            _journal.NextId("events"), now, null, up ? "broker-up" : "bench-fault", text, new Dictionary<string, string>())));
        if (!up)
        {
            _faults.Add(new BenchFaultException(FaultKind.Network, "MQTT broker", text, "Start the broker or correct mqtt.broker in the inventory"));
            _brokerGap = [.. _slots.Values.Where(s => s.Hardware.Entry.MqttClient is not null).Select(s => new DowntimeRecord(_journal.NextId("downtime"), s.Name, now, null, Invalid: true, "The MQTT broker is away"))];
            Array.ForEach(_brokerGap, d => _journal.Put(JournalRow.Of(d)));
        }
        else if (_brokerGap is { } gap)
        {
            Array.ForEach(gap, d => _journal.Put(JournalRow.Of(d with { Ended = now })));
            _brokerGap = null;
        }
    }

    private async Task IdentifyFirstAsync(SlotSession slot)
    {
        try
        {
            await slot.WaitReadyAsync(IncidentTracker.BootLimit, _stop.Token).ConfigureAwait(false);
            await IdentifyAsync(slot, "before", _stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The night was shorter than the boot.
        }
    }

    private async Task IdentifyAsync(SlotSession slot, string phase, CancellationToken cancellationToken)
    {
        Dictionary<string, string> facts = [];
        if (slot.Hardware.Plug is { } plug && !slot.IsOff && !cancellationToken.IsCancellationRequested)
        {
            try
            {
                PlugInfo info = await plug.GetInfoAsync(cancellationToken).ConfigureAwait(false);
                (facts["build"], facts["mac"], facts["ip"], facts["chipset"]) = (info.Build, info.Mac, info.Ip, info.Chipset);
                PlugPageState page = await plug.GetPageStateAsync(cancellationToken).ConfigureAwait(false);
                Fact(facts, "rebootReason", page.RebootReason);
                Fact(facts, "incompleteBoots", page.IncompleteBoots);
                Fact(facts, "otaCounter", page.OtaCounter);
                Fact(facts, "changeCounter", page.ChangeCounter);
                Fact(facts, "rssiDbm", page.RssiDbm);
                Fact(facts, "energyTotalKilowattHours", page.EnergyTotalKilowattHours);
            }
            catch (Exception failure)
            {
                // Whatever a broken reply makes a client throw: an identity that cannot be read is a fact, and the night ends all the same.
                facts["unreachable"] = failure.Message;
            }
        }

        _journal.Put(JournalRow.Of(new IdentityRecord(slot.Name, phase, _options.Clock.Elapsed.TotalSeconds, facts)));
    }

    private static void Fact(Dictionary<string, string> facts, string name, IFormattable? value)
    {
        if (value is not null)
        {
            facts[name] = value.ToString(null, CultureInfo.InvariantCulture);
        }
    }

    private static void Fact(Dictionary<string, string> facts, string name, string? value)
    {
        if (value is not null)
        {
            facts[name] = value;
        }
    }

    private async Task CloseAsync()
    {
        foreach (SlotSession slot in _slots.Values)
        {
            await slot.DisposeAsync().ConfigureAwait(false);
        }

        if (_mqtt is not null)
        {
            await _mqtt.DisposeAsync().ConfigureAwait(false);
        }

        await _journal.DisposeAsync().ConfigureAwait(false);
        if (_journal.Lost > 0)
        {
            _faults.Add(new BenchFaultException(FaultKind.Storage, _options.RunFolder, $"{_journal.Lost} journal rows were lost", "Free disk space and repeat the night"));
        }
    }
}
