using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace LabRunner.Bench.Inventory.Yaml;

/// <summary>
/// YAML text to <see cref="Node"/>s. Built on the parser's events, because YamlDotNet's own representation model gives up at the
/// first duplicate key, and people want all problems of a file at once.
/// </summary>
internal sealed class YamlReader
{
    private const int DeepestNesting = 32;
    private const int LargestFile = 1 << 20;
    private const long MostNodes = 50_000;

    private readonly string _file;
    private readonly ProblemList _problems;
    private readonly Parser _parser;
    private readonly Dictionary<string, (Node Node, long Size)> _anchors = [];
    private long _nodes;

    private YamlReader(string file, string text, ProblemList problems)
    {
        _file = file;
        _problems = problems;
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>Names (without .yaml) of the files of a folder, sorted; empty when there is no such folder.</summary>
    public static IReadOnlyList<string> FileNames(string folder) =>
        Directory.Exists(folder)
            ? [.. Directory.EnumerateFiles(folder, "*.yaml").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)]
            : [];

    /// <summary>Text of a file; null (with a problem) when it cannot be read.</summary>
    public static string? ReadText(string file, string what, IReadOnlyCollection<string> known, ProblemList problems)
    {
        try
        {
            string name = Path.GetFileNameWithoutExtension(file);
            if (Directory.Exists(file))
            {
                problems.Add(new(file, 1, 1), "this is a folder", "Name a file in it");
            }
            else if (!File.Exists(file))
            {
                problems.Add(
                    new(file, 1, 1), $"there is no {what} file '{name}'",
                    known.Count > 0 ? NearestWord.Remedy(name, known) : $"Check the path: {Path.GetDirectoryName(Path.GetFullPath(file))} has no .yaml file");
            }
            else if (new FileInfo(file).Length is var length && length > LargestFile)
            {
                problems.Add(new(file, 1, 1), $"the {what} file is larger than 1 MiB", "Name the right file");
            }
            else if (length == 0)
            {
                // A device or a pipe has no length either, and reading one might never end.
                problems.Add(new(file, 1, 1), "the file is empty, or no regular file", "Name a file with a mapping of keys and values");
            }
            else
            {
                return File.ReadAllText(file);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            problems.Add(new(file, 1, 1), $"the {what} file cannot be read: {failure.Message.TrimEnd('.')}", "Check its path and rights");
        }

        return null;
    }

    /// <summary>The mapping at the top of a text; null (with a problem) when there is none.</summary>
    public static MapNode? Read(string file, string text, ProblemList problems)
    {
        try
        {
            return new YamlReader(file, text, problems).ReadDocument();
        }
        catch (YamlException failure)
        {
            problems.Add(
                new(file, Math.Max(1, (int)failure.Start.Line), Math.Max(1, (int)failure.Start.Column)),
                $"this is not valid YAML: {failure.Message.TrimEnd('.')}", "Correct indentation, quotes or brackets here");
        }
        catch (Exception failure) when (failure is ArgumentException or InvalidOperationException or FormatException or OverflowException
            or IndexOutOfRangeException)
        {
            // The scanner lets such exceptions out for malformed escapes and directives, without a position.
            problems.Add(new(file, 1, 1), $"this is not valid YAML: {failure.Message.TrimEnd('.')}", "Correct escapes and directives");
        }

        return null;
    }

    private MapNode? ReadDocument()
    {
        _parser.Consume<StreamStart>();
        if (!_parser.TryConsume<DocumentStart>(out _))
        {
            _problems.Add(new(_file, 1, 1), "the file is empty", "Write a mapping of keys and values");
            return null;
        }

        Node root = ReadNode(0);
        _parser.Consume<DocumentEnd>();
        if (_parser.Accept<DocumentStart>(out DocumentStart? second))
        {
            _problems.Add(At(second.Start), "a second document begins here", "Keep one document in a file");
        }

        if (root is not MapNode map)
        {
            _problems.Add(root.Place, $"expected a mapping of keys and values, found {root.Kind}", "Write 'key: value' lines");
            return null;
        }

        return map;
    }

    private Node ReadNode(int depth)
    {
        ParsingEvent next = _parser.Current ?? throw new YamlException("the text ends here");
        if (depth > DeepestNesting)
        {
            throw new YamlException(next.Start, next.End, $"it is nested deeper than {DeepestNesting} levels");
        }

        if (_parser.TryConsume<AnchorAlias>(out AnchorAlias? alias))
        {
            if (!_anchors.TryGetValue(alias.Value.Value, out (Node Node, long Size) known))
            {
                throw new YamlException(alias.Start, alias.End, $"the alias '{alias.Value.Value}' has no anchor before it");
            }

            Count(known.Size, alias);
            return known.Node;
        }

        long before = _nodes;
        Count(1, next);
        SourcePlace place = At(next.Start);
        AnchorName anchor = (next as NodeEvent)?.Anchor ?? AnchorName.Empty;
        Node node;
        if (_parser.TryConsume<Scalar>(out Scalar? scalar))
        {
            node = new TextNode(place, scalar.Value, scalar.Style == ScalarStyle.Plain);
        }
        else if (_parser.TryConsume<SequenceStart>(out _))
        {
            List<Node> items = [];
            while (!_parser.TryConsume<SequenceEnd>(out _))
            {
                items.Add(ReadNode(depth + 1));
            }

            node = new ListNode(place, items);
        }
        else
        {
            _parser.Consume<MappingStart>();
            node = new MapNode(place, ReadEntries(depth));
        }

        if (!anchor.IsEmpty)
        {
            _anchors[anchor.Value] = (node, _nodes - before);
        }

        return node;
    }

    // An alias counts as all it stands for: a few lines of aliases of aliases can stand for billions of nodes.
    private void Count(long nodes, ParsingEvent at)
    {
        _nodes += nodes;
        if (_nodes > MostNodes)
        {
            throw new YamlException(at.Start, at.End, $"it stands for more than {MostNodes} values, with every alias written out");
        }
    }

    private List<MapEntry> ReadEntries(int depth)
    {
        List<MapEntry> entries = [];
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            Node key = ReadNode(depth + 1);
            Node value = ReadNode(depth + 1);
            if (key is not TextNode text)
            {
                _problems.Add(key.Place, $"expected a key, found {key.Kind}", "Write a single word before the colon");
            }
            else if (entries.Find(e => e.Key.Text == text.Text) is { } first)
            {
                _problems.Add(key.Place, $"the key '{text.Text}' stands here a second time", $"Keep one; the first is on line {first.Key.Place.Line}");
            }
            else
            {
                entries.Add(new(text, value));
            }
        }

        return entries;
    }

    private SourcePlace At(in Mark mark) => new(_file, Math.Max(1, (int)mark.Line), Math.Max(1, (int)mark.Column));
}
