using LabRunner.Bench.Hosting.Processes;
using LabRunner.Hardware.Faults;

namespace LabRunner.Bench.Hosting.Leases;

/// <summary>The lease that every program takes before it touches a slot.</summary>
internal static class RunLease
{
    /// <summary>Takes the slots of a run.</summary>
    /// <param name="files">The bench, its variables put in.</param>
    /// <param name="slots">Slots; null: all.</param>
    /// <param name="virtualBench">The virtual bench behind it; null for a real one.</param>
    /// <param name="purpose">What for, such as "night, plan smoke".</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BenchFaultException">Kind Lease: somebody else has one of them.</exception>
    public static Task<Lease> TakeAsync(
        BenchFiles files, IReadOnlyList<string>? slots, VirtualBench? virtualBench, string purpose, CancellationToken cancellationToken) =>
        new LeaseBook(LeaseFolder.Open()).TakeAsync(
            new LeaseRequest
            {
                Bench = files.Inventory.Name,
                Slots = slots ?? [.. files.Inventory.Slots.Select(s => s.Name)],
                Parts = LeaseParts.Of(files.Inventory, slots, virtualBench?.Directory),
                Purpose = purpose,
                Private = virtualBench is { IsOwn: true },
            },
            cancellationToken);
}
