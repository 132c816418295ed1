using LabRunner.Bench.Slots;
using LabRunner.Hardware.Buttons;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Sensing;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>How a button is pressed.</summary>
public sealed record PressOrder
{
    /// <summary>From each push to its release, run time, above 0. Default 100 ms.</summary>
    public TimeSpan Length { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Presses, 1 or more. Default 1.</summary>
    public int Count { get; init; } = 1;

    /// <summary>From each release to the next push, run time, above 0. Default 200 ms.</summary>
    public TimeSpan Gap { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Edges before the contact rests pushed; 0 or even. Default 0: no bounce.</summary>
    public int BounceEdges { get; init; }

    /// <summary>Between two edges of the bounce, run time. Default 2 ms.</summary>
    public TimeSpan BounceEvery { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>Held while the slot gets its power; <see cref="Length"/> counts from power-on then. Default false.</summary>
    public bool AtPowerUp { get; init; }

    /// <summary>How long the relay is waited for after the last release, run time. Default 2 s: OpenBeken toggles about 380 ms after a release.</summary>
    public TimeSpan Answer { get; init; } = TimeSpan.FromSeconds(2);
}

/// <summary>An edge of button or relay, on one clock.</summary>
/// <param name="At">Milliseconds of run time from the first push.</param>
/// <param name="AfterRelease">Milliseconds from the newest release before it; null before the first, and for the button's own edges.</param>
/// <param name="What">pushed, let go, closed, opened.</param>
/// <param name="Uncertainty">Half of the time in which it happened, ms: of the movement for the button, of the sense line for the relay.</param>
/// <param name="Lost">Edges lost just before it.</param>
public sealed record PressEdge(double At, double? AfterRelease, string What, double Uncertainty, uint Lost);

/// <summary>What a press did.</summary>
/// <param name="Edges">Of button and relay, in order.</param>
/// <param name="Before">The contact before; null without a sense line.</param>
/// <param name="After">The contact afterwards.</param>
/// <param name="Answered">The relay moved after the first push; null without a sense line.</param>
public sealed record PressSight(IReadOnlyList<PressEdge> Edges, bool? Before, bool? After, bool? Answered);

/// <summary>Presses the button of one slot by hand and shows what the relay made of it.</summary>
public static class PressHand
{
    /// <summary>Presses, and waits for the relay.</summary>
    /// <param name="bench">The slot, powered unless the button is held through power-up.</param>
    /// <param name="order">How.</param>
    /// <param name="cancellationToken">Lets go early.</param>
    /// <exception cref="BenchFaultException">The slot has no button, a press is refused, or the actuator did not follow.</exception>
    public static async Task<PressSight> RunAsync(IHandSlot bench, PressOrder order, CancellationToken cancellationToken)
    {
        IButton button = bench.Slot.Button
            ?? throw bench.Slot.Entry.Without(Contracts.Button);
        IRelaySense? sense = bench.Slot.RelaySense;
        List<ContactEdge> relay = [];
        void OnEdge(ContactEdge edge)
        {
            lock (relay)
            {
                relay.Add(edge);
            }
        }

        bool? before = sense is null ? null : await sense.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (sense is not null)
        {
            sense.Edge += OnEdge;
        }

        try
        {
            bench.Interlocks.Demand(bench.Slot.Entry, SlotAction.Press);

            // Let go for certain; and the first movement of a program is slower than those after it.
            await button.SetAsync(false, cancellationToken).ConfigureAwait(false);
            IReadOnlyList<ButtonEdge> pushes = await PushAsync(bench, button, order, cancellationToken).ConfigureAwait(false);
            if (sense is null)
            {
                return new PressSight(Merge(pushes, [], TimeSpan.Zero), null, null, null);
            }

            // The whole time, also when an edge came: a relay that falls back is part of the answer.
            await Task.Delay(order.Answer, bench.Clock, cancellationToken).ConfigureAwait(false);
            bool after = await sense.ReadAsync(cancellationToken).ConfigureAwait(false);
            IReadOnlyList<ContactEdge> seen;
            lock (relay)
            {
                seen = [.. relay.Where(e => e.At >= pushes[0].At - pushes[0].Uncertainty)];
            }

            return new PressSight(Merge(pushes, seen, sense.Resolution), before, after, seen.Count > 0 || after != before);
        }
        finally
        {
            if (sense is not null)
            {
                sense.Edge -= OnEdge;
            }
        }
    }

    private static async Task<IReadOnlyList<ButtonEdge>> PushAsync(IHandSlot bench, IButton button, PressOrder order, CancellationToken cancellationToken)
    {
        if (order.AtPowerUp)
        {
            IPowerSwitch power = bench.Slot.Supply();
            IReadOnlyList<ButtonEdge> edges = [];
            await bench.PowerUpAsync(
                async token => edges = await button.HoldThroughPowerUpAsync(power, order.Length, bench.Clock, token).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            return edges;
        }

        return await (order.BounceEdges > 0
            ? button.BounceAsync(order.BounceEdges, order.BounceEvery, order.Length, bench.Clock, cancellationToken)
            : button.PressTimesAsync(order.Count, order.Length, order.Gap, bench.Clock, cancellationToken)).ConfigureAwait(false);
    }

    private static List<PressEdge> Merge(IReadOnlyList<ButtonEdge> pushes, IReadOnlyList<ContactEdge> relay, TimeSpan resolution)
    {
        TimeSpan zero = pushes[0].At;
        IEnumerable<(TimeSpan At, PressEdge Edge)> button = pushes.Select(p => (
            p.At, new PressEdge((p.At - zero).TotalMilliseconds, null, p.Pressed ? "pushed" : "let go", p.Uncertainty.TotalMilliseconds, 0)));
        IEnumerable<(TimeSpan At, PressEdge Edge)> contact = relay.Select(e => (
            e.At,
            new PressEdge(
                (e.At - zero).TotalMilliseconds,
                pushes.LastOrDefault(p => !p.Pressed && p.At <= e.At) is { At.Ticks: > 0 } release ? (e.At - release.At).TotalMilliseconds : null,
                e.Closed ? "closed" : "opened", resolution.TotalMilliseconds, e.Lost)));
        return [.. button.Concat(contact).OrderBy(e => e.At).Select(e => e.Edge)];
    }
}
