namespace LabRunner.Reports.Records;

/// <summary>A stretch of run time, seconds since the run's origin; <paramref name="End"/> is not before <paramref name="Start"/>.</summary>
public readonly record struct Span(double Start, double End)
{
    /// <summary>Seconds.</summary>
    public double Length => End - Start;
}

/// <summary>Arithmetic with stretches of time, so that no hour is counted twice.</summary>
public static class Spans
{
    /// <summary>Overlapping and touching spans joined, in order; empty and reversed ones left out.</summary>
    public static IReadOnlyList<Span> Union(IEnumerable<Span> spans)
    {
        List<Span> joined = [];
        foreach (Span span in spans.Where(s => s.End > s.Start).OrderBy(s => s.Start))
        {
            if (joined.Count > 0 && span.Start <= joined[^1].End)
            {
                joined[^1] = joined[^1] with { End = Math.Max(joined[^1].End, span.End) };
            }
            else
            {
                joined.Add(span);
            }
        }

        return joined;
    }

    /// <summary>The time that is in both.</summary>
    public static IReadOnlyList<Span> Intersect(IEnumerable<Span> first, IEnumerable<Span> second)
    {
        IReadOnlyList<Span> others = Union(second);
        return Union(
            from a in Union(first)
            from b in others
            where a.Start < b.End && b.Start < a.End
            select new Span(Math.Max(a.Start, b.Start), Math.Min(a.End, b.End)));
    }

    /// <summary>The time that is in the first and not in the second.</summary>
    public static IReadOnlyList<Span> Subtract(IEnumerable<Span> first, IEnumerable<Span> second)
    {
        IReadOnlyList<Span> others = Union(second);
        List<Span> left = [];
        foreach (Span whole in Union(first))
        {
            double from = whole.Start;
            foreach (Span gone in others.Where(o => o.Start < whole.End && whole.Start < o.End))
            {
                left.Add(new Span(from, gone.Start));
                from = Math.Max(from, gone.End);
            }

            left.Add(new Span(from, whole.End));
        }

        return Union(left);
    }

    /// <summary>Seconds covered, each counted once.</summary>
    public static double Seconds(IEnumerable<Span> spans) => Union(spans).Sum(s => s.Length);
}
