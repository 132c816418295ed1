using System.Globalization;
using System.Net;
using System.Text;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Drawing;

/// <summary>
/// Writes HTML and inline SVG. Every text and every attribute value is cleaned and escaped here, so a section cannot forget it;
/// the only raw texts are the style sheet and the script of this assembly. Tag and attribute names come from code. Not thread safe.
/// </summary>
public sealed class HtmlWriter
{
    // A board's name with a suite's: a browser would break it at each hyphen.
    private const int LongestName = 20;

    private readonly StringBuilder _out = new();
    private readonly Stack<string> _open = new();

    /// <summary>A writer of a whole document: what it writes comes after the document type.</summary>
    internal static HtmlWriter Document()
    {
        HtmlWriter html = new();
        html._out.Append("<!DOCTYPE html>\n");
        return html;
    }

    /// <summary>Opens an element; the returned scope closes it.</summary>
    public Scope In(string tag, params ReadOnlySpan<(string Name, object? Value)> attributes)
    {
        Tag(tag, attributes);
        _out.Append('>');
        _open.Push(tag);
        return new Scope(this);
    }

    /// <summary>An element with text; null text gives an empty element.</summary>
    public HtmlWriter Element(string tag, string? text, params ReadOnlySpan<(string Name, object? Value)> attributes)
    {
        using (In(tag, attributes))
        {
            Text(text);
        }

        return this;
    }

    /// <summary>An element without content or end tag (img, meta), or an empty SVG element (rect, line).</summary>
    public HtmlWriter Empty(string tag, params ReadOnlySpan<(string Name, object? Value)> attributes)
    {
        Tag(tag, attributes);
        _out.Append("/>");
        return this;
    }

    /// <summary>Text, escaped and cleaned.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="limit">Characters kept.</param>
    public HtmlWriter Text(string? text, int limit = SafeText.DefaultLimit)
    {
        _out.Append(WebUtility.HtmlEncode(SafeText.Clean(text, limit)));
        return this;
    }

    /// <summary>Bytes as base64, whose letters need no escaping.</summary>
    public HtmlWriter Base64(byte[] bytes)
    {
        _out.Append(Convert.ToBase64String(bytes));
        return this;
    }

    /// <summary>What another writer wrote.</summary>
    /// <exception cref="InvalidOperationException">An element of it is still open.</exception>
    internal void Append(HtmlWriter other)
    {
        other.Whole();
        _out.Append(other._out);
    }

    /// <summary>The script of this assembly, as it is; the page's policy holds the hash of exactly this text (<see cref="PageScript"/>).</summary>
    internal void Script(string script) => _out.Append("<script>").Append(script).Append("</script>");

    /// <summary>The style sheet; it comes from this assembly and, like the script, is written as it is.</summary>
    internal void StyleSheet(string css) => _out.Append("<style>\n").Append(css).Append("</style>");

    /// <summary>A verdict as a badge: sign, word and colour, so that it reads without colour.</summary>
    public HtmlWriter Badge(Verdict verdict)
    {
        string sign = verdict switch
        {
            Verdict.Pass => "✓",
            Verdict.Fail => "✕",
            Verdict.Warn => "!",
            Verdict.Inconclusive => "?",
            Verdict.Invalid => "⊘",
            _ => "–",
        };
        using (In("span", ("class", "badge v-" + verdict.ToString().ToLowerInvariant())))
        {
            Element("span", sign, ("aria-hidden", "true"));
            Text(" " + verdict.ToText());
        }

        return this;
    }

    /// <summary>A table with column heads; wide ones scroll inside their own frame.</summary>
    /// <param name="caption">What the table shows; read out, and shown small above it.</param>
    /// <param name="heads">Column heads. A head that starts with "#" is a column of figures, set to the right.</param>
    /// <param name="rows">Writes the rows with <see cref="Row"/>.</param>
    public void Table(string caption, IReadOnlyList<string> heads, Action rows)
    {
        using (In("div", ("class", "wide"), ("tabindex", "0"), ("role", "group"), ("aria-label", caption)))
        using (In("table"))
        {
            Element("caption", caption);
            using (In("thead"))
            using (In("tr"))
            {
                foreach (string head in heads)
                {
                    Element("th", head.TrimStart('#'), ("scope", "col"), ("class", head.StartsWith('#') ? "num" : null));
                }
            }

            using (In("tbody"))
            {
                rows();
            }
        }
    }

    /// <summary>A table row. Cells are texts, <see cref="Verdict"/>s, numbers, or actions that write the cell; the first heads the row.</summary>
    public void Row(params ReadOnlySpan<object?> cells)
    {
        using (In("tr"))
        {
            for (int i = 0; i < cells.Length; i++)
            {
                object? cell = cells[i];
                bool figure = cell is double or int or long or Figure;
                bool name = i == 0 && cell is string { Length: <= LongestName } text && text.Contains('-');
                using (In(i == 0 ? "th" : "td", ("scope", i == 0 ? "row" : null), ("class", figure ? "num" : name ? "name" : null)))
                {
                    Cell(cell);
                }
            }
        }
    }

    /// <summary>The document so far.</summary>
    /// <exception cref="InvalidOperationException">An element is still open: a section left a scope undisposed.</exception>
    public string Finish() => Whole().ToString();

    private StringBuilder Whole() =>
        _open.Count == 0 ? _out : throw new InvalidOperationException($"The element <{_open.Peek()}> is still open.");

    private void Cell(object? cell)
    {
        switch (cell)
        {
            case null:
                Text("–");
                break;
            case Action write:
                write();
                break;
            case Verdict verdict:
                Badge(verdict);
                break;
            case double value:
                Text(Words.Number(value));
                break;
            default:
                Text(Convert.ToString(cell, CultureInfo.InvariantCulture));
                break;
        }
    }

    private void Tag(string tag, ReadOnlySpan<(string Name, object? Value)> attributes)
    {
        _out.Append('<').Append(tag);
        foreach ((string name, object? value) in attributes)
        {
            if (value is null)
            {
                continue;
            }

            string text = value is double number
                ? number.ToString("0.##", CultureInfo.InvariantCulture)
                : SafeText.Clean(Convert.ToString(value, CultureInfo.InvariantCulture), int.MaxValue);
            _out.Append(' ').Append(name).Append("=\"").Append(WebUtility.HtmlEncode(text)).Append('"');
        }
    }

    private void Close() => _out.Append("</").Append(_open.Pop()).Append('>');

    /// <summary>Closes the element it stands for.</summary>
    public readonly struct Scope(HtmlWriter writer) : IDisposable, IEquatable<Scope>
    {
        private readonly HtmlWriter _writer = writer;

        /// <summary>Writes the end tag.</summary>
        public void Dispose() => _writer.Close();

        /// <inheritdoc/>
        public bool Equals(Scope other) => ReferenceEquals(_writer, other._writer);

        /// <inheritdoc/>
        public override bool Equals(object? obj) => obj is Scope other && Equals(other);

        /// <inheritdoc/>
        public override int GetHashCode() => _writer.GetHashCode();

        /// <summary>Same writer.</summary>
        public static bool operator ==(Scope left, Scope right) => left.Equals(right);

        /// <summary>Another writer.</summary>
        public static bool operator !=(Scope left, Scope right) => !left.Equals(right);
    }
}

/// <summary>A figure with its unit or bounds as text: set to the right like a number.</summary>
public readonly record struct Figure(string Text)
{
    /// <inheritdoc/>
    public override string ToString() => Text;
}
