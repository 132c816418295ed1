using System.Globalization;
using LabRunner.Bench.Api;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Probing;

/// <summary>A known board beside what was found.</summary>
/// <param name="Board">The board.</param>
/// <param name="Same">Functions on the same pin with the same role.</param>
/// <param name="Differences">What is otherwise, a sentence each.</param>
public sealed record BoardMatch(BoardDescription Board, int Same, IReadOnlyList<string> Differences);

/// <summary>Holds found pins against board files.</summary>
public static class BoardComparison
{
    // One name for what differs by its use alone: a Wi-Fi LED is an LED.
    private static readonly Dictionary<string, string> Kinds = new(StringComparer.Ordinal)
    {
        ["Rel"] = "relay", ["Rel_n"] = "relay", ["Btn"] = "button", ["Btn_n"] = "button", ["Btn_Tgl_All"] = "button", ["Btn_Tgl_All_n"] = "button",
        ["LED"] = "LED", ["LED_n"] = "LED", ["WifiLED"] = "LED", ["WifiLED_n"] = "LED", ["BL0937CF"] = "CF", ["BL0937CF1"] = "CF1", ["BL0937SEL"] = "SEL", ["BL0937SEL_n"] = "SEL",
    };

    /// <summary>Known boards, the most alike first; of functions that were not looked for nothing is said.</summary>
    /// <param name="result">What was found.</param>
    /// <param name="chip">The DUT's chip.</param>
    /// <param name="boards">Boards that are known; those of another chip or without pins are left out.</param>
    public static IReadOnlyList<BoardMatch> Compare(ProbeResult result, string chip, IEnumerable<BoardDescription> boards)
    {
        ArgumentNullException.ThrowIfNull(result);
        HashSet<string> asked = [.. result.Findings.Where(f => f.Verdict != Verdict.NotRun).Select(f => KindOf(f.Function))];
        (string Kind, int Gpio, string Role)[] found = [.. result.Pins.Select(p => (Kinds[p.Value], p.Key, p.Value))];
        return [.. boards.Where(b => b.Chip.Equals(chip, StringComparison.OrdinalIgnoreCase) && b.Pins.Count > 0).Select(Match).OrderByDescending(m => m.Same).ThenBy(m => m.Differences.Count).ThenBy(m => m.Board.Name, StringComparer.Ordinal)];

        BoardMatch Match(BoardDescription board)
        {
            (string Kind, int Gpio, string Role)[] known =
            [
                .. from pin in board.Pins
                   let role = pin.Value.Split(';')[0]
                   where Kinds.ContainsKey(role) && asked.Contains(Kinds[role])
                   select (Kinds[role], int.Parse(pin.Key, CultureInfo.InvariantCulture), role),
            ];
            List<string> differences = [];
            int same = 0;
            foreach ((string kind, int gpio, string role) in found)
            {
                if (known.FirstOrDefault(k => k.Kind == kind && k.Gpio == gpio) is { Kind: not null } there)
                {
                    bool alike = Inverted(there.Role) == Inverted(role);
                    same += alike ? 1 : 0;
                    differences.AddRange(alike ? [] : [$"{kind} on GPIO {gpio} is {role}, on that board {there.Role}"]);
                }
                else
                {
                    int[] others = [.. known.Where(k => k.Kind == kind).Select(k => k.Gpio)];
                    differences.Add(others.Length == 0 ? $"{kind} on GPIO {gpio}, that board has none" : $"{kind} on GPIO {gpio}, on that board GPIO {string.Join(" and ", others)}");
                }
            }

            differences.AddRange(known.Where(k => found.All(f => f.Kind != k.Kind)).Select(k => $"no {k.Kind} was found, that board has one on GPIO {k.Gpio}"));
            return new BoardMatch(board, same, differences);
        }
    }

    private static string KindOf(string function) => function.Split('-')[0] switch { "relay" => "relay", "button" => "button", "led" => "LED", "cf" => "CF", "cf1" => "CF1", "sel" => "SEL", _ => "" };

    private static bool Inverted(string role) => role.EndsWith("_n", StringComparison.Ordinal);
}
