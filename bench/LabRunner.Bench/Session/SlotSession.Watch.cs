using LabRunner.Bench.Api;
using LabRunner.Bench.Consoles;
using LabRunner.Bench.Diagnosis;
using LabRunner.Bench.Journal;
using LabRunner.Bench.Ledger;
using LabRunner.Bench.Watch;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Session;

/// <content>How the slot sees its DUT: observers, console lines, boots, ticks.</content>
internal sealed partial class SlotSession : IWatchedSlot, IConsoleListener, IIncidentSink, ILedgerSink
{
    private static readonly TimeSpan PageRetry = TimeSpan.FromSeconds(5);

    private Heartbeat? _heartbeat;
    private TimeSpan? _heartbeatAt;
    private TimeSpan? _lineAt;
    private TimeSpan? _servedAt;
    private TimeSpan _pageTriedAt;
    private bool _pageRunning;
    private bool _contactAsked;
    private PlugPageState? _page;
    private double? _tickerStamp;
    private string? _version;

    /// <inheritdoc/>
    public bool IsOff => Volatile.Read(ref _off);

    /// <inheritdoc/>
    public bool IsSuspended => Locked(() => Suspended(Clock.Elapsed));

    /// <inheritdoc/>
    public bool IsUpdating => Locked(() => OpenIntents().Any(i => i.Kind == IntentKinds.Ota));

    /// <inheritdoc/>
    public TimeSpan? BootedAt => Locked(Booted);

    /// <summary>Starts the console: before the supply, so that the first banner is not missed.</summary>
    public Task StartConsoleAsync(CancellationToken cancellationToken) => _capture?.StartAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>Starts the observers.</summary>
    public void StartWatch()
    {
        foreach (Observer observer in _observers)
        {
            _tasks.Add(Clock.RunAsync(() => observer.RunAsync(_stop.Token)));
        }
    }

    /// <summary>A message under the DUT's MQTT topic.</summary>
    public void OnMqtt(TimeSpan at, string item, string payload, bool retained)
    {
        _mqtt?.Message(at, item, payload, retained);
        if (item == "1/get" && !retained && payload is "0" or "1")
        {
            _state.Reported(at, at, payload == "1", "mqtt");
        }

        if (item is "power/get" or "power" && !retained && _mqtt?.Figures.Power is { } watts)
        {
            _pulses?.Reported(at, watts);
        }

        if (item == "uptime" && !retained && _mqtt?.Figures.UptimeSeconds is { } uptime)
        {
            lock (_gate)
            {
                _ledger.OnUptime(at, uptime, "mqtt");
            }
        }
    }

    /// <summary>Once a run second.</summary>
    public void Tick(TimeSpan now)
    {
        foreach (Observer observer in _observers)
        {
            observer.Tick(now);
        }

        LadderStep step;
        lock (_gate)
        {
            if (!_contactAsked && _relay.Closed is null && Hardware.RelaySense is not null && Served(now))
            {
                // Without an edge so far nobody knows where the contact stands.
                _contactAsked = true;
                _tasks.Add(ReadContactAsync());
            }

            step = _tracker.Tick(View(now));
            if ((_ledger.WantsReason || _state.WantsAnother) && !_pageRunning && now - _pageTriedAt > PageRetry && Hardware.Plug is { } plug && (Served(now) || _heartbeat is { SafeMode: true }) && !OpenIntents().Any(i => i.Kind == IntentKinds.Ota))
            {
                _pageRunning = true;
                _pageTriedAt = now;
                _tasks.Add(ReadPageAsync(plug));
            }
        }

        if (step != LadderStep.None)
        {
            _tasks.Add(ClimbAsync(step));
        }

        if (Locked(() => IsOff ? null : _relayGuard?.Judge(now, _intents, _ledger.LastBoot)) is { } closed)
        {
            OnRelayOn(closed);
        }

        Interlocked.Exchange(ref _beat, new Signal(Clock)).Give();
    }

    /// <inheritdoc/>
    public void OnLine(ConsoleText line)
    {
        if (line.Text.StartsWith(ConsoleKeep.BenchMark, StringComparison.Ordinal))
        {
            return;
        }

        lock (_gate)
        {
            if (Heartbeat.Parse(line.Text) is { } beat)
            {
                TakeBeat(line.At, beat);
            }
            else
            {
                Listen(line);
            }

            _lineAt = line.At;
        }
    }

    /// <summary>Its observers, where they can tell something of the bench: powered, watched over HTTP, not away on purpose and without a trouble of its own; else null.</summary>
    public IReadOnlyList<ObserverView>? OwnVoice(TimeSpan now)
    {
        lock (_gate)
        {
            return Hardware.Plug is null || _lost is not null || _tracker.Open is not null || Suspended(now) ? null : Views();
        }
    }

    /// <inheritdoc/>
    public void OnFlood(TimeSpan at, int linesPerSecond) => Note(at, EventKinds.ConsoleFlood, $"{linesPerSecond} lines a second");

    /// <inheritdoc/>
    public void OnStorageFault(BenchFaultException fault) => Note(Clock.Elapsed, "bench-fault", fault.Message);

    private void AddObservers()
    {
        (string host, int port)? http = Hardware.Plug is { } plug ? (plug.Address.Host, plug.Address.Port) : null;
        const string noHttp = "the slot has no HTTP address";
        Add(Hardware.Ping is { } ping ? new PingObserver(this, ping, _plan.PingEvery) : null, ObserverKeys.Ping, "the slot has no echo probe");
        Add(http is { } a ? new TcpObserver(this, a.host, a.port, Hardware.Dial, _plan.TcpEvery) : null, ObserverKeys.Tcp, noHttp);
        Add(Hardware.Plug is { } p ? new SmallHttpObserver(this, p, _plan.SmallHttpEvery, OnInfo) : null, ObserverKeys.SmallHttp, noHttp);
        Add(Hardware.Plug is { } q ? new LargeHttpObserver(this, q, _plan.LargeHttpEvery, OnPage) : null, ObserverKeys.LargeHttp, noHttp);
        Add(_mqtt, ObserverKeys.Mqtt, "the slot has no MQTT client");
        Add(_capture is { } c ? new HeartbeatObserver(this, () => c.LastByteAt, () => c.IsOpen) : null, ObserverKeys.Heartbeat, "the slot has no console");
        Add(_rail, ObserverKeys.Rail, "the slot has no rail monitor");
        _observers.Add(_state);
        _observers.Add(_access);
        _observers.Add(_button);
        _observers.Add(_relay);

        // No lane where there is none: most benches have none of these.
        if (_pulses is not null)
        {
            _observers.Add(_pulses);
        }

        if (_led is not null)
        {
            _observers.Add(_led);
        }

        if (_temperature is not null)
        {
            _observers.Add(_temperature);
        }
    }

    private void Add(Observer? observer, string key, string lacking)
    {
        if (observer is null)
        {
            observer = new AbsentObserver(key, this);
            observer.Unavailable(lacking);
        }

        _observers.Add(observer);
    }

    private void OnInfo(TimeSpan at, PlugInfo info)
    {
        lock (_gate)
        {
            _servedAt = at;
            LearnMac(info.Mac);
            TakeBuild(at, info.Build);
            _ledger.OnUptime(at, info.UptimeSeconds, "info");
            if (_capture is null)
            {
                SaveTelemetry(at, info.UptimeSeconds, _mqtt?.Figures.HeapBytes, _mqtt?.Figures.Sockets);
            }
        }
    }

    // The exposure of each firmware is counted by itself.
    private void TakeBuild(TimeSpan at, string build)
    {
        const string marker = " version ";
        int version = build.LastIndexOf(marker, StringComparison.Ordinal);
        string text = version < 0 ? build : build[(version + marker.Length)..];
        if (text != _version)
        {
            _version = text;
            Note(at, ExposureTable.FirmwareEvent, text);
        }
    }

    private void OnPage(TimeSpan asked, PlugPageState page, double? uptime)
    {
        TimeSpan now = Clock.Elapsed;
        if (page.RelayOn is { } on)
        {
            _state.Reported(asked, now, on, StateObserver.Page);
        }

        if (page.Power is { } watts)
        {
            _pulses?.Reported(asked, watts);
        }

        lock (_gate)
        {
            _page = page;
            if (_ledger.OnPage(asked, page.RebootReason, uptime))
            {
                _tracker.OnResetReason(page.RebootReason!, View(now));
            }
        }
    }

    private async Task ReadContactAsync()
    {
        try
        {
            await ReadRelayAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is BenchFaultException or OperationCanceledException)
        {
            Note(Clock.Elapsed, "bench-fault", $"The contact could not be read: {failure.Message}");
        }
    }

    private async Task ReadPageAsync(IPlug plug)
    {
        TimeSpan? boot = BootedAt;
        TimeSpan asked = Clock.Elapsed;
        try
        {
            PlugPageState page = await plug.GetPageStateAsync(_stop.Token).ConfigureAwait(false);
            if (BootedAt == boot)
            {
                OnPage(asked, page, null);
            }
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // It is asked again; a page that never comes leaves the reason unknown.
        }
        finally
        {
            Locked(() => _pageRunning = false);
        }
    }
}

/// <summary>Stands for an observer that the slot lacks.</summary>
internal sealed class AbsentObserver(string key, IWatchedSlot slot) : Observer(key, slot);
