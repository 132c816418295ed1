using LabRunner.Bench.Inventory;
using LabRunner.Bench.Session;
using LabRunner.Bench.Slots;
using LabRunner.Hardware.Flashing;
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

    // The guard watches over one program of others at a time.
    private static readonly SemaphoreSlim OneTool = new(1, 1);

    /// <inheritdoc/>
    public SlotHardware Slot => slot;

    /// <inheritdoc/>
    public Interlocks Interlocks => session.Interlocks;

    /// <inheritdoc/>
    public LabClock Clock => clock;

    private string Name => slot.Entry.Name;

    private Dictionary<string, string> By => new() { [IntentRecord.ByKey] = who };

    /// <inheritdoc/>
    public Task SwitchAsync(bool on, CancellationToken cancellationToken) =>
        DoAsync(on ? "power on" : "power off", on, token => session.SwitchPowerAsync(Name, on, token), cancellationToken);

    /// <inheritdoc/>
    public Task PowerUpAsync(Func<CancellationToken, Task> act, CancellationToken cancellationToken) =>
        DoAsync("power on with its button held", true, token => session.PowerUpAsync(Name, act, token), cancellationToken);

    /// <summary>Writes to the console.</summary>
    /// <exception cref="LabRunner.Hardware.Faults.BenchFaultException">The slot has no console, it took nothing, or writing is refused.</exception>
    public Task WriteConsoleAsync(string text, CancellationToken cancellationToken) => session.WriteConsoleAsync(Name, text, cancellationToken);

    /// <summary>Flashes: <see cref="AtFlashAsync"/> with an order to write.</summary>
    /// <param name="inventory">The bench's, its variables put in.</param>
    /// <param name="folder">Folder for the byte trace; it exists.</param>
    /// <param name="setTool">Told which process group must not outlive this process; 0: none.</param>
    /// <param name="order">What and how.</param>
    /// <param name="say">Told what is being done, a sentence at a time.</param>
    /// <param name="progress">Told now and then; may be null.</param>
    /// <param name="cancellationToken">Stops between two frames.</param>
    /// <inheritdoc cref="FlashWork.RunAsync" path="/exception"/>
    public Task<FlashSight> FlashAsync(
        BenchInventory inventory, string folder, Action<int> setTool, FlashOrder order, Action<string> say, IProgress<FlashProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        return AtFlashAsync(
            "flash", order.Flasher is not null, inventory, folder, setTool, (place, token) => FlashWork.RunAsync(place, order, say, progress, token), say, cancellationToken);
    }

    /// <summary>Works on the chip's flash, by one program of others at a time on the whole bench: the console's port is free meanwhile, and afterwards BOOT is released and the supply off, or on again where the slot keeps its power.</summary>
    /// <param name="what">What, for the journal: "flash read".</param>
    /// <param name="byTool">A program of others does it.</param>
    /// <param name="inventory">The bench's, its variables put in.</param>
    /// <param name="folder">Folder for the byte trace; it exists.</param>
    /// <param name="setTool">Told which process group must not outlive this process; 0: none.</param>
    /// <param name="work">It.</param>
    /// <param name="say">Told how the slot is left.</param>
    /// <param name="cancellationToken">Stops between two frames.</param>
    /// <inheritdoc cref="FlashWork.RunAsync" path="/exception"/>
    public async Task<T> AtFlashAsync<T>(
        string what, bool byTool, BenchInventory inventory, string folder, Action<int> setTool, Func<IFlashPlace, CancellationToken, Task<T>> work, Action<string> say,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(say);
        if (byTool)
        {
            await OneTool.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        try
        {
            Place place = new(inventory, slot, Interlocks, clock, folder, setTool);
            T sight = await session.FlashAsync(Name, $"{what} by {who}", token => work(place, token), cancellationToken).ConfigureAwait(false);
            say(FlashWork.Ending(slot.Entry));
            return sight;
        }
        finally
        {
            if (byTool)
            {
                OneTool.Release();
            }
        }
    }

    /// <summary>Lends the slot to whatever boots the DUT and listens to it by itself: the console's port is free meanwhile. It is off at first and afterwards, or on again where it keeps its power.</summary>
    /// <param name="borrower">Who, for the console's log: "the probe".</param>
    /// <param name="what">What, for the journal.</param>
    /// <param name="act">It, with the slot.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task<T> BorrowAsync<T>(string borrower, string what, Func<IHandSlot, CancellationToken, Task<T>> act, CancellationToken cancellationToken) =>
        session.BorrowAsync(Name, borrower, $"{what} by {who}", token => act(new Lent(slot, Interlocks, clock), token), cancellationToken);

    /// <summary>Does something during which the DUT may reboot and be silent.</summary>
    /// <param name="kind">Kind of the intent, of <see cref="IntentKinds"/>.</param>
    /// <param name="what">What, for the journal.</param>
    /// <param name="act">It.</param>
    public async Task<T> UnderIntentAsync<T>(string kind, string what, Func<Task<T>> act)
    {
        long intent = await session.OpenIntentAsync(Name, kind, $"{what} by {who}", By, CancellationToken.None).ConfigureAwait(false);
        try
        {
            return await act().ConfigureAwait(false);
        }
        finally
        {
            await session.CloseIntentAsync(intent, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task DoAsync(string what, bool boots, Func<CancellationToken, Task> act, CancellationToken cancellationToken)
    {
        long intent = await session.OpenIntentAsync(Name, IntentKinds.PowerCut, $"{what} by {who}", By, cancellationToken).ConfigureAwait(false);
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

    /// <summary>The slot while it is lent: the session switches nothing meanwhile, and its intent is open.</summary>
    private sealed record Lent(SlotHardware Slot, Interlocks Interlocks, LabClock Clock) : IHandSlot
    {
        public Task SwitchAsync(bool on, CancellationToken cancellationToken) => Slot.SwitchAsync(on, Interlocks, cancellationToken);

        public Task PowerUpAsync(Func<CancellationToken, Task> act, CancellationToken cancellationToken)
        {
            Interlocks.Demand(Slot.Entry, SlotAction.PowerOn);
            return act(cancellationToken);
        }
    }

    private sealed record Place(BenchInventory Inventory, SlotHardware Slot, Interlocks Interlocks, LabClock Clock, string Folder, Action<int> Told) : IFlashPlace
    {
        public void SetTool(int group) => Told(group);
    }
}
