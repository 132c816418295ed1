using System.Globalization;
using LabRunner.Bench.Api;
using LabRunner.Bench.Consoles;
using LabRunner.Bench.Slots;
using LabRunner.Bench.Watch;
using LabRunner.Hardware.Buttons;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Metering;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Units;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Session;

/// <content>What the bench does to the DUT when it is asked to: supply, lines, button, pulses.</content>
internal sealed partial class SlotSession
{
    private TimeSpan? _pressedAt;

    /// <summary>Switches the supply and tells the watch.</summary>
    public Task SwitchPowerAsync(bool on, CancellationToken cancellationToken)
    {
        IPowerSwitch power = Part(Hardware.Power, "power");
        return SupplyAsync(on, token => power.SwitchAsync(on ? PowerState.On : PowerState.Off, token), cancellationToken);
    }

    /// <summary>Lowers the voltage of the supply for a while.</summary>
    public async Task<TimeSpan> DipSupplyAsync(double volts, TimeSpan duration, TimeSpan ramp, CancellationToken cancellationToken)
    {
        GuardedPower power = Part(Hardware.Power as GuardedPower, "supplyDip");
        TimeSpan at = Clock.Elapsed;
        TimeSpan really = await power.DipAsync(new Volts(volts), duration, ramp, cancellationToken).ConfigureAwait(false);
        Note(at, "dip", string.Create(CultureInfo.InvariantCulture, $"supply at {volts:0.##} V for {really.TotalMilliseconds:0.#} ms{(ramp > TimeSpan.Zero ? $", fall and rise {ramp.TotalMilliseconds:0} ms each among it" : "")}"));
        return really;
    }

    /// <summary>Does what switches the supply, and tells the watch.</summary>
    public async Task SupplyAsync(bool on, Func<CancellationToken, Task> act, CancellationToken cancellationToken)
    {
        if (on)
        {
            _interlocks.Demand(Hardware.Entry, SlotAction.PowerOn);
        }

        await _supply.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (on && Volatile.Read(ref _sealed))
            {
                throw new BenchFaultException(FaultKind.Power, Name, "the slot was made safe and gets no power any more", "Begin a new night");
            }

            await SwitchedAsync(on, act, cancellationToken).ConfigureAwait(false);
            if (on)
            {
                lock (_gate)
                {
                    EndWithoutPower(Clock.Elapsed);
                }
            }
        }
        finally
        {
            _supply.Release();
        }
    }

    /// <summary>Asserts or releases reset and tells the watch.</summary>
    public async Task SetResetAsync(bool asserted, CancellationToken cancellationToken)
    {
        LabRunner.Hardware.Lines.IStrap reset = Part(Hardware.Reset, "reset");
        _interlocks.Demand(Hardware.Entry, SlotAction.Strap);
        await SwitchedAsync(!asserted, token => reset.SetAsync(asserted, token), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Asserts or releases the BOOT strap.</summary>
    public Task SetBootStrapAsync(bool asserted, CancellationToken cancellationToken)
    {
        LabRunner.Hardware.Lines.IStrap boot = Part(Hardware.BootStrap, "bootStrap");
        _interlocks.Demand(Hardware.Entry, SlotAction.Strap);
        return boot.SetAsync(asserted, cancellationToken);
    }

    /// <summary>Writes to the console.</summary>
    public Task WriteConsoleAsync(string text, CancellationToken cancellationToken)
    {
        ConsoleCapture capture = Part(_capture, "console");
        _interlocks.Demand(Hardware.Entry, SlotAction.WriteConsole);
        return capture.WriteAsync(text, cancellationToken);
    }

    /// <summary>A press; waits until the first 5 s after a boot are over.</summary>
    public async Task<PressOutcome> PressAsync(TimeSpan duration, CancellationToken cancellationToken) =>
        (await MoveButtonAsync(new ButtonMoves(duration), cancellationToken).ConfigureAwait(false))[^1];

    /// <summary>Moves the button; waits until the first 5 s after a boot are over, unless the moves say otherwise.</summary>
    public async Task<IReadOnlyList<PressOutcome>> MoveButtonAsync(ButtonMoves moves, CancellationToken cancellationToken)
    {
        IButton button = Part(Hardware.Button, "button");
        while (!moves.SoonAfterBoot && !moves.ThroughPowerUp && BootedAt is { } boot && boot + ButtonObserver.AfterBoot - Clock.Elapsed is var wait && wait > TimeSpan.Zero)
        {
            // A double click in that time clears the DUT's Wi-Fi credentials.
            await Task.Delay(wait, Clock, cancellationToken).ConfigureAwait(false);
        }

        _interlocks.Demand(Hardware.Entry, SlotAction.Press);
        IReadOnlyList<ButtonEdge> edges = await MayCloseAsync(() => MoveAsync(button, moves, cancellationToken)).ConfigureAwait(false);
        List<PressOutcome> presses = [];
        for (int i = 0; i + 1 < edges.Count; i += 2)
        {
            presses.Add(new PressOutcome(edges[i].At, edges[i + 1].At) { Uncertainty = edges[i].Uncertainty + edges[i + 1].Uncertainty });
        }

        Locked(() => _pressedAt = edges[^1].At);
        Note(edges[0].At, "press", string.Create(
            CultureInfo.InvariantCulture,
            $"{(moves.ThroughPowerUp ? "held through power-up, " : moves.BounceEdges > 0 ? "bouncing, " : presses.Count > 1 ? $"{presses.Count} presses, the last " : "")}pressed for {(edges[^1].At - edges[^2].At).TotalMilliseconds:0} ms"));
        return presses;
    }

    private async Task<IReadOnlyList<ButtonEdge>> MoveAsync(IButton button, ButtonMoves moves, CancellationToken cancellationToken)
    {
        if (!moves.ThroughPowerUp)
        {
            return moves.BounceEdges > 0
                ? await button.BounceAsync(moves.BounceEdges, moves.BounceInterval, moves.Press, Clock, cancellationToken).ConfigureAwait(false)
                : await button.PressTimesAsync(moves.Times, moves.Press, moves.Gap, Clock, cancellationToken).ConfigureAwait(false);
        }

        List<ButtonEdge> edges = [await button.SetAsync(true, cancellationToken).ConfigureAwait(false)];
        try
        {
            await SwitchPowerAsync(true, cancellationToken).ConfigureAwait(false);
            await Task.Delay(moves.Press, Clock, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            edges.Add(await button.SetAsync(false, CancellationToken.None).ConfigureAwait(false));
        }

        return edges;
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

    /// <summary>Reads the reference meter.</summary>
    public async Task<ReferenceFigures> ReadMeterAsync(CancellationToken cancellationToken)
    {
        IReferenceMeter meter = Part(Hardware.Meter, "meter");
        ReferenceReading reading = await meter.ReadAsync(cancellationToken).ConfigureAwait(false);
        return new ReferenceFigures(
            reading.Voltage.Value, reading.Current.Value, reading.Power.Value, reading.Energy?.Value,
            meter.Accuracy.Of(reading.Voltage), meter.Accuracy.Of(reading.Current), meter.Accuracy.Of(reading.Power));
    }

    /// <summary>Reads the counter beside CF.</summary>
    public async Task<CountedPulses> CountPulsesAsync(CancellationToken cancellationToken)
    {
        PulseCount count = await Part(Hardware.PulseCounter, "pulseCounter").ReadAsync(cancellationToken).ConfigureAwait(false);
        return new CountedPulses(count.At, count.Pulses, count.Lost);
    }

    /// <summary>Emits the pulses of a load and says what is really emitted.</summary>
    public async Task<InjectedLoad> InjectAsync(LoadPoint load, CancellationToken cancellationToken)
    {
        IPulseSource pulses = Part(Hardware.Pulses, "pulses");
        _interlocks.Demand(Hardware.Entry, SlotAction.Pulses);
        BoardDescription board = Hardware.Entry.Board.Description;
        Bl0937Model model = new(board.VoltsPerHertz, board.AmperesPerHertz, board.WattsPerHertz);
        Bl0937Frequencies f = load.Volts > 0 ? model.ToFrequencies(new Volts(load.Volts), new Watts(load.Watts), load.PowerFactor) : default;
        double cf = await EmitAsync(pulses, PulseChannel.Cf, f.Cf, cancellationToken).ConfigureAwait(false);
        double volts = await EmitAsync(pulses, PulseChannel.Cf1Voltage, f.Cf1Voltage, cancellationToken).ConfigureAwait(false);
        double amperes = await EmitAsync(pulses, PulseChannel.Cf1Current, f.Cf1Current, cancellationToken).ConfigureAwait(false);
        _pulses?.Emitting(Clock.Elapsed, cf);
        Note(Clock.Elapsed, "inject", string.Create(CultureInfo.InvariantCulture, $"{load.Volts} V, {load.Watts} W, power factor {load.PowerFactor}"));
        return new InjectedLoad(volts * board.VoltsPerHertz, amperes * board.AmperesPerHertz, cf * board.WattsPerHertz, cf, volts, amperes);
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
        part ?? throw Hardware.Entry.Without(contract);

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
            if (o.Key is not (ObserverKeys.Button or ObserverKeys.Relay or ObserverKeys.Access))
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
}
