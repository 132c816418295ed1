using LabRunner.Hardware.Buttons;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Sensing;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Watch;

/// <summary>
/// B: does a press switch the relay? Only asked on suspicion, because every press switches the load. A second press restores the contact.
/// </summary>
internal sealed class ButtonObserver : Observer
{
    /// <summary>OpenBeken toggles on release of a press of 90 to 900 ms.</summary>
    public static readonly TimeSpan Press = TimeSpan.FromMilliseconds(300);

    /// <summary>No press this soon after a boot: a double click then clears the Wi-Fi credentials.</summary>
    public static readonly TimeSpan AfterBoot = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(1.5);

    // Two presses closer than this are a double click.
    private static readonly TimeSpan Apart = TimeSpan.FromSeconds(2);

    private readonly IButton? _button;
    private readonly IRelaySense? _sense;
    private readonly RelayObserver _relay;

    public ButtonObserver(IWatchedSlot slot, IButton? button, IRelaySense? sense, RelayObserver relay)
        : base(ObserverKeys.Button, slot)
    {
        (_button, _sense, _relay) = (button, sense, relay);
        if (button is null || sense is null)
        {
            Unavailable(button is null ? "the slot has no button actuator" : "the slot has no relay sense");
        }
    }

    /// <summary>Presses at most twice and looks for a contact change within 1.5 s of each press.</summary>
    /// <returns>True: the relay followed; false: two presses changed nothing; null: it could not be tried. And what was done.</returns>
    public async Task<(bool? Works, string Text)> ProbeAsync(CancellationToken cancellationToken)
    {
        if (_button is null || _sense is null)
        {
            return (null, $"The button was not tried: {View.Detail}.");
        }

        TimeSpan now = Slot.Clock.Elapsed;
        if (Slot.BootedAt is { } boot && now - boot < AfterBoot)
        {
            return (null, "The button was not tried: less than 5 s after a boot.");
        }

        try
        {
            for (int press = 1; press <= 2; press++)
            {
                bool changed = await PressOnceAsync(cancellationToken).ConfigureAwait(false);
                Slot.Save(new ObservationRecord(now.TotalSeconds, Slot.Name, Key, changed, null, changed ? "the contact followed" : "the contact did not follow"));
                if (changed)
                {
                    await Task.Delay(Apart, Slot.Clock, cancellationToken).ConfigureAwait(false);
                    bool restored = await PressOnceAsync(cancellationToken).ConfigureAwait(false);
                    Good(Slot.Clock.Elapsed, "a press switched the relay");
                    return (true, $"A press of the button switched the relay{(restored ? ", a second one restored it" : "; a second one did not restore it")}.");
                }

                await Task.Delay(Apart, Slot.Clock, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (BenchFaultException fault)
        {
            Slot.Note(Slot.Clock.Elapsed, "bench-fault", fault.Message);
            return (null, $"The button could not be tried: {fault.Problem}.");
        }

        Suspect(now, "two presses without an edge");
        Dead("two presses without an edge");
        return (false, "Two presses of the button did not switch the relay.");
    }

    private async Task<bool> PressOnceAsync(CancellationToken cancellationToken)
    {
        Signal edge = new(Slot.Clock);
        void OnEdge(ContactEdge e) => edge.Give();
        _relay.Edge += OnEdge;
        try
        {
            bool before = await _sense!.ReadAsync(cancellationToken).ConfigureAwait(false);
            await _button!.PressAsync(Press, Slot.Clock, cancellationToken).ConfigureAwait(false);
            await Task.WhenAny(edge.Task, Task.Delay(AnswerLimit, Slot.Clock, cancellationToken)).ConfigureAwait(false);
            return edge.IsGiven || await _sense.ReadAsync(cancellationToken).ConfigureAwait(false) != before;
        }
        finally
        {
            _relay.Edge -= OnEdge;
        }
    }
}
