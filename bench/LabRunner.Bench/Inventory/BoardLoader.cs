using System.ComponentModel.DataAnnotations;
using System.Globalization;
using LabRunner.Bench.Api;
using LabRunner.Bench.Inventory.Yaml;
using LabRunner.Hardware.Pulses;

namespace LabRunner.Bench.Inventory;

/// <summary>Reads board files (<c>hardware/boards/&lt;name&gt;.yaml</c>): the pins, meter constants and console of one PCB variant.</summary>
public static class BoardLoader
{
    /// <summary>
    /// Pin roles a board file may use: role names of OpenBeken (new_http.c htmlPinRoleNames) that plugs, switches and their meters have.
    /// </summary>
    public static IReadOnlyList<string> Roles { get; } =
    [
        "Rel", "Rel_n", "Btn", "Btn_n", "LED", "LED_n", "PWM", "WifiLED", "WifiLED_n", "Btn_Tgl_All", "Btn_Tgl_All_n", "dInput", "dInput_n",
        "TglChanOnTgl", "dInput_NoPullUp", "dInput_NoPullUp_n", "BL0937SEL", "BL0937CF", "BL0937CF1", "ADC", "AlwaysHigh", "AlwaysLow",
        "Btn_ScriptOnly", "BL0937SEL_n",
    ];

    /// <summary>Names of the boards in a folder, sorted; empty when there is no such folder.</summary>
    public static IReadOnlyList<string> Names(string folder) => YamlReader.FileNames(folder);

    /// <summary>Reads one board.</summary>
    /// <param name="name">File name without .yaml.</param>
    /// <param name="folder">hardware/boards.</param>
    /// <exception cref="FileProblemsException">The file is missing or wrong: all problems at once.</exception>
    public static BoardFile Load(string name, string folder)
    {
        ProblemList problems = new();
        BoardFile? board = Read(Path.Combine(folder, name + ".yaml"), Names(folder), problems);
        problems.ThrowIfAny();
        return board ?? throw new InvalidOperationException("A board that cannot be read has a problem.");
    }

    /// <summary>Reads one board; null exactly when it adds a problem.</summary>
    internal static BoardFile? Read(string file, IReadOnlyList<string> known, ProblemList problems)
    {
        int before = problems.Count;
        if (YamlReader.ReadText(file, "board", known, problems) is not { } text || YamlReader.Read(file, text, problems) is not { } root)
        {
            return null;
        }

        BoardText board = OptionsBinder.Bind<BoardText>(root, "the board", problems, "pins");
        string name = Path.GetFileNameWithoutExtension(file);
        if (board.Board is not null && board.Board != name)
        {
            problems.Add(root.PlaceOf("board"), $"the board is called '{board.Board}', its file '{name}'", $"Write '{name}' or rename the file");
        }

        Dictionary<string, string> pins = Pins(root, problems);
        if (problems.Count > before)
        {
            return null;
        }

        Bl0937Model defaults = new();
        MeterText meter = board.Meter ?? new();
        return new(
            new BoardDescription(
                name, board.Title, board.Chip, pins, Gpio(pins, "Btn", "Btn_n"), Gpio(pins, "Rel", "Rel_n"),
                meter.VoltsPerHertz ?? defaults.VoltsPerHertz, meter.AmperesPerHertz ?? defaults.AmperesPerHertz,
                meter.WattsPerHertz ?? defaults.WattsPerHertz),
            board.Flags, board.Console.Baud, board.Source, file)
        {
            Flasher = board.Flasher,
        };
    }

    /// <summary>Reads <c>pins:</c>, a mapping of GPIO to "Role;channel".</summary>
    internal static Dictionary<string, string> Pins(MapNode root, ProblemList problems)
    {
        Dictionary<string, string> pins = [];
        if (root.Find("pins") is not MapNode map)
        {
            problems.Add(root.PlaceOf("pins"), "the board has no pins", "Add a mapping 'pins' of GPIO to role, for example '2: Rel;1'");
            return pins;
        }

        foreach (MapEntry entry in map.Entries)
        {
            if (!int.TryParse(entry.Key.Text, NumberStyles.None, CultureInfo.InvariantCulture, out int gpio) || gpio > 63)
            {
                problems.Add(entry.Key.Place, $"'{entry.Key.Text}' is no GPIO", "Write its number, 0 to 63");
                continue;
            }

            string[] parts = (entry.Value as TextNode)?.Text.Split(';') ?? [];
            if (parts.Length != 2 || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int channel) || channel > 63)
            {
                problems.Add(entry.Value.Place, $"GPIO {gpio} is {entry.Value.Kind}", "Write role and channel as in an OpenBeken template: Rel;1");
            }
            else if (!Roles.Contains(parts[0]))
            {
                problems.Unknown(entry.Value.Place, "pin role", parts[0], Roles);
            }
            else if (!pins.TryAdd(gpio.ToString(CultureInfo.InvariantCulture), $"{parts[0]};{channel.ToString(CultureInfo.InvariantCulture)}"))
            {
                problems.Add(entry.Key.Place, $"GPIO '{entry.Key.Text}' stands here a second time", "Keep one of them");
            }
        }

        return pins;
    }

    private static int? Gpio(Dictionary<string, string> pins, params string[] roles)
    {
        int[] found = [.. from pin in pins where roles.Contains(pin.Value.Split(';')[0]) select int.Parse(pin.Key, CultureInfo.InvariantCulture)];
        return found.Length == 0 ? null : found.Min();
    }

    private sealed record BoardText
    {
        public required string Board { get; init; }

        public required string Title { get; init; }

        public required string Chip { get; init; }

        [Range(0L, uint.MaxValue)]
        public long Flags { get; init; }

        public MeterText? Meter { get; init; }

        public required ConsoleText Console { get; init; }

        public string? Flasher { get; init; }

        public required string Source { get; init; }
    }

    private sealed record ConsoleText
    {
        [Range(1200, 4_000_000)]
        public required int Baud { get; init; }
    }

    private sealed record MeterText
    {
        [Range(0.001, 10.0)]
        public double? VoltsPerHertz { get; init; }

        [Range(0.0001, 1.0)]
        public double? AmperesPerHertz { get; init; }

        [Range(0.01, 100.0)]
        public double? WattsPerHertz { get; init; }
    }
}

/// <summary>Boards of a folder, each read once.</summary>
internal sealed class BoardShelf(string folder, ProblemList problems)
{
    private readonly Dictionary<string, BoardFile?> _read = [];

    public IReadOnlyList<string> Names { get; } = BoardLoader.Names(folder);

    /// <summary>The board of a name; null with a problem.</summary>
    public BoardFile? Take(string name, SourcePlace place)
    {
        if (!Names.Contains(name))
        {
            problems.Unknown(place, "board", name, Names);
            return null;
        }

        if (!_read.TryGetValue(name, out BoardFile? board))
        {
            _read[name] = board = BoardLoader.Read(Path.Combine(folder, name + ".yaml"), Names, problems);
        }

        return board;
    }
}
