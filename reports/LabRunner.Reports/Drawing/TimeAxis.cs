namespace LabRunner.Reports.Drawing;

/// <summary>Maps run time to the x of a drawing and picks round ticks.</summary>
public sealed class TimeAxis
{
    private static readonly double[] Steps = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400];

    /// <param name="start">First second drawn.</param>
    /// <param name="end">Last second drawn; an empty stretch is drawn as one second.</param>
    /// <param name="left">x of the start.</param>
    /// <param name="width">Width of the drawing.</param>
    public TimeAxis(double start, double end, double left, double width)
    {
        Start = start;
        End = end > start ? end : start + 1;
        Left = left;
        Width = width;
    }

    /// <summary>First second.</summary>
    public double Start { get; }

    /// <summary>Last second, after the first.</summary>
    public double End { get; }

    /// <summary>x of the first second.</summary>
    public double Left { get; }

    /// <summary>Width in drawing units.</summary>
    public double Width { get; }

    /// <summary>x of a time, held inside the drawing.</summary>
    public double X(double seconds) => Left + (Math.Clamp((seconds - Start) / (End - Start), 0, 1) * Width);

    /// <summary>At most about ten round times.</summary>
    public IEnumerable<double> Ticks()
    {
        double step = Steps.FirstOrDefault(s => (End - Start) / s <= 11, Steps[^1] * Math.Ceiling((End - Start) / Steps[^1] / 11));
        for (double tick = Math.Ceiling(Start / step) * step; tick <= End; tick += step)
        {
            yield return tick;
        }
    }

    /// <summary>Draws grid lines from <paramref name="top"/> to <paramref name="bottom"/> and labels below.</summary>
    public void Draw(HtmlWriter html, double top, double bottom)
    {
        foreach (double tick in Ticks())
        {
            double x = X(tick);
            html.Empty("line", ("class", "grid"), ("x1", x), ("x2", x), ("y1", top), ("y2", bottom));
            html.Element("text", Words.At(tick), ("x", x), ("y", bottom + 13), ("text-anchor", "middle"));
        }
    }
}
