using LabRunner.Bench.Plans;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Session;

/// <summary>How far the suites of a slot had come. Immutable.</summary>
/// <param name="Entry">Entry of the plan to go on with.</param>
/// <param name="Finished">Full names of tests of that entry that have come to their end.</param>
public sealed record SuiteProgress(int Entry, IReadOnlyList<string> Finished)
{
    /// <summary>At the start of a night.</summary>
    public static readonly SuiteProgress None = new(0, []);

    /// <summary>Reads it off the tests that were recorded: entries run in the order of the plan, and an entry runs a test once.</summary>
    /// <param name="plan">Plan.</param>
    /// <param name="slot">Slot.</param>
    /// <param name="tests">Tests of the run so far, by id.</param>
    public static SuiteProgress Of(Plan plan, string slot, IEnumerable<TestRecord> tests)
    {
        int entry = 0;
        HashSet<string> finished = [];
        foreach (TestRecord test in tests.Where(t => t.Slot == slot))
        {
            bool next = finished.Contains(test.FullName);
            int at = Find(plan, slot, test.Suite, next ? entry + 1 : entry);
            if (at < 0)
            {
                // The row of a suite host that was lost is of no suite of the plan.
                continue;
            }

            if (at != entry)
            {
                (entry, finished) = (at, []);
            }

            if (!CutShort.Is(test))
            {
                finished.Add(test.FullName);
            }
        }

        return new SuiteProgress(entry, [.. finished]);
    }

    private static int Find(Plan plan, string slot, string suite, int from)
    {
        for (int i = from; i < plan.Suites.Count; i++)
        {
            if (plan.Suites[i].Suite == suite && plan.Suites[i].IsFor(slot))
            {
                return i;
            }
        }

        return -1;
    }
}
