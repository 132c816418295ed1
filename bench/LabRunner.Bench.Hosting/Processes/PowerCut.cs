using System.Globalization;
using LabRunner.Bench.Hosting.Composition;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Hosting.Processes;

/// <summary>Switches slots off through drivers of its own, all at once: one that hangs or fails keeps no other waiting. For one use.</summary>
internal sealed class PowerCut(BenchInventory inventory, DriverCatalogue catalogue, Action<string> tell)
{
    // Two attempts fit into the 2 s in which everything is to be off.
    private static readonly TimeSpan AttemptLimit = TimeSpan.FromSeconds(0.9);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    // A relay in the network may be away for a while; after this a person must look.
    private static readonly TimeSpan GiveUp = TimeSpan.FromSeconds(60);

    private readonly Lock _telling = new();

    /// <summary>Switches off, and tries on for a minute where it does not succeed.</summary>
    /// <param name="slots">Slots.</param>
    /// <param name="why">What it is done for.</param>
    /// <returns>True when every slot that has power is off.</returns>
    public async Task<bool> OffAsync(IReadOnlyList<SlotEntry> slots, string why)
    {
        long began = TimeProvider.System.GetTimestamp();

        // Not disposed: it belongs to a process that ends with it, and closing a driver that hangs would hang too.
        BenchComposer composer = new(inventory, catalogue, LabClock.FromEnvironment(), Path.GetTempPath());
        Tell($"{why}; switching off {string.Join(", ", slots.Select(s => s.Name))}.");
        bool[] off = await Task.WhenAll(slots.Select(s => OffAsync(composer, s, began))).ConfigureAwait(false);
        return off.All(o => o);
    }

    private async Task<bool> OffAsync(BenchComposer composer, SlotEntry slot, long began)
    {
        IPowerSwitch? power = null;
        bool told = false;
        while (TimeProvider.System.GetElapsedTime(began) is var elapsed && elapsed < GiveUp)
        {
            using CancellationTokenSource limit = new(AttemptLimit, TimeProvider.System);
            try
            {
                // Opening the driver already puts the output into its safe initial state; switching confirms it.
                await Task.Run(
                    async () =>
                    {
                        power ??= composer.ComposePower(slot);
                        await (power?.CutAsync(null, limit.Token) ?? Task.CompletedTask).ConfigureAwait(false);
                    },
                    CancellationToken.None).WaitAsync(AttemptLimit + Pause, TimeProvider.System).ConfigureAwait(false);
                Tell(power is null
                    ? $"slot {slot.Name} has no power switch."
                    : string.Create(CultureInfo.InvariantCulture, $"slot {slot.Name} is off after {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.00} s."));
                return true;
            }
            catch (Exception failure)
            {
                if (!told)
                {
                    told = true;
                    Tell($"slot {slot.Name} is not off yet: {failure.Message} Trying on.");
                }

                await Task.Delay(Pause, TimeProvider.System).ConfigureAwait(false);
            }
        }

        Tell($"slot {slot.Name} could not be switched off. Cut its mains by hand.");
        return false;
    }

    private void Tell(string sentence)
    {
        lock (_telling)
        {
            tell(sentence);
        }
    }
}
