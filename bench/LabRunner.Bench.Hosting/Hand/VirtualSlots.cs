using LabRunner.Bench.Hosting.Composition;
using LabRunner.Bench.Hosting.Processes;
using LabRunner.Bench.Slots;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>
/// Slots of a virtual bench that have power without a night around them, for tools from elsewhere: the firmware runs, or, with BOOT asserted,
/// the boot ROM waits behind the slot's tty. Disposing closes the drivers and leaves the lines as they are.
/// </summary>
public sealed class VirtualSlots : IAsyncDisposable
{
    private readonly BenchComposer _composer;
    private readonly IReadOnlyList<SlotHardware> _slots;

    private VirtualSlots(BenchComposer composer, IReadOnlyList<SlotHardware> slots) => (_composer, _slots) = (composer, slots);

    /// <summary>Switches slots on.</summary>
    /// <param name="files">The bench's files.</param>
    /// <param name="bench">It runs.</param>
    /// <param name="clock">The run's clock.</param>
    /// <param name="run">Slots whose firmware is to run.</param>
    /// <param name="boot">Slots whose boot ROM is to run.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="UsageException">The bench has no such slot, or a slot is named twice or has no strap.</exception>
    /// <exception cref="BenchFaultException">A driver failed.</exception>
    public static async Task<VirtualSlots> SwitchOnAsync(
        BenchFiles files, VirtualBench bench, LabClock clock, IReadOnlyCollection<string> run, IReadOnlyCollection<string> boot, CancellationToken cancellationToken)
    {
        string[] wanted = [.. run, .. boot];
        if (files.Inventory.Lacking(wanted) is { } lacking)
        {
            throw new UsageException(lacking);
        }

        if (run.Intersect(boot).FirstOrDefault() is { } both)
        {
            throw new UsageException($"{both}: either its firmware runs (--on) or its boot ROM (--boot).");
        }

        BenchComposer composer = new(files.WithVariables(bench.Variables).Inventory, files.Catalogue, clock, bench.Directory);
        try
        {
            IReadOnlyList<SlotHardware> slots = await composer.ComposeAsync(wanted).ConfigureAwait(false);
            foreach (SlotHardware slot in slots)
            {
                if (boot.Contains(slot.Entry.Name))
                {
                    await (slot.BootStrap ?? throw new UsageException($"slot {slot.Entry.Name} has no bootStrap in the inventory.")).SetAsync(true, cancellationToken).ConfigureAwait(false);
                }

                await (slot.Power ?? throw new UsageException($"slot {slot.Entry.Name} has no power in the inventory.")).SwitchAsync(PowerState.On, cancellationToken).ConfigureAwait(false);
            }

            return new VirtualSlots(composer, slots);
        }
        catch
        {
            await composer.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (SlotHardware slot in _slots)
        {
            await slot.DisposeAsync().ConfigureAwait(false);
        }

        await _composer.DisposeAsync().ConfigureAwait(false);
    }
}
