using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Pulses;

/// <summary>Courses of a frequency over time, for every pulse source.</summary>
public static class PulseProfiles
{
    /// <summary>Goes from one frequency to another in equal steps of equal length; the last step holds the final frequency, which stays.</summary>
    /// <param name="source">Where to.</param>
    /// <param name="channel">Which output.</param>
    /// <param name="from">First frequency; 0 or within the capabilities.</param>
    /// <param name="to">Last frequency; 0 or within the capabilities.</param>
    /// <param name="steps">Frequencies set, 2 or more.</param>
    /// <param name="step">Time that each is held, at least 0.</param>
    /// <param name="clock">Clock of the steps.</param>
    /// <param name="cancellationToken">Ends the ramp; the frequency then stays where it is.</param>
    /// <exception cref="ArgumentOutOfRangeException">Outside the ranges, or a step lies outside the source's capabilities.</exception>
    public static async Task RampAsync(
        this IPulseSource source, PulseChannel channel, Hertz from, Hertz to, int steps, TimeSpan step, TimeProvider clock, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 2);
        await source.PlayAsync(
            channel, Enumerable.Range(0, steps).Select(at => (new Hertz(from.Value + ((to.Value - from.Value) * at / (steps - 1))), step)), clock, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Plays frequencies one after another with pulses of 38 µs; the last stays. Steps are timed from the start, so that delays do not add up.</summary>
    /// <param name="source">Where to.</param>
    /// <param name="channel">Which output.</param>
    /// <param name="steps">Frequency and the time it is held.</param>
    /// <param name="clock">Clock of the steps.</param>
    /// <param name="cancellationToken">Ends it; the frequency then stays where it is.</param>
    /// <exception cref="ArgumentOutOfRangeException">A step lies outside the source's capabilities, or its time is negative.</exception>
    public static async Task PlayAsync(
        this IPulseSource source, PulseChannel channel, IEnumerable<(Hertz Frequency, TimeSpan Hold)> steps, TimeProvider clock, CancellationToken cancellationToken)
    {
        long start = clock.GetTimestamp();
        TimeSpan due = TimeSpan.Zero;
        foreach ((Hertz frequency, TimeSpan hold) in steps)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(hold, TimeSpan.Zero);
            await source.SetAsync(channel, frequency, Bl0937Model.PulseWidth, cancellationToken).ConfigureAwait(false);
            due += hold;
            if (due - clock.GetElapsedTime(start) is var left && left > TimeSpan.Zero)
            {
                await Task.Delay(left, clock, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
