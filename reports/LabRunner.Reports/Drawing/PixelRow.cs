namespace LabRunner.Reports.Drawing;

/// <summary>A stretch of time in a row of a drawing.</summary>
/// <param name="Start">Seconds.</param>
/// <param name="End">Seconds.</param>
/// <param name="Kind">CSS class.</param>
/// <param name="Weight">Which one is drawn where several share a column: the heaviest.</param>
/// <param name="Title">Shown on hover.</param>
public readonly record struct Bar(double Start, double End, string Kind, int Weight, string Title);

/// <summary>
/// Reduces any number of bars to what a row of a drawing can show: one piece per run of equal columns, so that a night of flapping
/// stays a small file, and a dead second is never lost between two live hours (the heaviest bar of a column wins).
/// </summary>
public static class PixelRow
{
    /// <summary>Columns of a row.</summary>
    public const int Columns = 1000;

    /// <summary>Pieces from left to right, as bars whose times are those of the columns.</summary>
    public static IReadOnlyList<Bar> Reduce(IEnumerable<Bar> bars, double start, double end)
    {
        double span = end > start ? end - start : 1;
        int[] best = new int[Columns];
        List<Bar> known = [.. bars.Where(b => b.End >= start && b.Start <= end)];
        for (int i = 0; i < known.Count; i++)
        {
            int first = Math.Clamp((int)((known[i].Start - start) / span * Columns), 0, Columns - 1);
            int last = Math.Clamp((int)Math.Ceiling((known[i].End - start) / span * Columns) - 1, first, Columns - 1);
            for (int column = first; column <= last; column++)
            {
                if (best[column] == 0 || known[i].Weight > known[best[column] - 1].Weight)
                {
                    best[column] = i + 1;
                }
            }
        }

        List<Bar> pieces = [];
        int at = 0;
        while (at < Columns)
        {
            int to = at + 1;
            while (to < Columns && Same(best[at], best[to], known))
            {
                to++;
            }

            if (best[at] > 0)
            {
                pieces.Add(Piece(known, best, at, to, start, span / Columns));
            }

            at = to;
        }

        return pieces;
    }

    private static bool Same(int a, int b, List<Bar> known) =>
        a == b || (a > 0 && b > 0 && known[a - 1].Kind == known[b - 1].Kind && known[a - 1].Weight == known[b - 1].Weight);

    private static Bar Piece(List<Bar> known, int[] best, int at, int to, double start, double column)
    {
        Bar bar = known[best[at] - 1];
        int bars = best[at..to].Distinct().Count();
        string title = bars == 1 ? bar.Title : $"{bar.Title} … and {bars - 1} more here";
        return bar with { Start = start + (at * column), End = start + (to * column), Title = title };
    }
}
