using System.Globalization;
using LabRunner.Bench.Api;
using LabRunner.Bench.Diagnosis;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Watch;
using LabRunner.Hardware.Buttons;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Units;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Session;

/// <content>What the bench does to the DUT: supply, lines, button, pulses, the recovery ladder and the safe state.</content>
internal sealed partial class SlotSession
{
    private static readonly TimeSpan WaitStep = TimeSpan.FromSeconds(1);

    /// <summary>Switches the supply and tells the watch.</summary>
    public async Task SwitchPowerAsync(bool on, CancellationToken cancellationToken)
    {
        IPowerSwitch power = Part(Hardware.Power, "power");
        await SwitchedAsync(on, token => power.SwitchAsync(on ? PowerState.On : PowerState.Off, token), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asserts or releases reset and tells the watch.</summary>
    public async Task SetResetAsync(bool asserted, CancellationToken cancellationToken)
    {
        LabRunner.Hardware.Lines.IStrap reset = Part(Hardware.Reset, "reset");
        await SwitchedAsync(!asserted, token => reset.SetAsync(asserted, token), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asserts or releases the BOOT strap.</summary>
    public Task SetBootStrapAsync(bool asserted, CancellationToken cancellationToken) =>
        Part(Hardware.BootStrap, "bootStrap").SetAsync(asserted, cancellationToken);

    /// <summary>A press; waits until the first 5 s after a boot are over.</summary>
    public async Task<PressOutcome> PressAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        IButton button = Part(Hardware.Button, "button");
        while (BootedAt is { } boot && boot + ButtonObserver.AfterBoot - Clock.Elapsed is var wait && wait > TimeSpan.Zero)
        {
            // A double click in that time clears the DUT's Wi-Fi credentials.
            await Task.Delay(wait, Clock, cancellationToken).ConfigureAwait(false);
        }

        TimeSpan now = Clock.Elapsed;
        await button.PressAsync(duration, Clock, cancellationToken).ConfigureAwait(false);
        TimeSpan released = Clock.Elapsed;
        Note(now, "press", string.Create(CultureInfo.InvariantCulture, $"pressed for {(released - now).TotalMilliseconds:0} ms"));
        return new PressOutcome(now, released);
    }

    /// <summary>Reads the contact.</summary>
    public async Task<bool> ReadRelayAsync(CancellationToken cancellationToken)
    {
        bool closed = await Part(Hardware.RelaySense, "relaySense").ReadAsync(cancellationToken).ConfigureAwait(false);
        _relay.Read(Clock.Elapsed, closed);
        return closed;
    }

    /// <summary>Reads the rail.</summary>
    public async Task<RailFigures> ReadRailAsync(CancellationToken cancellationToken)
    {
        LabRunner.Hardware.Sensing.RailReading reading = await Part(Hardware.Rail, "rail").ReadAsync(cancellationToken).ConfigureAwait(false);
        return new RailFigures(reading.Voltage.Value, reading.Current.Value);
    }

    /// <summary>Emits the pulses of a load and says what is really emitted.</summary>
    public async Task<InjectedLoad> InjectAsync(LoadPoint load, CancellationToken cancellationToken)
    {
        IPulseSource pulses = Part(Hardware.Pulses, "pulses");
        if (Hardware.Entry is { Supply: SlotSupply.Mains, IsolatedInjection: false })
        {
            throw new BenchFaultException(
                FaultKind.Pulses, Name, "pulses are refused on a mains-supplied slot", "Supply the board from the bench, or set isolatedInjection: true if the harness is rated for it");
        }

        BoardDescription board = Hardware.Entry.Board.Description;
        Bl0937Model model = new(board.VoltsPerHertz, board.AmperesPerHertz, board.WattsPerHertz);
        Bl0937Frequencies f = load.Volts > 0 ? model.ToFrequencies(new Volts(load.Volts), new Watts(load.Watts), load.PowerFactor) : default;
        double cf = await EmitAsync(pulses, PulseChannel.Cf, f.Cf, cancellationToken).ConfigureAwait(false);
        double volts = await EmitAsync(pulses, PulseChannel.Cf1Voltage, f.Cf1Voltage, cancellationToken).ConfigureAwait(false);
        double amperes = await EmitAsync(pulses, PulseChannel.Cf1Current, f.Cf1Current, cancellationToken).ConfigureAwait(false);
        Note(Clock.Elapsed, "inject", string.Create(CultureInfo.InvariantCulture, $"{load.Volts} V, {load.Watts} W, power factor {load.PowerFactor}"));
        return new InjectedLoad(volts * board.VoltsPerHertz, amperes * board.AmperesPerHertz, cf * board.WattsPerHertz, cf, volts, amperes);
    }

    /// <summary>Gives power under an intent of its own, which closes when the DUT serves or its boot limit has passed.</summary>
    public async Task PowerUpAsync(CancellationToken cancellationToken)
    {
        if (Hardware.Power is null)
        {
            return;
        }

        IntentRecord intent = OpenIntent(IntentKinds.PowerCut, "first power-up of the night", null, NoData);
        await SwitchPowerAsync(true, cancellationToken).ConfigureAwait(false);
        _tasks.Add(CloseWhenReadyAsync(intent.Id));
    }

    /// <summary>Everything off and released as far as it goes; failures are collected, none stops the rest.</summary>
    public async Task<IReadOnlyList<BenchFaultException>> MakeSafeAsync()
    {
        // Machine time: the safe state must come soon whatever the run's clock does.
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(5), TimeProvider.System);
        List<BenchFaultException> failures = [];
        async Task TryAsync(string what, Func<CancellationToken, Task>? action)
        {
            try
            {
                await (action?.Invoke(limit.Token) ?? Task.CompletedTask).ConfigureAwait(false);
            }
            catch (Exception failure)
            {
                BenchFaultException fault = failure as BenchFaultException ?? new BenchFaultException(
                    FaultKind.Power, Name, $"{what} failed ({failure.Message})", "Make the slot safe by hand", failure);
                failures.Add(fault);
                Note(Clock.Elapsed, "safe-state-failure", fault.Message);
            }
        }

        Volatile.Write(ref _off, !Hardware.Entry.KeepPower || _off);
        await TryAsync("switching the supply off", Hardware is { Power: { } power, Entry.KeepPower: false } ? t => power.SwitchAsync(PowerState.Off, t) : null).ConfigureAwait(false);
        await TryAsync("letting the button go", Hardware.Button is { } button ? t => button.SetAsync(false, t) : null).ConfigureAwait(false);
        await TryAsync("releasing the BOOT strap", Hardware.BootStrap is { } boot ? t => boot.SetAsync(false, t) : null).ConfigureAwait(false);
        await TryAsync("releasing reset", Hardware.Reset is { } reset ? t => reset.SetAsync(false, t) : null).ConfigureAwait(false);
        foreach (PulseChannel channel in Hardware.Pulses is null ? [] : Enum.GetValues<PulseChannel>())
        {
            await TryAsync("stopping the pulses", t => Hardware.Pulses!.SetAsync(channel, default, Bl0937Model.PulseWidth, t)).ConfigureAwait(false);
        }

        return failures;
    }

    /// <summary>Ends the watch: nothing of it runs or stays open afterwards.</summary>
    public async Task StopWatchAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        try
        {
            await Task.WhenAll(_tasks.ToArray()).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            Note(Clock.Elapsed, "watch-ended", failure.Message);
        }

        TimeSpan now = Clock.Elapsed;
        lock (_gate)
        {
            _tracker.Finish(now);
            foreach (IntentRecord intent in OpenIntents().ToList())
            {
                CloseIntent(intent.Id);
            }

            if (_blind is { } blind)
            {
                Save(blind with { Ended = now.TotalSeconds });
                _blind = null;
            }
        }

        _observers.ForEach(o => o.Finish(now));
    }

    /// <summary>Closes the console. The watch has been stopped.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_capture is not null)
        {
            await _capture.DisposeAsync().ConfigureAwait(false);
        }

        _stop.Dispose();
    }

    private static async Task<double> EmitAsync(IPulseSource pulses, PulseChannel channel, Hertz frequency, CancellationToken cancellationToken)
    {
        // Below the lowest frequency a source can give there are no pulses, as with a real chip's anti-creep.
        Hertz asked = frequency.Value < pulses.Capabilities.MinHertz ? default : frequency;
        await pulses.SetAsync(channel, asked, Bl0937Model.PulseWidth, cancellationToken).ConfigureAwait(false);
        return (await pulses.ReadBackAsync(channel, cancellationToken).ConfigureAwait(false)).Frequency.Value;
    }

    private T Part<T>(T? part, string contract)
        where T : class =>
        part ?? throw new BenchFaultException(FaultKind.Configuration, Name, $"the slot has no {contract}", $"Add {contract}: to the slot in the inventory");

    private async Task SwitchedAsync(bool on, Func<CancellationToken, Task> act, CancellationToken cancellationToken)
    {
        bool already;
        lock (_gate)
        {
            already = on && !_off && _poweredAt is not null;
        }

        if (already)
        {
            // Confirmed at the device, but no boot follows: the DUT has power.
            await act(cancellationToken).ConfigureAwait(false);
            return;
        }

        lock (_gate)
        {
            // Before the act: nothing that happens from here on is a symptom.
            _off = true;
            if (on)
            {
                _poweredAt = Clock.Elapsed;
            }
        }

        _observers.ForEach(o =>
        {
            if (o.Key is not (ObserverKeys.Button or ObserverKeys.Relay))
            {
                o.Reset(on ? "booting" : "off");
            }
        });
        await act(cancellationToken).ConfigureAwait(false);
        Note(Clock.Elapsed, "power", on ? "on" : "off");
        if (on)
        {
            Volatile.Write(ref _off, false);
        }
    }

    private async Task CloseWhenReadyAsync(long intent)
    {
        try
        {
            await WaitReadyAsync(IncidentTracker.BootLimit, _stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The night ends; the intent is closed all the same.
        }

        CloseIntent(intent);
    }

    private async Task ClimbAsync(LadderStep step)
    {
        try
        {
            switch (step)
            {
                case LadderStep.ProbeButton:
                    (bool? works, string text) = await _button.ProbeAsync(_stop.Token).ConfigureAwait(false);
                    Locked(() =>
                    {
                        _tracker.OnButtonProbed(works, text, View(Clock.Elapsed));
                        return true;
                    });
                    break;
                case LadderStep.PowerCycle:
                    await CycleAsync().ConfigureAwait(false);
                    break;
                case LadderStep.GiveUp:
                    _lost = $"{_tracker.Open?.Class ?? "incident"}: no recovery after {_plan.PowerCycles} power cycles";
                    Note(Clock.Elapsed, "slot-lost", _lost);
                    break;
            }
        }
        catch (OperationCanceledException)
        {
            // The night ends in the middle of a recovery: the incident stays without one.
        }
        catch (BenchFaultException fault)
        {
            _lost = fault.Message;
            Note(Clock.Elapsed, "bench-fault", fault.Message);
        }
    }

    private async Task CycleAsync()
    {
        if (Hardware.Power is null)
        {
            Locked(() =>
            {
                _tracker.OnPowerCycled(Clock.Elapsed, "The slot has no power switch: nothing could be done.");
                return true;
            });
            return;
        }

        IntentRecord intent = OpenIntent(IntentKinds.Recovery, "power cycle of the recovery ladder", null, NoData);
        await SwitchPowerAsync(false, _stop.Token).ConfigureAwait(false);
        await Task.Delay(_plan.CycleOff, Clock, _stop.Token).ConfigureAwait(false);
        await SwitchPowerAsync(true, _stop.Token).ConfigureAwait(false);
        TimeSpan on = Clock.Elapsed;
        Locked(() =>
        {
            _tracker.OnPowerCycled(on, string.Create(CultureInfo.InvariantCulture, $"Power cycled by the bench, on again at +{on.TotalSeconds:0.0} s."));
            return true;
        });

        // Ready needs the incident closed, which needs the DUT to serve: so the intent is held until it serves.
        while (!_stop.IsCancellationRequested && _tracker.Open is not null && Clock.Elapsed - on < IncidentTracker.BootLimit)
        {
            await Task.Delay(WaitStep, Clock, _stop.Token).ConfigureAwait(false);
        }

        CloseIntent(intent.Id);
    }
}
