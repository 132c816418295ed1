using System.Globalization;
using System.Text;

namespace LabRunner.Reports.Drawing;

/// <summary>A small plot: axes with round ticks, then whatever the section draws. Units are SVG units of a 1000-wide drawing.</summary>
public sealed class Plot
{
    private const double Width = 1000;
    private const double LeftMargin = 72;
    private const double Bottom = 34;

    // Half of a figure's width: a label at the right end stays inside the drawing.
    private const double HalfLetter = 3.2;
    private readonly double _height;
    private readonly bool _logX;

    /// <param name="lowX">Smallest x; above 0 on a logarithmic axis.</param>
    /// <param name="highX">Largest x; an empty range is widened.</param>
    /// <param name="lowY">Smallest y.</param>
    /// <param name="highY">Largest y; an empty range is widened.</param>
    /// <param name="height">Height of the drawing.</param>
    /// <param name="logX">True for a logarithmic x axis.</param>
    public Plot(double lowX, double highX, double lowY, double highY, double height = 240, bool logX = false)
    {
        _logX = logX && lowX > 0;
        LowX = lowX;
        HighX = highX > lowX ? highX : lowX + (lowX == 0 ? 1 : Math.Abs(lowX) * 0.1);
        double pad = highY > lowY ? (highY - lowY) * 0.08 : Math.Max(1, Math.Abs(highY) * 0.05);
        LowY = lowY - pad;
        HighY = highY + pad;
        _height = height;
    }

    /// <summary>Smallest x drawn.</summary>
    public double LowX { get; }

    /// <summary>Largest x drawn.</summary>
    public double HighX { get; }

    /// <summary>Smallest y drawn.</summary>
    public double LowY { get; }

    /// <summary>Largest y drawn.</summary>
    public double HighY { get; }

    /// <summary>x in the drawing.</summary>
    public double X(double x)
    {
        double share = _logX
            ? (Math.Log(Math.Max(x, LowX)) - Math.Log(LowX)) / (Math.Log(HighX) - Math.Log(LowX))
            : (x - LowX) / (HighX - LowX);
        return LeftMargin + (Math.Clamp(share, 0, 1) * (Width - LeftMargin - 16));
    }

    /// <summary>y in the drawing.</summary>
    public double Y(double y) => 10 + ((1 - Math.Clamp((y - LowY) / (HighY - LowY), 0, 1)) * (_height - 10 - Bottom));

    /// <summary>Draws the figure.</summary>
    /// <param name="html">Where to.</param>
    /// <param name="title">What it shows; read out by screen readers.</param>
    /// <param name="yUnit">Unit of y.</param>
    /// <param name="labelX">Text of a tick on x.</param>
    /// <param name="ticksX">Ticks on x.</param>
    /// <param name="content">Draws the data.</param>
    public void Draw(HtmlWriter html, string title, string yUnit, Func<double, string> labelX, IEnumerable<double> ticksX, Action content)
    {
        using (html.In("figure"))
        {
            html.Element("figcaption", title);
            using (html.In("div", ("class", "chart"), ("tabindex", "0"), ("role", "group"), ("aria-label", title)))
            using (html.In("svg", ("viewBox", string.Create(CultureInfo.InvariantCulture, $"0 0 {Width:0} {_height:0}")), ("role", "img"), ("aria-label", title)))
            {
                html.Element("title", title);
                foreach (double y in Round(LowY, HighY, 6))
                {
                    html.Empty("line", ("class", "grid"), ("x1", LeftMargin), ("x2", Width - 16), ("y1", Y(y)), ("y2", Y(y)));
                    html.Element("text", Words.Number(y), ("x", LeftMargin - 8), ("y", Y(y) + 4), ("text-anchor", "end"));
                }

                html.Element("text", yUnit, ("class", "strong"), ("x", 4), ("y", 14));
                foreach (double x in ticksX.Where(t => t >= LowX && t <= HighX))
                {
                    html.Empty("line", ("class", "grid"), ("x1", X(x)), ("x2", X(x)), ("y1", 10), ("y2", _height - Bottom));
                    string label = labelX(x);
                    html.Element("text", label, ("x", Math.Min(X(x), Width - (label.Length * HalfLetter))), ("y", _height - Bottom + 15), ("text-anchor", "middle"));
                }

                content();
            }
        }
    }

    /// <summary>A path through the points.</summary>
    public string Path(IEnumerable<(double X, double Y)> points)
    {
        StringBuilder path = new();
        foreach ((double x, double y) in points)
        {
            path.Append(CultureInfo.InvariantCulture, $"{(path.Length == 0 ? 'M' : 'L')}{X(x):0.#} {Y(y):0.#}");
        }

        return path.ToString();
    }

    /// <summary>Round figures between two ends, about <paramref name="wanted"/> of them.</summary>
    public static IEnumerable<double> Round(double low, double high, int wanted)
    {
        double raw = (high - low) / Math.Max(1, wanted);
        if (!(raw > 0 && double.IsFinite(raw)))
        {
            yield break;
        }

        double power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        double step = power * (raw / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
        long first = (long)Math.Ceiling(low / step);
        for (long i = first; i <= first + (2 * wanted) && i * step <= high; i++)
        {
            yield return i * step;
        }
    }

    /// <summary>1, 2, 5 of each decade: ticks of a logarithmic axis.</summary>
    public static IEnumerable<double> Decades(double low, double high)
    {
        if (!(low > 0))
        {
            yield break;
        }

        for (double decade = Math.Pow(10, Math.Floor(Math.Log10(low))); decade <= high; decade *= 10)
        {
            foreach (double factor in (double[])[1, 2, 5])
            {
                yield return decade * factor;
            }
        }
    }
}
