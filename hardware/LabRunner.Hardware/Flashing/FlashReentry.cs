using System.Globalization;

namespace LabRunner.Hardware.Flashing;

/// <summary>
/// Enters download mode again when a link is lost in a session: strap, power cycle and loader from the start. What is done with the session
/// must be such that doing it again goes on where it was, as <see cref="FlashJob"/> does. Thread safe.
/// </summary>
public static class FlashReentry
{
    /// <summary>Most times that download mode is entered again.</summary>
    public const int Most = 3;

    /// <summary>Runs a use of the chip, again after each lost link, also while it is being entered. A chip that never answered is not tried again.</summary>
    /// <param name="once">Enters download mode, runs the use, and leaves.</param>
    /// <param name="use">What to do with the chip.</param>
    /// <param name="note">Told of each lost link, a sentence.</param>
    /// <exception cref="FlashFailedException">The chip refused, never answered, or the link was lost once more than <see cref="Most"/> times.</exception>
    public static async Task<T> RunAsync<T>(Func<Func<IFlashSession, Task<T>>, Task<T>> once, Func<IFlashSession, Task<T>> use, Action<string> note)
    {
        ArgumentNullException.ThrowIfNull(once);
        ArgumentNullException.ThrowIfNull(note);
        bool answered = false;
        for (int lost = 1; ; lost++)
        {
            try
            {
                return await once(session =>
                {
                    answered = true;
                    return use(session);
                }).ConfigureAwait(false);
            }
            catch (FlashFailedException failed) when (lost <= Most && (failed.LinkLost || (answered && failed.Stage == "sync")))
            {
                note(string.Create(
                    CultureInfo.InvariantCulture, $"The link was lost. {failed.Message} Entering download mode again, {lost} of {Most}; what is right by then is not written again."));
            }
        }
    }
}
