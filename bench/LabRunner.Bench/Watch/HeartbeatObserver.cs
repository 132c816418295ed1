namespace LabRunner.Bench.Watch;

/// <summary>U: the console speaks. Dead when no byte came for 5 s (on a fast clock 1 s of machine time), counted without the bench's own stalls.</summary>
internal sealed class HeartbeatObserver(IWatchedSlot slot, Func<TimeSpan?> lastByte, Func<bool> isOpen) : Observer(ObserverKeys.Heartbeat, slot)
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(5);
    private const string Silent = "no byte for 5 s";
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public override void Tick(TimeSpan now)
    {
        if (!isOpen())
        {
            // Blind is not dead: the port is the bench's.
            if (State is ObserverState.Alive or ObserverState.Dead)
            {
                Reset("the console is not open");
            }

            return;
        }

        if (lastByte() is not { } last)
        {
            return;
        }

        TimeSpan from = Slot.BootedAt is { } boot && boot > last ? boot : last;
        if (now - last <= Silence)
        {
            if (!Slot.IsOff)
            {
                Good(last, null);
            }
        }
        else if (!Slot.IsSuspended && !Slot.IsOff && now - from - Slot.Stalls.LostSince(from) > RequestLimits.AtLeastMachine(Slot.Clock, Silence))
        {
            // The first beat that did not come is the first symptom.
            Suspect(from + Beat, Silent);
            Dead(Silent);
        }
    }
}
