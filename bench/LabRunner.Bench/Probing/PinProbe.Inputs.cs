using LabRunner.Bench.Slots;
using LabRunner.Hardware.Buttons;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Units;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Probing;

/// <content>What the DUT reads: button and pulses.</content>
public sealed partial class PinProbe
{
    // Inputs are debounced for about 100 ms (new_pins.c); the answer is asked well after.
    private const double InputSeconds = 0.5;

    // The driver sees new pins at its next turn and shows them after a whole window of each SEL level (drv_bl0937.c).
    private const double WindowsSeconds = 4.2;
    private const double CfHertz = 400;
    private const double VoltageHertz = 1200;
    private const double CurrentHertz = 300;
    private const double CountedHertz = 50;
    private static readonly double[] Steps = [100, 200, 400];

    private async Task FindButtonAsync(string method, CancellationToken cancellationToken)
    {
        if (_slot.Button is not { } button)
        {
            NotRun("button", method, "the slot has no button");
            return;
        }

        _interlocks.Demand(_slot.Entry, SlotAction.Press);
        List<string> evidence = [];
        Dictionary<int, int> changes = _candidates.ToDictionary(p => p, _ => 0);
        Dictionary<int, int> idle = [];
        for (int press = 1; press <= _options.Presses; press++)
        {
            TimeSpan at = _clock.Elapsed;
            await DelayAsync(InputSeconds, cancellationToken).ConfigureAwait(false);
            IReadOnlyDictionary<int, int> released = await LevelsAsync(cancellationToken).ConfigureAwait(false);
            IReadOnlyDictionary<int, int> pressed;
            await button.SetAsync(true, cancellationToken).ConfigureAwait(false);
            try
            {
                await DelayAsync(InputSeconds, cancellationToken).ConfigureAwait(false);
                pressed = await LevelsAsync(cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                await button.SetAsync(false, CancellationToken.None).ConfigureAwait(false);
            }

            int[] changed = [.. _candidates.Where(p => released.TryGetValue(p, out int up) && pressed.TryGetValue(p, out int down) && up != down)];
            foreach (int pin in changed)
            {
                changes[pin]++;
                idle[pin] = released[pin];
            }

            string seen = changed.Length == 0 ? "no pin changed" : string.Join(", ", changed.Select(p => $"GPIO {p} went from {released[p]} to {pressed[p]}"));
            _log.Trial("button", at, changed.Length == 1, _clock.Elapsed - at, seen);
            evidence.Add($"press {press}: {seen}");
        }

        int[] always = [.. changes.Where(c => c.Value == _options.Presses).Select(c => c.Key)];
        int best = changes.OrderByDescending(c => c.Value).First().Key;
        Conclude(always.Length == 1
            ? new ProbeFinding(
                "button", Verdict.Pass, always[0], PlugRoles.Name(idle[always[0]] == 1 ? PlugRoles.Button : PlugRoles.ButtonInverted), method,
                $"GPIO {always[0]}, {(idle[always[0]] == 1 ? "low" : "high")} while pressed, in {_options.Presses} of {_options.Presses} presses.", _options.Presses, _options.Presses, evidence)
            : new ProbeFinding(
                "button", Verdict.Fail, null, null, method,
                always.Length > 1 ? $"GPIO {string.Join(" and ", always)} both follow the button."
                    : changes[best] > 0 ? $"GPIO {best} changed in {changes[best]} of {_options.Presses} presses only." : "No pin follows the button: actuator, button, or a pin that was left alone.",
                always.Length > 1 ? 0 : changes[best], _options.Presses, evidence));
    }

    private async Task FindCountersAsync(string method, CancellationToken cancellationToken)
    {
        if (_slot.Pulses is not { } pulses)
        {
            NotRun("cf", method, "the slot has no pulses");
            NotRun("cf1", method, "the slot has no pulses");
            return;
        }

        try
        {
            _interlocks.Demand(_slot.Entry, SlotAction.Pulses);
            _interlocks.Demand(_slot.Entry, SlotAction.DrivePins);
        }
        catch (BenchFaultException refused) when (refused.Kind == FaultKind.Safety && _interlocks.Stopped is null)
        {
            NotRun("cf1", method, refused.Problem);
            throw;
        }

        try
        {
            // Each alone, and up to the first pin that counts: on a BL602 a pin keeps its interrupt after it lost its role.
            (int? cf, List<string> cfEvidence) = await SearchAsync(pulses, "cf", CfHertz, 0, 0, cancellationToken).ConfigureAwait(false);
            await ConcludeCounterAsync(pulses, "cf", cf, PlugRoles.Cf, method, cfEvidence, cancellationToken).ConfigureAwait(false);
            (int? cf1, List<string> cf1Evidence) = await SearchAsync(pulses, "cf1", 0, VoltageHertz, CurrentHertz, cancellationToken).ConfigureAwait(false);
            await ConcludeCounterAsync(pulses, "cf1", cf1, PlugRoles.Cf1, method, cf1Evidence, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await EmitAsync(pulses, 0, 0, 0, CancellationToken.None).ConfigureAwait(false);
        }

        await ConfigureAsync(new Dictionary<int, int>(), cancellationToken).ConfigureAwait(false);
        await RebootAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<(int? Pin, List<string> Evidence)> SearchAsync(
        IPulseSource pulses, string function, double cf, double voltage, double current, CancellationToken cancellationToken)
    {
        await EmitAsync(pulses, cf, voltage, current, cancellationToken).ConfigureAwait(false);
        List<string> evidence = [FormattableString.Invariant($"emitted: CF {cf:0} Hz, CF1 {voltage:0} Hz (voltage) and {current:0} Hz (current)")];
        int[] rest = [.. Unknown];
        for (int at = 0; at < rest.Length; at += 2)
        {
            int first = rest[at];
            int second = at + 1 < rest.Length ? rest[at + 1] : rest[0];
            TimeSpan began = _clock.Elapsed;
            (double byPower, double byVoltage, double byCurrent) = await CountAsync(first, second, cancellationToken).ConfigureAwait(false);
            int? pin = byPower > CountedHertz ? first : byVoltage > CountedHertz || byCurrent > CountedHertz ? second : null;
            string seen = FormattableString.Invariant($"GPIO {first} counts {byPower:0} Hz, GPIO {second} {byVoltage:0} and {byCurrent:0} Hz");
            _log.Trial($"{function} GPIO {first}, {second}", began, pin is not null, _clock.Elapsed - began, seen);
            evidence.Add(seen);
            if (pin is not null)
            {
                return (pin, evidence);
            }
        }

        return (null, evidence);
    }

    private async Task ConcludeCounterAsync(
        IPulseSource pulses, string function, int? pin, int role, string method, List<string> evidence, CancellationToken cancellationToken)
    {
        if (pin is not { } found)
        {
            Conclude(new ProbeFinding(function, Verdict.Fail, null, null, method, "No pin counts these pulses: harness, or a pin that was left alone.", 0, Steps.Length, evidence));
            return;
        }

        int good = 0;
        double? unit = null;
        double last = 0;
        foreach (double hertz in Steps)
        {
            TimeSpan at = _clock.Elapsed;
            await EmitAsync(pulses, role == PlugRoles.Cf ? hertz : 0, role == PlugRoles.Cf1 ? hertz : 0, role == PlugRoles.Cf1 ? hertz : 0, cancellationToken).ConfigureAwait(false);
            int other = Unknown.First(p => p != found);
            (double byPower, double byVoltage, _) = await CountAsync(role == PlugRoles.Cf ? found : other, role == PlugRoles.Cf ? other : found, cancellationToken).ConfigureAwait(false);
            double seen = role == PlugRoles.Cf ? byPower : byVoltage;
            unit ??= seen / hertz;
            last = seen;

            // A pulse more or less in a window, and what a board's own constants differ by is in the first step.
            bool ok = unit > 0 && Math.Abs(seen - (unit.Value * hertz)) <= Math.Max(1.5, 0.03 * unit.Value * hertz);
            good += ok ? 1 : 0;
            string text = FormattableString.Invariant($"{hertz:0} Hz emitted, {seen:0.0} Hz counted on GPIO {found}");
            _log.Trial($"{function} scale", at, ok, _clock.Elapsed - at, text);
            evidence.Add(text);
        }

        if (good == Steps.Length && role == PlugRoles.Cf)
        {
            // By the last step, in which a pulse more or less says least.
            _perHertz.Watts = last / Steps[^1] * _slot.Entry.Board.Description.WattsPerHertz;
        }

        Conclude(new ProbeFinding(
            function, good == Steps.Length ? Verdict.Pass : Verdict.Fail, found, PlugRoles.Name(role), method,
            $"GPIO {found}; its count follows the frequency 1:2:4{(good == Steps.Length ? "" : $" in {good} of {Steps.Length} steps only")}.", good, Steps.Length, evidence));
    }

    /// <summary>Has two pins count and says what they counted, Hz.</summary>
    private async Task<(double Power, double Voltage, double Current)> CountAsync(int cf, int cf1, CancellationToken cancellationToken, int? sel = null, int selRole = PlugRoles.Sel)
    {
        // SEL must stand somewhere, or the driver drives a pin of its own choice. On the button's pin, which is not pressed, it does no harm.
        int park = sel ?? Found("button") ?? Unknown.FirstOrDefault(p => p != cf && p != cf1, _candidates.First(p => p != cf && p != cf1));
        await ConfigureAsync(new Dictionary<int, int> { [cf] = PlugRoles.Cf, [cf1] = PlugRoles.Cf1, [park] = selRole }, cancellationToken).ConfigureAwait(false);
        PlugPageState page = await _plug.GetPageStateAsync(cancellationToken).ConfigureAwait(false);
        if (page.Power is null)
        {
            await _plug.CommandAsync("startDriver BL0937", cancellationToken).ConfigureAwait(false);
        }

        await DelayAsync(WindowsSeconds, cancellationToken).ConfigureAwait(false);
        page = await _plug.GetPageStateAsync(cancellationToken).ConfigureAwait(false);
        Api.BoardDescription board = _slot.Entry.Board.Description;
        return ((page.Power ?? 0) / board.WattsPerHertz, (page.Voltage ?? 0) / board.VoltsPerHertz, (page.Current ?? 0) / board.AmperesPerHertz);
    }

    private static async Task EmitAsync(IPulseSource pulses, double cf, double voltage, double current, CancellationToken cancellationToken)
    {
        await pulses.SetAsync(PulseChannel.Cf, new Hertz(cf), Bl0937Model.PulseWidth, cancellationToken).ConfigureAwait(false);
        await pulses.SetAsync(PulseChannel.Cf1Voltage, new Hertz(voltage), Bl0937Model.PulseWidth, cancellationToken).ConfigureAwait(false);
        await pulses.SetAsync(PulseChannel.Cf1Current, new Hertz(current), Bl0937Model.PulseWidth, cancellationToken).ConfigureAwait(false);
    }

    private async Task RebootAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(Save, _clock, cancellationToken).ConfigureAwait(false);
        await _plug.RebootAsync(cancellationToken).ConfigureAwait(false);

        // It resets 3 s later; asked sooner, the old boot would answer.
        await DelayAsync(5, cancellationToken).ConfigureAwait(false);
        await WaitUpAsync(cancellationToken).ConfigureAwait(false);
    }
}
