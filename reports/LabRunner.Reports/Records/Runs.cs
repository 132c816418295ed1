namespace LabRunner.Reports.Records;

/// <summary>
/// Grouping of what is in order already: a group is a piece of the array, where GroupBy would look up and copy each of a night's samples.
/// </summary>
internal static class Runs
{
    /// <summary>Pieces of neighbours with the same key, in order. A key that comes again later makes a piece of its own.</summary>
    internal static IEnumerable<ArraySegment<T>> Of<T>(ArraySegment<T> items, Func<T, double> key)
    {
        for (int from = 0; from < items.Count;)
        {
            double mine = key(items[from]);
            int to = from + 1;
            while (to < items.Count && key(items[to]) == mine)
            {
                to++;
            }

            yield return items[from..to];
            from = to;
        }
    }
}
