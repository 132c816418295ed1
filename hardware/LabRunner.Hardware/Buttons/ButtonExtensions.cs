using LabRunner.Hardware.Power;
using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Buttons;

/// <summary>
/// What every button can do, derived once from its primitives. Each returns the movements as they were; each lets go at the end, also when
/// cancelled or failed. Times are kept from the first movement on, so that a late step does not shift those after it.
/// </summary>
/// <remarks>
/// OpenBeken (new_pins.c): up to 60 ms is ignored, 90 to 900 ms toggles about 380 ms after release, over 1,000 ms is a hold; a double click in
/// the first 5 s after a boot clears the Wi-Fi credentials.
/// </remarks>
public static class ButtonExtensions
{
    /// <summary>One press or hold.</summary>
    /// <param name="button">The actuator.</param>
    /// <param name="duration">From push to release, above 0.</param>
    /// <param name="clock">The run's clock.</param>
    /// <param name="cancellationToken">Ends the press early.</param>
    public static Task<IReadOnlyList<ButtonEdge>> PressAsync(this IButton button, TimeSpan duration, LabClock clock, CancellationToken cancellationToken) =>
        MoveAsync(button, [duration], clock, cancellationToken);

    /// <summary>Several presses with exact gaps.</summary>
    /// <param name="button">The actuator.</param>
    /// <param name="count">1 or more.</param>
    /// <param name="press">From each push to its release, above 0.</param>
    /// <param name="gap">From each release to the next push, above 0.</param>
    /// <param name="clock">The run's clock.</param>
    /// <param name="cancellationToken">Ends the sequence early.</param>
    public static Task<IReadOnlyList<ButtonEdge>> PressTimesAsync(
        this IButton button, int count, TimeSpan press, TimeSpan gap, LabClock clock, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return MoveAsync(button, [.. Enumerable.Range(0, (2 * count) - 1).Select(i => i % 2 == 0 ? press : gap)], clock, cancellationToken);
    }

    /// <summary>A contact that bounces before it rests: <paramref name="edges"/> edges at one interval, then the press.</summary>
    /// <param name="button">The actuator.</param>
    /// <param name="edges">Edges before the contact rests pushed, even (the first pushes, the last lets go), 2 or more.</param>
    /// <param name="interval">Between two edges, above 0; a real tact switch bounces for 1 to 5 ms.</param>
    /// <param name="press">From the push that rests to the release, above 0.</param>
    /// <param name="clock">The run's clock.</param>
    /// <param name="cancellationToken">Ends the sequence early.</param>
    public static Task<IReadOnlyList<ButtonEdge>> BounceAsync(
        this IButton button, int edges, TimeSpan interval, TimeSpan press, LabClock clock, CancellationToken cancellationToken)
    {
        if (edges < 2 || edges % 2 != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(edges), edges, "A bounce has an even number of edges, at least 2.");
        }

        return MoveAsync(button, [.. Enumerable.Repeat(interval, edges), press], clock, cancellationToken);
    }

    /// <summary>Held while the DUT gets its power: pushed, power on, let go after a time.</summary>
    /// <param name="button">The actuator.</param>
    /// <param name="power">The slot's supply, off before.</param>
    /// <param name="after">From power-on to the release, above 0.</param>
    /// <param name="clock">The run's clock.</param>
    /// <param name="cancellationToken">Lets go early; the supply stays as it is.</param>
    public static async Task<IReadOnlyList<ButtonEdge>> HoldThroughPowerUpAsync(
        this IButton button, IPowerSwitch power, TimeSpan after, LabClock clock, CancellationToken cancellationToken)
    {
        List<ButtonEdge> edges = [await button.SetAsync(true, cancellationToken).ConfigureAwait(false)];
        try
        {
            await power.SwitchAsync(PowerState.On, cancellationToken).ConfigureAwait(false);
            await ExactDelay.WaitAsync(after, clock, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            edges.Add(await button.SetAsync(false, CancellationToken.None).ConfigureAwait(false));
        }

        return edges;
    }

    private static async Task<IReadOnlyList<ButtonEdge>> MoveAsync(IButton button, IReadOnlyList<TimeSpan> steps, LabClock clock, CancellationToken cancellationToken)
    {
        if (steps.Any(step => step <= TimeSpan.Zero))
        {
            throw new ArgumentOutOfRangeException(nameof(steps), "A press and a gap last longer than 0.");
        }

        List<ButtonEdge> edges = [];
        bool pressed = true;
        try
        {
            edges.Add(await button.SetAsync(true, cancellationToken).ConfigureAwait(false));
            TimeSpan next = edges[0].At;
            for (int i = 0; i < steps.Count; i++)
            {
                next += steps[i];
                TimeSpan wait = next - clock.Elapsed;
                if (wait > TimeSpan.Zero)
                {
                    await ExactDelay.WaitAsync(wait, clock, cancellationToken).ConfigureAwait(false);
                }

                // The last movement lets go whatever was cancelled meanwhile.
                bool last = i == steps.Count - 1;
                edges.Add(await button.SetAsync(i % 2 != 0, last ? CancellationToken.None : cancellationToken).ConfigureAwait(false));
                pressed = i % 2 != 0;
            }
        }
        finally
        {
            if (pressed)
            {
                await button.SetAsync(false, CancellationToken.None).ConfigureAwait(false);
            }
        }

        return edges;
    }
}
