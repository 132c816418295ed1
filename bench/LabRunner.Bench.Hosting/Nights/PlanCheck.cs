using System.Globalization;
using LabRunner.Bench.Api;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Plans;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Hosting.Nights;

/// <summary>A plan as a night would play it, checked without touching any hardware.</summary>
public static class PlanCheck
{
    /// <summary>Asks the suites whether they know what the plan asks.</summary>
    /// <returns>Names of each suite's tests.</returns>
    /// <exception cref="LabRunner.Bench.Inventory.FileProblemsException">The plan names what no suite knows; every problem is named.</exception>
    /// <exception cref="LabRunner.Hardware.Faults.BenchFaultException">The suites' program did not answer.</exception>
    public static Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> RunAsync(Plan plan, CancellationToken cancellationToken) => SuiteCatalogue.CheckAsync(plan, cancellationToken);

    /// <summary>Files and plan of a night, and the names of each suite's tests: structure, parameters and values are all checked, and all mistakes told at once.</summary>
    /// <param name="options">Which bench and plan.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    /// <exception cref="FileProblemsException">Inventory, plan or quarantine list are wrong; every problem is named.</exception>
    /// <exception cref="LabRunner.Hardware.Faults.BenchFaultException">The suites' program did not answer.</exception>
    public static async Task<(BenchFiles Files, IReadOnlyDictionary<string, IReadOnlyList<string>> Tests)> WholeAsync(BenchOwnerOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        BenchFiles files;
        try
        {
            files = BenchFiles.Load(options);
        }
        catch (FileProblemsException structure) when (PlanLoader.LoadReadable(options.Plan, BenchFolders.Find().Plans) is { } readable)
        {
            try
            {
                await SuiteCatalogue.CheckAsync(readable, cancellationToken).ConfigureAwait(false);
            }
            catch (FileProblemsException values)
            {
                throw new FileProblemsException([.. structure.Problems.Concat(values.Problems).OrderBy(p => p.Place.File == readable.File).ThenBy(p => p.Place.Line).ThenBy(p => p.Place.Column)]);
            }

            throw;
        }

        return (files, await SuiteCatalogue.CheckAsync(files.Plan, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>
    /// What a night of the plan would not prove: slots of which something is asked before the bench's self-test, or without it. A plan may be so (a
    /// suite alone, a quick look), since such a night still tells what it saw.
    /// </summary>
    /// <param name="files">Inventory and plan, its roles dealt.</param>
    /// <returns>Sentences, each with the remedy; none where every slot begins with S17.</returns>
    public static IReadOnlyList<string> Unproved(BenchFiles files)
    {
        ArgumentNullException.ThrowIfNull(files);
        List<(string Slot, string What)> found =
        [
            .. BySlot(files).Where(s => s.Suites.Count > 0 && s.Suites[0].Suite != SuiteNames.SelfTest)
                .Select(s => (s.Slot, s.Suites.Any(suite => suite.Suite == SuiteNames.SelfTest) ? $"{s.Suites[0].Suite} comes before {SuiteNames.SelfTest}" : $"{SuiteNames.SelfTest} is not in the plan")),
        ];
        return [.. found.GroupBy(s => s.What).Select(g => $"{g.Key} for {string.Join(", ", g.Select(s => s.Slot))}: the night will not show that the bench sees a failure there. Write '- {SuiteNames.SelfTest}: {{ }}' as the first suite.")];
    }

    /// <summary>
    /// Entries of the quarantine list that excuse nothing on this bench. The list is one for all benches of this machine, so a slot of another one is no mistake.
    /// </summary>
    /// <param name="files">Inventory and quarantine list.</param>
    /// <param name="tests">Names of each suite's tests, from <see cref="RunAsync"/>.</param>
    /// <param name="today">The day, UTC.</param>
    /// <returns>Sentences, each with the remedy.</returns>
    public static IReadOnlyList<string> Idle(BenchFiles files, IReadOnlyDictionary<string, IReadOnlyList<string>> tests, DateOnly today)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(tests);
        return [.. files.Quarantine.Entries.SelectMany(entry => Idle(entry).Select(why => $"the quarantine of {entry.What} {why}."))];

        IEnumerable<string> Idle(QuarantineEntry entry)
        {
            if (today > entry.Until)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"ended on {entry.Until:yyyy-MM-dd} and excuses nothing any more. Mend what it excused, renew it or take it out");
            }

            if (entry.Test?.Split('.', 2) is [string suite, string test] && tests.TryGetValue(suite, out IReadOnlyList<string>? known) && !known.Contains(test))
            {
                yield return $"excuses nothing: {suite} has no test '{test}'. {NearestWord.Remedy(test, known)}";
            }

            if (entry.Slot is { } slot && files.Inventory.Slots.All(s => s.Name != slot))
            {
                yield return $"excuses nothing on this bench, which has no slot '{slot}'. {NearestWord.Remedy(slot, [.. files.Inventory.Slots.Select(s => s.Name)])}, if it is not for another bench";
            }
        }
    }

    /// <summary>Suites of each slot in their order.</summary>
    /// <param name="files">Inventory and plan, its roles dealt.</param>
    public static IReadOnlyList<(string Slot, IReadOnlyList<PlannedSuite> Suites)> BySlot(BenchFiles files)
    {
        ArgumentNullException.ThrowIfNull(files);
        return [.. files.Inventory.Slots.Select(slot => (slot.Name, (IReadOnlyList<PlannedSuite>)[.. files.Plan.Suites.Where(s => s.IsFor(slot.Name))]))];
    }
}
