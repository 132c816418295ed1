using LabRunner.Bench.Slots;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Sensing;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Probing;

/// <content>What the DUT drives: relay, LEDs and SEL.</content>
public sealed partial class PinProbe
{
    private const double LeastDriveSeconds = 0.2;
    private const int LedBlinks = 5;
    private const int SelReadings = 3;

    private async Task FindOutputsAsync(string method, CancellationToken cancellationToken)
    {
        const string ledMethod = "every pin that is still unknown is driven low, high, low; the photodiode is read";
        if (_slot.RelaySense is null)
        {
            NotRun("relay", method, "the slot has no relaySense");
        }

        if (_slot.Led is null)
        {
            NotRun("led", ledMethod, "the slot has no led (photodiode)");
        }

        if (_slot.RelaySense is null && _slot.Led is null)
        {
            return;
        }

        _interlocks.Demand(_slot.Entry, SlotAction.DrivePins);
        List<(int Pin, DriveSeen Seen)> driven = [];
        List<string> relayEvidence = [];
        List<string> ledEvidence = [];
        foreach (int pin in Unknown.ToArray())
        {
            try
            {
                DriveSeen seen = await DriveAsync(pin, cancellationToken).ConfigureAwait(false);
                driven.Add((pin, seen));
                relayEvidence.Add($"GPIO {pin}: contact {seen.Contact}");
                ledEvidence.Add($"GPIO {pin}: LED {seen.Light}");
            }
            catch (PlugUnreachableException)
            {
                relayEvidence.Add($"GPIO {pin}: the DUT stopped");
                await RecoverAsync(pin, cancellationToken).ConfigureAwait(false);
            }
        }

        if (_slot.RelaySense is { } contact)
        {
            (int Pin, DriveSeen Seen)[] relays = [.. driven.Where(d => d.Seen.Contact.Follows is not null)];
            await ConcludeOutputAsync(
                "relay", method, relays.Length == 1 ? relays[0].Pin : null, relays.Length == 1 && relays[0].Seen.Contact.Follows == false, PlugRoles.Relay, PlugRoles.RelayInverted, contact, _options.Toggles,
                relays.Length > 1 ? $"GPIO {string.Join(" and ", relays.Select(r => r.Pin))} all move the contact." : "No pin moves the contact: sense, relay, or a pin that was left alone.", relayEvidence, cancellationToken).ConfigureAwait(false);
        }

        if (_slot.Led is not { } led)
        {
            return;
        }

        // An LED that hangs on the relay's driver has no pin of its own, and a pin has one role.
        int? relay = Found("relay");
        (int Pin, DriveSeen Seen)[] leds = [.. driven.Where(d => d.Seen.Light.Follows is not null && d.Pin != relay)];
        bool shared = driven.Exists(d => d.Seen.Light.Follows is not null && d.Pin == relay);
        if (leds.Length == 0 && shared)
        {
            Conclude(new ProbeFinding("led", Verdict.Pass, relay, null, ledMethod, $"The LED follows the relay's pin, GPIO {relay}, and has none of its own.", 1, 1, ledEvidence));
        }
        else if (leds.Length == 0)
        {
            Conclude(new ProbeFinding("led", Verdict.Fail, null, null, ledMethod, "No pin lights an LED that the photodiode sees.", 0, LedBlinks, ledEvidence));
        }

        for (int i = 0; i < leds.Length; i++)
        {
            await ConcludeOutputAsync(
                i == 0 ? "led" : $"led-{i + 1}", ledMethod, leds[i].Pin, leds[i].Seen.Light.Follows == false, PlugRoles.Led, PlugRoles.LedInverted, led, LedBlinks, "", i == 0 ? ledEvidence : [], cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<DriveSeen> DriveAsync(int pin, CancellationToken cancellationToken)
    {
        TimeSpan at = _clock.Elapsed;
        await SetAsync(pin, false, cancellationToken).ConfigureAwait(false);
        await ConfigureAsync(new Dictionary<int, int> { [pin] = PlugRoles.Relay }, cancellationToken).ConfigureAwait(false);
        (bool Contact, bool Light)[] seen = new (bool, bool)[3];
        for (int i = 0; i < seen.Length; i++)
        {
            await SetAsync(pin, i == 1, cancellationToken).ConfigureAwait(false);
            await SettleAsync(cancellationToken).ConfigureAwait(false);
            seen[i] = (
                _slot.RelaySense is { } contact && await contact.ReadAsync(cancellationToken).ConfigureAwait(false),
                _slot.Led is { } led && await led.ReadAsync(cancellationToken).ConfigureAwait(false));
        }

        await ConfigureAsync(new Dictionary<int, int>(), cancellationToken).ConfigureAwait(false);
        DriveSeen told = new(Sight.Of(seen.Select(s => s.Contact)), Sight.Of(seen.Select(s => s.Light)));
        _log.Trial($"drive GPIO {pin}", at, told.Contact.Follows is not null || told.Light.Follows is not null, _clock.Elapsed - at, $"contact {told.Contact}, LED {told.Light}");
        return told;
    }

    private async Task ConcludeOutputAsync(
        string function, string method, int? pin, bool inverted, int role, int invertedRole, IRelaySense sense, int times, string otherwise, List<string> evidence, CancellationToken cancellationToken)
    {
        if (pin is not { } found)
        {
            Conclude(new ProbeFinding(function, Verdict.Fail, null, null, method, otherwise, 0, times, evidence));
            return;
        }

        await SetAsync(found, inverted, cancellationToken).ConfigureAwait(false);
        await ConfigureAsync(new Dictionary<int, int> { [found] = PlugRoles.Relay }, cancellationToken).ConfigureAwait(false);
        int good = 0;
        for (int i = 1; i <= times; i++)
        {
            TimeSpan at = _clock.Elapsed;
            bool on = await FollowedAsync(true).ConfigureAwait(false);
            bool off = await FollowedAsync(false).ConfigureAwait(false);
            good += on && off ? 1 : 0;
            _log.Trial(function, at, on && off, _clock.Elapsed - at, $"{i}: on {(on ? "followed" : "not followed")}, off {(off ? "followed" : "not followed")}");
        }

        await ConfigureAsync(new Dictionary<int, int>(), cancellationToken).ConfigureAwait(false);
        evidence.Add($"GPIO {found}: {good} of {times} times followed, on and off");
        Conclude(new ProbeFinding(
            function, good == times ? Verdict.Pass : Verdict.Fail, found, PlugRoles.Name(inverted ? invertedRole : role), method,
            $"GPIO {found}, on at a {(inverted ? "low" : "high")} level, {good} of {times} times.", good, times, evidence));

        async Task<bool> FollowedAsync(bool wanted)
        {
            await SetAsync(found, wanted != inverted, cancellationToken).ConfigureAwait(false);
            await SettleAsync(cancellationToken).ConfigureAwait(false);
            return await sense.ReadAsync(cancellationToken).ConfigureAwait(false) == wanted;
        }
    }

    private async Task FindSelAsync(string method, CancellationToken cancellationToken)
    {
        if (Found("cf") is not { } cf || Found("cf1") is not { } cf1 || _slot.Pulses is not { } pulses)
        {
            NotRun("sel", method, "CF and CF1 are not known");
            return;
        }

        _interlocks.Demand(_slot.Entry, SlotAction.Pulses);
        _interlocks.Demand(_slot.Entry, SlotAction.DrivePins);
        List<string> evidence = [FormattableString.Invariant($"emitted on CF1: {VoltageHertz:0} Hz for voltage, {CurrentHertz:0} Hz for current")];
        await EmitAsync(pulses, 0, VoltageHertz, CurrentHertz, cancellationToken).ConfigureAwait(false);
        try
        {
            foreach (int pin in Unknown.ToArray())
            {
                TimeSpan at = _clock.Elapsed;
                (_, double voltage, double current) = await CountAsync(cf, cf1, cancellationToken, pin).ConfigureAwait(false);
                bool? right = Selects(voltage, current);
                string seen = FormattableString.Invariant($"GPIO {pin} as SEL: voltage counts {voltage:0} Hz, current {current:0} Hz");
                _log.Trial($"sel GPIO {pin}", at, right is not null, _clock.Elapsed - at, seen);
                evidence.Add(seen);
                if (right is { } straight)
                {
                    await ConcludeSelAsync(cf, cf1, pin, straight, method, evidence, cancellationToken).ConfigureAwait(false);
                    return;
                }
            }

            Conclude(new ProbeFinding("sel", Verdict.Fail, null, null, method, "No pin switches CF1 between voltage and current: SEL is not connected, or on a pin that was left alone.", 0, SelReadings, evidence));
        }
        finally
        {
            await EmitAsync(pulses, 0, 0, 0, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task ConcludeSelAsync(int cf, int cf1, int pin, bool straight, string method, List<string> evidence, CancellationToken cancellationToken)
    {
        int role = straight ? PlugRoles.Sel : PlugRoles.SelInverted;
        int good = 0;
        (double volts, double amperes) = (0, 0);

        // The driver looks for SEL's polarity only when the pin changes (drv_bl0937.c): it must stand elsewhere for a moment.
        await CountAsync(cf, cf1, cancellationToken).ConfigureAwait(false);
        for (int i = 0; i < SelReadings; i++)
        {
            // With its right role the readings must be straight, whatever the board.
            TimeSpan at = _clock.Elapsed;
            (_, double voltage, double current) = await CountAsync(cf, cf1, cancellationToken, pin, role).ConfigureAwait(false);
            bool ok = Selects(voltage, current) == true;
            good += ok ? 1 : 0;
            (volts, amperes) = (volts + voltage, amperes + current);
            string seen = FormattableString.Invariant($"GPIO {pin} as {PlugRoles.Name(role)}: voltage {voltage:0} Hz, current {current:0} Hz");
            _log.Trial("sel", at, ok, _clock.Elapsed - at, seen);
            evidence.Add(seen);
        }

        if (good == SelReadings)
        {
            Api.BoardDescription board = _slot.Entry.Board.Description;
            _perHertz = (volts / SelReadings / VoltageHertz * board.VoltsPerHertz, amperes / SelReadings / CurrentHertz * board.AmperesPerHertz, _perHertz.Watts);
        }

        Conclude(new ProbeFinding(
            "sel", good == SelReadings ? Verdict.Pass : Verdict.Fail, pin, PlugRoles.Name(role), method,
            $"GPIO {pin}, {(straight ? "high asks for voltage" : "inverted: low asks for voltage")}, {good} of {SelReadings} readings.", good, SelReadings, evidence));
    }

    // By the ratio, because a board's own constants may differ by a fifth.
    private static bool? Selects(double voltage, double current) => current > 0 && voltage > 0
        ? (voltage / current) switch { > VoltageHertz / CurrentHertz / 2 => true, < CurrentHertz / VoltageHertz * 2 => false, _ => null }
        : null;

    private async Task SetAsync(int pin, bool high, CancellationToken cancellationToken) =>
        await _plug.CommandAsync(FormattableString.Invariant($"SetChannel {pin} {(high ? 1 : 0)}"), cancellationToken).ConfigureAwait(false);

    private Task SettleAsync(CancellationToken cancellationToken) => DelayAsync(
        Math.Max(LeastDriveSeconds, 2 * Math.Max(_slot.RelaySense?.Resolution.TotalSeconds ?? 0, _slot.Led?.Resolution.TotalSeconds ?? 0)), cancellationToken);

    private sealed record DriveSeen(Sight Contact, Sight Light);

    /// <summary>What a sense saw while a pin was low, high and low again.</summary>
    /// <param name="Follows">True: on while high; false: on while low; null: it did not follow.</param>
    /// <param name="Text">The three levels.</param>
    private sealed record Sight(bool? Follows, string Text)
    {
        public static Sight Of(IEnumerable<bool> levels)
        {
            bool[] all = [.. levels];
            bool follows = all[0] == all[2] && all[0] != all[1];
            return new Sight(follows ? all[1] : null, string.Join('-', all.Select(l => l ? "on" : "off")));
        }

        public override string ToString() => Text;
    }
}
