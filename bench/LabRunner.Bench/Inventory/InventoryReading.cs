using System.Text.RegularExpressions;
using LabRunner.Bench.Inventory.Yaml;

namespace LabRunner.Bench.Inventory;

/// <summary>What the readers of an inventory's sections share.</summary>
internal sealed partial class InventoryReading(IDriverCatalogue catalogue, BoardShelf boards, FlasherShelf flashers, ProblemList problems)
{
    public IDriverCatalogue Catalogue { get; } = catalogue;

    public BoardShelf Boards { get; } = boards;

    public FlasherShelf Flashers { get; } = flashers;

    public ProblemList Problems { get; } = problems;

    /// <summary>Entries of a section whose values are mappings; what is none is a problem.</summary>
    public IEnumerable<(string Name, MapNode Map)> Section(MapNode root, string key)
    {
        if (root.Find(key) is not { } node)
        {
            yield break;
        }

        if (node is not MapNode section)
        {
            Problems.Add(node.Place, $"'{key}' is {node.Kind}", "Write a mapping of names");
            yield break;
        }

        foreach (MapEntry entry in section.Entries)
        {
            CheckName(entry.Key.Text, entry.Key.Place, key);
            if (entry.Value is MapNode map)
            {
                yield return (entry.Key.Text, map);
            }
            else
            {
                Problems.Add(entry.Value.Place, $"'{entry.Key.Text}' in '{key}' is {entry.Value.Kind}", "Write a mapping of keys and values");
            }
        }
    }

    /// <summary>Names become parts of file names and topics.</summary>
    public void CheckName(string? name, SourcePlace place, string what)
    {
        if (name is not null && !NameShape().IsMatch(name))
        {
            Problems.Add(place, $"'{name}' is no name for '{what}'", "Use letters, digits, '-' and '_', at most 40");
        }
    }

    /// <summary>A key whose value must be one of some words; null with a problem.</summary>
    public string? Word(MapNode map, string what, string key, string kind, IReadOnlyCollection<string> known)
    {
        if (map.Find(key) is not { } node)
        {
            Problems.Add(map.Place, $"{what} lacks the key '{key}'", $"Add '{key}: {string.Join("' or '", known.Take(5))}'");
        }
        else if (node is not TextNode { IsNull: false } text)
        {
            Problems.Add(node.Place, $"'{key}' is {node.Kind}", "Write one word");
        }
        else if (known.Contains(text.Text))
        {
            return text.Text;
        }
        else
        {
            Problems.Unknown(text.Place, kind, text.Text, known);
        }

        return null;
    }

    /// <summary>A mapping with <c>driver:</c> and its options; null with a problem when the driver is unknown.</summary>
    public DriverEntry? Driver(MapNode map, string what, string contract, params IReadOnlyCollection<string> others)
    {
        CatalogueEntry[] entries = [.. Catalogue.Entries.Where(e => e.Contract == contract)];
        if (Word(map, what, "driver", $"{contract} driver", [.. entries.Select(e => e.Word)]) is not { } word)
        {
            return null;
        }

        object options = OptionsBinder.Bind(entries.First(e => e.Word == word).Options, map, what, Problems, ["driver", .. others]);
        return new(contract, word, options, map.Place);
    }

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]
    private static partial Regex NameShape();
}
