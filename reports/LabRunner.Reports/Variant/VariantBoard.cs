using System.Globalization;
using LabRunner.Reports.Drawing;

namespace LabRunner.Reports.Variant;

/// <summary>What the probe found of the board, and the boards that are known.</summary>
internal static class VariantBoard
{
    internal static void Pins(HtmlWriter html, VariantRecord variant)
    {
        VariantFunction[] pins = [.. variant.Functions.Where(f => IsPin(f.Name))];
        if (pins.Length == 0)
        {
            html.Element("p", "The board was not probed: run ./lab probe on its slot.");
            return;
        }

        html.Table("Each function with its pin, its role in OpenBeken and how often that was confirmed", ["Function", "#GPIO", "Role", "#Confirmed", "Verdict", "Result"], () =>
        {
            foreach (VariantFunction f in pins)
            {
                html.Row(f.Name, new Figure(f.Gpio is { } gpio ? gpio.ToString(CultureInfo.InvariantCulture) : "–"), f.Role.Length == 0 ? "–" : f.Role, new Figure($"{f.Good} of {f.Of}"), f.Verdict, f.Said);
            }
        });
    }

    private static bool IsPin(string function) => function is "relay" or "button" or "cf" or "cf1" or "sel" || function.StartsWith("led", StringComparison.Ordinal);

    internal static void Comparison(HtmlWriter html, VariantRecord variant)
    {
        if (variant.Comparisons.Count == 0)
        {
            html.Element("p", "No board with this chip is known, or the board was not probed.");
            return;
        }

        VariantComparison nearest = variant.Comparisons[0];
        html.Element("p", nearest.Differences.Length == 0 ? $"The pins are those of {nearest.Board}." : nearest.Same == 0 ? "No known board has these pins, and none is near: not one function is on the same pin." : $"No known board has these pins; {nearest.Board} is the nearest.");
        html.Table("Known boards with the same chip, the most alike first", ["Board", "Title", "#Same", "Differences"], () =>
        {
            foreach (VariantComparison c in variant.Comparisons)
            {
                html.Row(c.Board, c.Title, c.Same, c.Differences.Length == 0 ? "none" : c.Differences);
            }
        });
    }
}
