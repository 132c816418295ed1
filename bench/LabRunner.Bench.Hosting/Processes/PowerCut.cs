using System.Globalization;
using LabRunner.Bench.Hosting.Composition;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Lines;
using LabRunner.Hardware.Power;

namespace LabRunner.Bench.Hosting.Processes;

/// <summary>
/// Switches slots off and releases their boot straps through drivers of its own, all at once: one that hangs or fails keeps no other
/// waiting. For one use.
/// </summary>
internal sealed class PowerCut(BenchComposer composer, Action<string> tell)
{
    // Two attempts fit into the 2 s in which everything is to be off.
    private static readonly TimeSpan AttemptLimit = TimeSpan.FromSeconds(0.9);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    // A relay in the network may be away for a while; after this a person must look.
    private static readonly TimeSpan GiveUp = TimeSpan.FromSeconds(60);

    // Programs of an access point answer in a second or not at all.
    private static readonly TimeSpan NetworkLimit = TimeSpan.FromSeconds(20);

    private readonly Lock _telling = new();

    /// <summary>Switches off, and tries on for a minute where it does not succeed.</summary>
    /// <param name="slots">Slots.</param>
    /// <param name="why">What it is done for.</param>
    /// <returns>True when every slot that has power is off.</returns>
    public async Task<bool> OffAsync(IReadOnlyList<SlotEntry> slots, string why)
    {
        long began = TimeProvider.System.GetTimestamp();
        Tell($"{why}; switching off {string.Join(", ", slots.Select(s => s.Name))}.");
        bool[] off = await Task.WhenAll(slots.Select(s => OffAsync(s, began))).ConfigureAwait(false);
        return off.All(o => o);
    }

    /// <summary>Releases boot straps: a chip that starts with its strap asserted waits in its boot ROM for ever.</summary>
    /// <param name="slots">Slots.</param>
    /// <returns>True when every strap is released.</returns>
    public async Task<bool> ReleaseAsync(IReadOnlyList<SlotEntry> slots)
    {
        long began = TimeProvider.System.GetTimestamp();
        bool[] released = await Task.WhenAll(slots.Where(s => s.Drivers.ContainsKey(Contracts.BootStrap)).Select(s => ReleaseAsync(s, began))).ConfigureAwait(false);
        return released.All(r => r);
    }

    /// <summary>Puts the DUTs' network back as it was.</summary>
    /// <returns>True when there is nothing left to put back.</returns>
    public async Task<bool> RestoreNetworkAsync()
    {
        using CancellationTokenSource limit = new(NetworkLimit, TimeProvider.System);
        try
        {
            if (composer.ComposeNetwork() is { } network)
            {
                await network.RestoreAsync(limit.Token).WaitAsync(NetworkLimit, TimeProvider.System).ConfigureAwait(false);
                Tell("the network is put back as it was.");
            }

            return true;
        }
        catch (Exception failure)
        {
            Tell($"the network could not be put back: {failure.Message} The next start of a run tries again.");
            return false;
        }
    }

    private Task<bool> ReleaseAsync(SlotEntry slot, long began)
    {
        IStrap? strap = null;
        return TryOnAsync(
            slot,
            began,
            async token =>
            {
                strap ??= composer.ComposeBootStrap(slot);
                await (strap?.SetAsync(false, token) ?? Task.CompletedTask).ConfigureAwait(false);
            },
            "its boot strap is not released yet",
            _ => $"slot {slot.Name}: its boot strap is released.",
            $"slot {slot.Name}: its boot strap could not be released. A chip that starts now stays in its boot ROM.");
    }

    private Task<bool> OffAsync(SlotEntry slot, long began)
    {
        IPowerSwitch? power = null;
        return TryOnAsync(
            slot,
            began,
            async token =>
            {
                power ??= composer.ComposePower(slot);
                await (power?.CutAsync(null, token) ?? Task.CompletedTask).ConfigureAwait(false);
            },
            "it is not off yet",
            elapsed => power is null ? $"slot {slot.Name} has no power switch." : string.Create(CultureInfo.InvariantCulture, $"slot {slot.Name} is off after {elapsed.TotalSeconds:0.00} s."),
            $"slot {slot.Name} could not be switched off. Cut its mains by hand.");
    }

    /// <summary>Tries until it succeeds or a minute is over.</summary>
    private async Task<bool> TryOnAsync(SlotEntry slot, long began, Func<CancellationToken, Task> attempt, string notYet, Func<TimeSpan, string> done, string givenUp)
    {
        bool told = false;
        while (TimeProvider.System.GetElapsedTime(began) is var elapsed && elapsed < GiveUp)
        {
            using CancellationTokenSource limit = new(AttemptLimit, TimeProvider.System);
            try
            {
                // Opening the driver already puts the output into its safe initial state; switching confirms it.
                await Task.Run(() => attempt(limit.Token), CancellationToken.None).WaitAsync(AttemptLimit + Pause, TimeProvider.System).ConfigureAwait(false);
                Tell(done(TimeProvider.System.GetElapsedTime(began)));
                return true;
            }
            catch (Exception failure)
            {
                if (!told)
                {
                    told = true;
                    Tell($"slot {slot.Name}: {notYet}: {failure.Message} Trying on.");
                }

                await Task.Delay(Pause, TimeProvider.System).ConfigureAwait(false);
            }
        }

        Tell(givenUp);
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
