using LabRunner.Bench.Slots;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Lines;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Sensing;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Probing;

/// <content>UART, boot strap, supply and start, with the pins that were found in their roles.</content>
public sealed partial class PinProbe
{
    private const double RailLowest = 3.0;
    private const double RailHighest = 3.6;
    private const int RailReadings = 10;
    private const double RomSeconds = 5;
    private static readonly TimeSpan HeartbeatLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan HttpLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Impatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ImpatientFor = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan GapLimit = TimeSpan.FromSeconds(1);

    private async Task ProbeBootAsync(CancellationToken cancellationToken)
    {
        // Relay, button and LED on channel 1, as a plug is used.
        int[] roles = new int[_pins];
        int[] channels = new int[_pins];
        foreach (ProbeFinding finding in _findings.Where(f => f is { Gpio: not null, Role: not null, Verdict: Verdict.Pass }))
        {
            roles[finding.Gpio!.Value] = PlugRoles.Number(finding.Role!)!.Value;
            channels[finding.Gpio.Value] = finding.Function is "cf" or "cf1" or "sel" ? 0 : 1;
        }

        await _plug.SetPinsAsync(new PlugPins(roles, channels), cancellationToken).ConfigureAwait(false);
        await Task.Delay(Save, _clock, cancellationToken).ConfigureAwait(false);
        await StepAsync("rail", $"{RailReadings} readings, relay open and closed", ProbeRailAsync, cancellationToken).ConfigureAwait(false);
        await StepAsync("uart", "power cycle; the banner on the console", ProbeUartAsync, cancellationToken).ConfigureAwait(false);
        await StepAsync("strap", "power cycle with the strap asserted, then released", ProbeStrapAsync, cancellationToken).ConfigureAwait(false);
        await StepAsync("boot", "power cycles; first heartbeat and first answer over HTTP", ProbeBootTimesAsync, cancellationToken).ConfigureAwait(false);
        await StepAsync("relay-gap", "reboot with the relay closed; edges of the contact", ProbeGapAsync, cancellationToken).ConfigureAwait(false);
    }

    private async Task ProbeRailAsync(string method, CancellationToken cancellationToken)
    {
        if (_slot.Rail is not { } rail)
        {
            NotRun("rail", method, "the slot has no rail monitor");
            return;
        }

        List<double> volts = [];
        for (int i = 0; i < RailReadings; i++)
        {
            if (Found("relay") is not null)
            {
                await _plug.CommandAsync($"SetChannel 1 {i % 2}", cancellationToken).ConfigureAwait(false);
            }

            await DelayAsync(0.5, cancellationToken).ConfigureAwait(false);
            RailReading reading = await rail.ReadAsync(cancellationToken).ConfigureAwait(false);
            volts.Add(reading.Voltage.Value);
        }

        bool good = volts.Min() >= RailLowest && volts.Max() <= RailHighest;
        _log.Figure(new ProbeFigure("rail-lowest", volts.Min(), "V", RailLowest, RailHighest, good ? Verdict.Pass : Verdict.Fail));
        _log.Figure(new ProbeFigure("rail-highest", volts.Max(), "V", RailLowest, RailHighest, good ? Verdict.Pass : Verdict.Fail));
        int inside = volts.Count(v => v is >= RailLowest and <= RailHighest);
        Conclude(new ProbeFinding(
            "rail", good ? Verdict.Pass : Verdict.Fail, null, null, method, FormattableString.Invariant($"{volts.Min():0.000} to {volts.Max():0.000} V; {RailLowest:0.0} to {RailHighest:0.0} V is good."), inside, volts.Count,
            [string.Join(", ", volts.Select(v => FormattableString.Invariant($"{v:0.000} V")))]));
    }

    private async Task ProbeUartAsync(string method, CancellationToken cancellationToken)
    {
        if (_console is null || _slot.Power is not { } power)
        {
            NotRun("uart", method, _console is null ? "the slot has no console" : "the slot has no power");
            return;
        }

        await WaitUpAsync(cancellationToken).ConfigureAwait(false);
        TimeSpan at = _clock.Elapsed;
        await CycleAsync(power, cancellationToken).ConfigureAwait(false);
        bool banner = await UntilAsync(() => _console.First(ProbeConsole.Banner, at) is not null, TimeSpan.FromSeconds(5), cancellationToken).ConfigureAwait(false);
        bool noise = _console.HeardSince(at);
        _log.Trial("uart", at, banner, _clock.Elapsed - at, banner ? _console.First(ProbeConsole.Banner, at)!.Value.Text : noise ? "bytes, no banner" : "nothing");
        Conclude(new ProbeFinding(
            "uart", banner ? Verdict.Pass : Verdict.Fail, null, null, method,
            banner ? $"The banner came: {_console.First(ProbeConsole.Banner, at)!.Value.Text}" : noise ? "Bytes came but no banner: wrong speed or firmware." : "Nothing came: TX, isolator, or no boot.", banner ? 1 : 0, 1, []));
        await WaitUpAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task ProbeStrapAsync(string method, CancellationToken cancellationToken)
    {
        if (_slot.BootStrap is not { } strap || _console is null || _slot.Power is not { } power)
        {
            NotRun("strap", method, _slot.BootStrap is null ? "the slot has no bootStrap" : _console is null ? "the slot has no console" : "the slot has no power");
            return;
        }

        _interlocks.Demand(_slot.Entry, SlotAction.Strap);
        TimeSpan asserted = _clock.Elapsed;
        bool quiet;
        await strap.SetAsync(true, cancellationToken).ConfigureAwait(false);
        try
        {
            await CycleAsync(power, cancellationToken).ConfigureAwait(false);
            await DelayAsync(RomSeconds, cancellationToken).ConfigureAwait(false);
            quiet = _console.First(ProbeConsole.Banner, asserted) is null;
        }
        finally
        {
            await strap.SetAsync(false, CancellationToken.None).ConfigureAwait(false);
        }

        TimeSpan released = _clock.Elapsed;
        await CycleAsync(power, cancellationToken).ConfigureAwait(false);
        bool boots = await UntilAsync(() => _console.First(ProbeConsole.Banner, released) is not null, TimeSpan.FromSeconds(5), cancellationToken).ConfigureAwait(false);
        bool good = quiet && boots;
        string seen = $"asserted: {(quiet ? "no boot, the chip waits in its ROM" : "it boots all the same")}; released: {(boots ? "it boots" : "no boot")}";
        _log.Trial("strap", asserted, good, _clock.Elapsed - asserted, seen);
        Conclude(new ProbeFinding("strap", good ? Verdict.Pass : Verdict.Fail, null, null, method, char.ToUpperInvariant(seen[0]) + seen[1..] + ".", good ? 1 : 0, 1, []));
        await WaitUpAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task ProbeBootTimesAsync(string method, CancellationToken cancellationToken)
    {
        if (_slot.Power is not { } power || _options.Boots == 0)
        {
            NotRun("boot", method, _options.Boots == 0 ? "no boots were asked for" : "the slot has no power");
            return;
        }

        List<string> evidence = [];
        int good = 0;
        for (int i = 1; i <= _options.Boots; i++)
        {
            await WaitUpAsync(cancellationToken).ConfigureAwait(false);
            await CycleAsync(power, cancellationToken).ConfigureAwait(false);
            TimeSpan on = _clock.Elapsed;
            TimeSpan? http = await FirstAnswerAsync(on, cancellationToken).ConfigureAwait(false);
            await WaitUpAsync(cancellationToken).ConfigureAwait(false);
            TimeSpan? heartbeat = _console?.First(ProbeConsole.Heartbeat, on)?.At - on;
            bool ok = http <= HttpLimit && (_console is null || heartbeat <= HeartbeatLimit);
            good += ok ? 1 : 0;
            string seen = FormattableString.Invariant($"heartbeat {(heartbeat is { } h ? $"{h.TotalSeconds:0.0} s" : "–")}, HTTP {(http is { } a ? $"{a.TotalSeconds:0.0} s" : "–")}");
            _log.Trial("boot", on, ok, http ?? HttpLimit, seen);
            evidence.Add($"boot {i}: {seen}");
            foreach ((string name, TimeSpan? time, TimeSpan limit) in new[] { ("boot-heartbeat", heartbeat, HeartbeatLimit), ("boot-http", http, HttpLimit) })
            {
                if (time is { } taken)
                {
                    _log.Figure(new ProbeFigure($"{name}-{i}", taken.TotalSeconds, "s", null, limit.TotalSeconds, taken <= limit ? Verdict.Pass : Verdict.Fail));
                }
            }
        }

        Conclude(new ProbeFinding(
            "boot", good == _options.Boots ? Verdict.Pass : Verdict.Fail, null, null, method, $"{good} of {_options.Boots} starts in time ({HeartbeatLimit.TotalSeconds:0} s to the first heartbeat, {HttpLimit.TotalSeconds:0} s to the first page).", good, _options.Boots, evidence));
    }

    private async Task ProbeGapAsync(string method, CancellationToken cancellationToken)
    {
        if (Found("relay") is null || _slot.RelaySense is not { } contact || contact.Resolution > TimeSpan.FromMilliseconds(100))
        {
            NotRun("relay-gap", method, Found("relay") is null ? "the relay's pin is not known" : _slot.RelaySense is null ? "the slot has no relaySense" : "the relaySense is too slow to see a gap");
            return;
        }

        List<ContactEdge> edges = [];
        void Note(ContactEdge edge)
        {
            lock (edges)
            {
                edges.Add(edge);
            }
        }

        await _plug.CommandAsync("SetStartValue 1 -1", cancellationToken).ConfigureAwait(false);
        await _plug.CommandAsync("SetChannel 1 1", cancellationToken).ConfigureAwait(false);
        await Task.Delay(Save, _clock, cancellationToken).ConfigureAwait(false);
        contact.Edge += Note;
        TimeSpan at = _clock.Elapsed;
        try
        {
            await RebootAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            contact.Edge -= Note;
        }

        await _plug.CommandAsync("SetChannel 1 0", cancellationToken).ConfigureAwait(false);
        await _plug.CommandAsync("SetStartValue 1 0", cancellationToken).ConfigureAwait(false);
        TimeSpan? opened;
        TimeSpan? closed;
        lock (edges)
        {
            opened = edges.Where(e => !e.Closed).Select(e => (TimeSpan?)e.At).FirstOrDefault();
            closed = edges.Where(e => e.Closed && e.At > opened).Select(e => (TimeSpan?)e.At).FirstOrDefault();
        }

        TimeSpan? gap = closed - opened;
        _log.Trial("relay-gap", at, gap is not null, gap ?? TimeSpan.Zero, gap is { } g ? FormattableString.Invariant($"{g.TotalMilliseconds:0} ms") : opened is null ? "no edge" : "it stayed open");
        if (gap is { } took)
        {
            _log.Figure(new ProbeFigure("relay-gap", took.TotalMilliseconds, "ms", null, GapLimit.TotalMilliseconds, took <= GapLimit ? Verdict.Pass : Verdict.Warn));
        }

        Conclude(new ProbeFinding(
            "relay-gap", gap is null ? Verdict.Fail : gap <= GapLimit ? Verdict.Pass : Verdict.Warn, null, null, method,
            gap is { } seen ? FormattableString.Invariant($"The contact opens for {seen.TotalMilliseconds:0} ms at a reboot.") : opened is null ? "The contact did not open at the reboot, or the relay was not closed." : "The relay did not come back after the reboot.", gap is null ? 0 : 1, 1, []));
    }

    private async Task<TimeSpan?> FirstAnswerAsync(TimeSpan since, CancellationToken cancellationToken)
    {
        while (_clock.Elapsed - since < UpLimit)
        {
            // A question to a plug that has no network yet waits its whole limit; asked in vain early on, it would hide the first answer.
            using CancellationTokenSource impatience = new(_clock.Elapsed - since < ImpatientFor ? Impatience : UpLimit, _clock);
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(impatience.Token, cancellationToken);
            try
            {
                await _plug.GetInfoAsync(either.Token).ConfigureAwait(false);
                return _clock.Elapsed - since;
            }
            catch (Exception silent) when (silent is PlugUnreachableException || (silent is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                await DelayAsync(0.25, cancellationToken).ConfigureAwait(false);
            }
        }

        return null;
    }

    private async Task<bool> UntilAsync(Func<bool> seen, TimeSpan limit, CancellationToken cancellationToken)
    {
        for (TimeSpan deadline = _clock.Elapsed + limit; _clock.Elapsed < deadline; await DelayAsync(0.1, cancellationToken).ConfigureAwait(false))
        {
            if (seen())
            {
                return true;
            }
        }

        return seen();
    }
}
