using LabRunner.Bench.Api;
using LabRunner.Bench.Plans;

namespace LabRunner.Bench.Hosting.Nights;

/// <summary>A plan as a night would play it, checked without touching any hardware.</summary>
public static class PlanCheck
{
    /// <summary>Asks the suites whether they know what the plan asks.</summary>
    /// <exception cref="LabRunner.Bench.Inventory.FileProblemsException">The plan names what no suite knows; every problem is named.</exception>
    /// <exception cref="LabRunner.Hardware.Faults.BenchFaultException">The suites' program did not answer.</exception>
    public static Task RunAsync(Plan plan, CancellationToken cancellationToken) => SuiteCatalogue.CheckAsync(plan, cancellationToken);

    /// <summary>Suites of each slot in their order.</summary>
    /// <param name="files">Inventory and plan, its roles dealt.</param>
    public static IReadOnlyList<(string Slot, IReadOnlyList<PlannedSuite> Suites)> BySlot(BenchFiles files)
    {
        ArgumentNullException.ThrowIfNull(files);
        return [.. files.Inventory.Slots.Select(slot => (slot.Name, (IReadOnlyList<PlannedSuite>)[.. files.Plan.Suites.Where(s => s.IsFor(slot.Name))]))];
    }
}
