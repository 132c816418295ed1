using LabRunner.Bench.Hosting.Composition;
using LabRunner.Bench.Hosting.Leases;
using LabRunner.Bench.Hosting.Processes;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>Makes a bench safe that nobody has: before the first owner, after the last one, and after one whose guard died with it.</summary>
public static class SafeHand
{
    /// <summary>Switches every slot off that may go off, releases boot straps and puts the network back; tries on for a minute where something does not answer.</summary>
    /// <param name="bench">Inventory: a name of bench/inventory or a path.</param>
    /// <param name="tell">Told what is done, a sentence at a time.</param>
    /// <param name="cancellationToken">Gives up before anything is switched, not in the middle.</param>
    /// <returns>True when everything is off; false when a person must look.</returns>
    /// <exception cref="BenchFaultException">Kind Lease: somebody has a slot of the bench, and makes it safe himself.</exception>
    /// <exception cref="FileProblemsException">The inventory cannot be used.</exception>
    public static async Task<bool> SwitchOffAsync(string bench, Action<string> tell, CancellationToken cancellationToken)
    {
        BenchFiles files = BenchFiles.Load(new BenchOwnerOptions { Bench = bench, WatchOnly = true, TimeScale = 1 });
        if (files.Inventory.Virtual is not null)
        {
            tell($"The bench '{files.Inventory.Name}' is virtual: its plugs have ended with whoever had started them.");
            return true;
        }

        // A guard that still switches off has the lease too, and is waited for.
        Lease lease = await RunLease.TakeAsync(files, null, null, "everything off", cancellationToken).ConfigureAwait(false);
        await using (lease.ConfigureAwait(false))
        {
            PowerCut cut = new(new BenchComposer(files.Inventory, files.Catalogue, LabClock.Start(1), Path.GetTempPath()), tell);
            SlotEntry[] guarded = [.. files.Inventory.Slots.Where(s => !s.KeepPower)];
            Task<bool> off = cut.OffAsync(guarded, "Everything goes off");
            Task<bool> released = cut.ReleaseAsync(files.Inventory.Slots);
            Task<bool> restored = cut.RestoreNetworkAsync();
            return await off.ConfigureAwait(false) & await released.ConfigureAwait(false) & await restored.ConfigureAwait(false);
        }
    }
}
