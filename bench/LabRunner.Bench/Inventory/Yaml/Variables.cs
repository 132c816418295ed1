using System.Collections;
using System.Text;

namespace LabRunner.Bench.Inventory.Yaml;

/// <summary>Puts <c>${name}</c> and <c>${env.NAME}</c> into the values of a file; <c>$${</c> stands for <c>${</c>, for shell commands.</summary>
internal sealed class Variables
{
    private const string Environment = "env.";

    private readonly IReadOnlyDictionary<string, string>? _values;
    private readonly IReadOnlyCollection<string> _later;
    private readonly ProblemList _problems;
    private readonly HashSet<Node> _done = new(ReferenceEqualityComparer.Instance);

    /// <param name="values">Known values; null: names of <paramref name="later"/> stay in place.</param>
    /// <param name="later">Names that get their value when the bench starts.</param>
    /// <param name="problems">Takes unknown names.</param>
    public Variables(IReadOnlyDictionary<string, string>? values, IReadOnlyCollection<string> later, ProblemList problems)
    {
        _values = values;
        _later = later;
        _problems = problems;
    }

    public void PutInto(Node node)
    {
        // An alias makes one node appear in several places.
        if (!_done.Add(node))
        {
            return;
        }

        switch (node)
        {
            case TextNode text:
                Replace(text);
                break;
            case ListNode list:
                foreach (Node item in list.Items)
                {
                    PutInto(item);
                }

                break;
            case MapNode map:
                foreach (MapEntry entry in map.Entries)
                {
                    PutInto(entry.Value);
                }

                break;
        }
    }

    private void Replace(TextNode node)
    {
        string text = node.Text;
        StringBuilder result = new();
        int from = 0;
        for (int start = text.IndexOf("${", StringComparison.Ordinal); start >= 0; start = text.IndexOf("${", from, StringComparison.Ordinal))
        {
            if (start > from && text[start - 1] == '$')
            {
                result.Append(text, from, start - from).Append('{');
                from = start + 2;
                continue;
            }

            int end = text.IndexOf('}', start);
            if (end < 0)
            {
                _problems.Add(node.Place, $"'{text[start..]}' has no closing brace", "Write ${name}");
                node.Open = true;
                return;
            }

            result.Append(text, from, start - from).Append(Value(node, text[(start + 2)..end]) ?? text[start..(end + 1)]);
            from = end + 1;
        }

        node.Text = result.Append(text, from, text.Length - from).ToString();
    }

    private string? Value(TextNode node, string name)
    {
        if (_values is not null && _values.TryGetValue(name, out string? value))
        {
            return value;
        }

        node.Open = true;
        if (name.StartsWith(Environment, StringComparison.Ordinal))
        {
            string key = name[Environment.Length..];
            if (key.Length > 0 && !key.Contains('\0', StringComparison.Ordinal) && System.Environment.GetEnvironmentVariable(key) is { } set)
            {
                node.Open = false;
                return set;
            }

            string[] names = [.. System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(e => (string)e.Key).Order(StringComparer.Ordinal)];
            string near = NearestWord.Find(key, names) is { } word ? $"Set it, or write '{Environment}{word}'" : "Set it before the start";
            _problems.Add(node.Place, $"unknown environment variable '{key}'", near);
            return null;
        }

        if (_values is not null || !_later.Contains(name))
        {
            _problems.Unknown(node.Place, "variable", name, [.. _values?.Keys.Order(StringComparer.Ordinal) ?? Enumerable.Empty<string>(), .. _values is null ? _later : []]);
        }

        return null;
    }
}
