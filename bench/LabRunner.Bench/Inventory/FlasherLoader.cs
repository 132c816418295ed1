using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using LabRunner.Bench.Inventory.Yaml;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Images;

namespace LabRunner.Bench.Inventory;

/// <summary>Reads flasher files (<c>hardware/flashers/&lt;name&gt;.yaml</c>): how a flashing program of somebody else is run and judged.</summary>
public static partial class FlasherLoader
{
    /// <summary>Word of the flashers that are part of this program.</summary>
    public const string BuiltIn = "built-in";

    /// <summary>Words of the kinds of image.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [.. OptionsBinder.Words(typeof(ImageKind)).Where(word => word != OptionsBinder.Word(ImageKind.Unknown))];

    /// <summary>The folder of flasher files that belongs to a folder of board files.</summary>
    public static string FolderBeside(string boardsFolder) => Path.Combine(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(boardsFolder))) ?? "", "flashers");

    /// <summary>Names of the flashers in a folder, sorted; empty when there is no such folder.</summary>
    public static IReadOnlyList<string> Names(string folder) => YamlReader.FileNames(folder);

    /// <summary>Reads one flasher.</summary>
    /// <param name="name">File name without .yaml.</param>
    /// <param name="folder">hardware/flashers.</param>
    /// <exception cref="FileProblemsException">The file is missing or wrong: all problems at once.</exception>
    public static FlasherDefinition Load(string name, string folder)
    {
        ProblemList problems = new();
        FlasherDefinition? flasher = Read(Path.Combine(folder, name + ".yaml"), Names(folder), problems);
        problems.ThrowIfAny();
        return flasher ?? throw new InvalidOperationException("A flasher that cannot be read has a problem.");
    }

    /// <summary>Whether a flasher serves a chip, as board files call it.</summary>
    public static bool Serves(FlasherDefinition flasher, string chip) => flasher.Chips.Contains(chip, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a flasher takes a kind of image.</summary>
    public static bool Takes(FlasherDefinition flasher, ImageKind kind) => flasher.Images.Contains(OptionsBinder.Word(kind));

    /// <summary>Reads one flasher; null exactly when it adds a problem.</summary>
    internal static FlasherDefinition? Read(string file, IReadOnlyList<string> known, ProblemList problems)
    {
        int before = problems.Count;
        if (YamlReader.ReadText(file, "flasher", known, problems) is not { } text || YamlReader.Read(file, text, problems) is not { } root)
        {
            return null;
        }

        FlasherDefinition flasher = OptionsBinder.Bind<FlasherDefinition>(root, "the flasher", problems);
        string name = Path.GetFileNameWithoutExtension(file);
        if (flasher.Flasher is not null && flasher.Flasher != name)
        {
            problems.Add(root.PlaceOf("flasher"), $"the flasher is called '{flasher.Flasher}', its file '{name}'", $"Write '{name}' or rename the file");
        }

        if (name == BuiltIn)
        {
            problems.Add(root.PlaceOf("flasher"), $"'{BuiltIn}' is the word for the flashers of this program", "Take another name");
        }

        NotEmpty(root, ["programs", "chips", "images"], problems);
        if (root.Find("images") is ListNode images)
        {
            foreach (TextNode kind in images.Items.OfType<TextNode>().Where(kind => !Kinds.Contains(kind.Text)))
            {
                problems.Unknown(kind.Place, "kind of image", kind.Text, Kinds);
            }
        }

        CheckCommand(root, "write", ["port", "image"], problems);
        CheckCommand(root, "read", ["port", "address", "length", "file"], problems);
        if (root.Find("version") is MapNode version)
        {
            CheckPattern(version, "matches", "version", problems);
        }

        if (root.Find("download") is MapNode download)
        {
            CheckPattern(download, "linked", null, problems);
            if (flasher.Download is { Power: DownloadEntry.During, Linked: null })
            {
                problems.Add(download.Place, "'download' cycles power while the tool runs and does not say when to stop", "Add 'linked:', the line by which the tool says that it has the chip");
            }
        }

        return problems.Count > before ? null : flasher;
    }

    private static void NotEmpty(MapNode root, string[] keys, ProblemList problems)
    {
        foreach (string key in keys)
        {
            if (root.Find(key) is ListNode { Items.Count: 0 } list)
            {
                problems.Add(list.Place, $"'{key}' is an empty list", "Name at least one");
            }
        }
    }

    private static void CheckCommand(MapNode root, string key, string[] needed, ProblemList problems)
    {
        if (root.Find(key) is not MapNode map)
        {
            return;
        }

        CheckPattern(map, "success", null, problems);
        CheckPattern(map, "failure", null, problems);
        CheckPattern(map, "progress", "percent", problems);
        if (map.Find("arguments") is not ListNode arguments)
        {
            return;
        }

        HashSet<string> used = [];
        foreach (TextNode argument in arguments.Items.OfType<TextNode>())
        {
            foreach (Match match in Placeholder().Matches(argument.Text))
            {
                string word = match.Groups["name"].Value;
                used.Add(word);
                if (!ToolPattern.Placeholders.Contains(word))
                {
                    problems.Unknown(argument.Place, "placeholder", word, ToolPattern.Placeholders);
                }
            }
        }

        foreach (string word in needed.Where(word => !used.Contains(word)))
        {
            problems.Add(arguments.Place, $"'arguments' of '{key}' do not hold '{{{word}}}'", $"Put {{{word}}} where the tool expects it");
        }
    }

    private static void CheckPattern(MapNode map, string key, string? group, ProblemList problems)
    {
        if (map.Find(key) is not TextNode { IsNull: false } node)
        {
            return;
        }

        try
        {
            Regex pattern = new(node.Text, ToolPattern.Options);
            if (group is not null && !pattern.GetGroupNames().Contains(group))
            {
                problems.Add(node.Place, $"'{key}' has no group '{group}'", $"Write (?<{group}>…) around it");
            }
            else if (pattern.IsMatch(""))
            {
                problems.Add(node.Place, $"'{key}' matches an empty line, and so every line", "Write what such a line holds");
            }
        }
        catch (Exception wrong) when (wrong is ArgumentException or NotSupportedException)
        {
            problems.Add(node.Place, $"'{key}' is no regular expression: {wrong.Message.TrimEnd('.')}", "Use the syntax of .NET, without look-around and back references");
        }
    }

    [GeneratedRegex(@"\{(?<name>[A-Za-z_]\w*)\}")]
    private static partial Regex Placeholder();
}

/// <summary>Flashers of a folder, each read once.</summary>
internal sealed class FlasherShelf(string folder, ProblemList problems)
{
    private readonly Dictionary<string, FlasherDefinition?> _read = [];

    public IReadOnlyList<string> Names { get; } = FlasherLoader.Names(folder);

    /// <summary>The flasher that a slot or board names for a chip; null for the built-in one, and with a problem.</summary>
    public FlasherDefinition? Take(string name, string? chip, SourcePlace place)
    {
        if (name == FlasherLoader.BuiltIn)
        {
            return null;
        }

        if (!Names.Contains(name))
        {
            problems.Unknown(place, "flasher", name, [.. Names, FlasherLoader.BuiltIn]);
            return null;
        }

        if (!_read.TryGetValue(name, out FlasherDefinition? flasher))
        {
            _read[name] = flasher = FlasherLoader.Read(Path.Combine(folder, name + ".yaml"), Names, problems);
        }

        if (flasher is not null && chip is not null && !FlasherLoader.Serves(flasher, chip))
        {
            problems.Add(place, $"the flasher '{name}' does not serve a {chip}", $"It serves {string.Join(", ", flasher.Chips)}; name another, or '{FlasherLoader.BuiltIn}'");
        }

        return flasher;
    }
}
