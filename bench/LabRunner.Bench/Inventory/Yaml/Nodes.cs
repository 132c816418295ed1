namespace LabRunner.Bench.Inventory.Yaml;

/// <summary>A part of a YAML file that knows where it stands.</summary>
internal abstract class Node(SourcePlace place)
{
    public SourcePlace Place { get; } = place;

    /// <summary>What it is, for messages.</summary>
    public abstract string Kind { get; }
}

/// <summary>A scalar. Its text changes once, when variables are put in.</summary>
internal sealed class TextNode(SourcePlace place, string text, bool plain) : Node(place)
{
    public string Text { get; set; } = text;

    /// <summary>A variable was left in place because its value is not known yet.</summary>
    public bool Open { get; set; }

    public bool IsNull => plain && Text is "" or "~" or "null";

    public override string Kind => IsNull ? "nothing" : $"'{Text}'";
}

/// <summary>A sequence.</summary>
internal sealed class ListNode(SourcePlace place, IReadOnlyList<Node> items) : Node(place)
{
    public IReadOnlyList<Node> Items { get; } = items;

    public override string Kind => "a list";
}

/// <summary>A mapping. A key that stands twice is kept once (and is reported by the reader).</summary>
internal sealed class MapNode(SourcePlace place, IReadOnlyList<MapEntry> entries) : Node(place)
{
    public IReadOnlyList<MapEntry> Entries { get; } = entries;

    public override string Kind => "a mapping";

    public Node? Find(string key) => Entries.FirstOrDefault(e => e.Key.Text == key)?.Value;

    /// <summary>Place of the value of a key, or of the mapping where the key is missing.</summary>
    public SourcePlace PlaceOf(string key) => Find(key)?.Place ?? Place;
}

/// <summary>A key with its value.</summary>
internal sealed record MapEntry(TextNode Key, Node Value);
