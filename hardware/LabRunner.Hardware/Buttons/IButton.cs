using LabRunner.Hardware.Time;

namespace LabRunner.Hardware.Buttons;

/// <summary>An actuator on the DUT's button. Two primitives; presses are derived once.</summary>
public interface IButton : IAsyncDisposable
{
    /// <summary>Pushes (true) or lets go (false).</summary>
    Task SetAsync(bool pressed, CancellationToken cancellationToken);

    /// <summary>Reads the actuator back; null where the device cannot.</summary>
    Task<bool?> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>Presses, derived from the primitives.</summary>
public static class ButtonExtensions
{
    /// <summary>Pushes for <paramref name="duration"/> and always lets go, also when cancelled or failed.</summary>
    /// <param name="button">The actuator.</param>
    /// <param name="duration">OpenBeken: up to 60 ms is ignored, 90 to 900 ms toggles on release, over 1,000 ms is a hold.</param>
    /// <param name="clock">Clock of the duration.</param>
    /// <param name="cancellationToken">Ends the press early; the button is let go.</param>
    public static async Task PressAsync(this IButton button, TimeSpan duration, TimeProvider clock, CancellationToken cancellationToken)
    {
        await button.SetAsync(true, cancellationToken).ConfigureAwait(false);
        try
        {
            await ExactDelay.WaitAsync(duration, clock, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await button.SetAsync(false, CancellationToken.None).ConfigureAwait(false);
        }
    }
}
