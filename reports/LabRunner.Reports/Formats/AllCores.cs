using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace LabRunner.Reports.Formats;

/// <summary>Independent pieces of a report on all cores of the machine.</summary>
internal static class AllCores
{
    /// <summary>What <paramref name="make"/> makes of each, in the order of the items; one at a time is handed to a core that is free.</summary>
    /// <exception cref="Exception">What one of them threw, as if it had been called here.</exception>
    internal static TResult[] Map<T, TResult>(IReadOnlyList<T> items, Func<T, TResult> make)
    {
        TResult[] results = new TResult[items.Count];
        Each([.. Enumerable.Range(0, items.Count)], i => results[i] = make(items[i]));
        return results;
    }

    /// <summary>Calls <paramref name="act"/> for each; it returns when all are done.</summary>
    /// <inheritdoc cref="Map" path="/exception"/>
    internal static void Each<T>(IReadOnlyList<T> items, Action<T> act)
    {
        try
        {
            Parallel.ForEach(Partitioner.Create(items, EnumerablePartitionerOptions.NoBuffering), act);
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Capture(e.InnerExceptions[0]).Throw();
        }
    }
}
