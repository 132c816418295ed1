using LabRunner.Bench.Session;
using LabRunner.Bench.Slots;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>A slot of a bench that is watched all the time: what is done by hand is an intent, so that the watch takes none of it for a failure.</summary>
/// <param name="session">The bench.</param>
/// <param name="clock">Its clock.</param>
/// <param name="slot">The slot's drivers.</param>
/// <param name="who">Who does it: stands in the journal.</param>
public sealed class SessionSlot(BenchSession session, LabClock clock, SlotHardware slot, string who) : IHandSlot
{
    private static readonly TimeSpan BootLimit = TimeSpan.FromSeconds(60);

    /// <inheritdoc/>
    public SlotHardware Slot => slot;

    /// <inheritdoc/>
    public Interlocks Interlocks => session.Interlocks;

    /// <inheritdoc/>
    public LabClock Clock => clock;

    private string Name => slot.Entry.Name;

    /// <inheritdoc/>
    public Task SwitchAsync(bool on, CancellationToken cancellationToken) =>
        DoAsync(on ? "power on" : "power off", on, token => session.SwitchPowerAsync(Name, on, token), cancellationToken);

    /// <inheritdoc/>
    public Task PowerUpAsync(Func<CancellationToken, Task> act, CancellationToken cancellationToken) =>
        DoAsync("power on with its button held", true, token => session.PowerUpAsync(Name, act, token), cancellationToken);

    /// <summary>Writes to the console.</summary>
    /// <exception cref="LabRunner.Hardware.Faults.BenchFaultException">The slot has no console, it took nothing, or writing is refused.</exception>
    public Task WriteConsoleAsync(string text, CancellationToken cancellationToken) => session.WriteConsoleAsync(Name, text, cancellationToken);

    private async Task DoAsync(string what, bool boots, Func<CancellationToken, Task> act, CancellationToken cancellationToken)
    {
        long intent = await session.OpenIntentAsync(Name, IntentKinds.PowerCut, $"{what} by {who}", new Dictionary<string, string>(), cancellationToken).ConfigureAwait(false);
        try
        {
            await act(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await session.CloseIntentAsync(intent, CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        // The boot that follows is asked for too, and nobody waits for it here.
        _ = boots ? CloseAfterBootAsync(intent) : session.CloseIntentAsync(intent, CancellationToken.None);
    }

    private async Task CloseAfterBootAsync(long intent)
    {
        Task ready = session.WaitReadyAsync(Name, BootLimit, CancellationToken.None);
        await ready.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await session.CloseIntentAsync(intent, CancellationToken.None).ConfigureAwait(false);
    }
}
