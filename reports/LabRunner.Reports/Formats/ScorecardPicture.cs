using System.Globalization;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Formats;

/// <summary>The scorecard as a PNG of 960 dots' width, for chats and mail: the night's verdict, then a line per slot with its incidents.</summary>
public static class ScorecardPicture
{
    private const int Width = 960;
    private const int RowHeight = 34;
    private const int MostRows = 40;
    private static readonly Colour Paper = new(251, 251, 250);
    private static readonly Colour Ink = new(29, 33, 38);
    private static readonly Colour Soft = new(92, 102, 112);
    private static readonly Colour Line = new(217, 221, 225);

    /// <summary>The file.</summary>
    public static byte[] Draw(RunRecord run)
    {
        Scorecard card = Scorecard.From(run);
        List<SlotScore> rows = [.. card.Slots.Take(MostRows)];
        Raster picture = new(Width, 118 + (RowHeight * rows.Count) + (card.Slots.Count > rows.Count ? RowHeight : 0), Paper);
        picture.Fill(0, 0, Width, 8, Shade(card.Verdict).Text);
        Badge(picture, 20, 24, card.Verdict, 3);
        picture.Text(280, 24, Line1(card), Ink, 2, Width - 300);
        picture.Text(280, 46, SafeText.OneLine(card.Text, 200), Soft, 2, Width - 300);
        picture.Text(20, 78, string.Create(CultureInfo.InvariantCulture, $"{Words.Wall(run, run.Started) ?? ""}  {Words.Duration(run.End - run.Started)}  {Words.Hours(card.Slots.Sum(s => s.DeviceHours))} device-hours"), Soft, 2, Width - 40);
        int y = 108;
        foreach (SlotScore slot in rows)
        {
            picture.Fill(20, y - 4, Width - 40, 1, Line);
            picture.Text(20, y + 6, SafeText.OneLine(slot.Slot, 20), Ink, 2, 110);
            Badge(picture, 140, y + 2, slot.Verdict, 2);
            picture.Text(340, y + 6, Told(slot), Soft, 2, Width - 360);
            y += RowHeight;
        }

        if (card.Slots.Count > rows.Count)
        {
            picture.Text(20, y + 6, $"and {card.Slots.Count - rows.Count} more slots", Soft);
        }

        return picture.ToPng();
    }

    private static string Line1(Scorecard card) => SafeText.OneLine($"{card.Bench} · {card.Plan}", 100);

    private static string Told(SlotScore slot)
    {
        string incidents = string.Join(", ", slot.Incidents.Where(i => !i.Expected).GroupBy(i => $"{i.Class} {i.Mode}".Trim()).Select(g => g.Count() == 1 ? g.Key : $"{g.Count()}× {g.Key}"));
        return SafeText.OneLine($"{Words.Hours(slot.DeviceHours)}  {(incidents.Length == 0 ? "no unexpected incident" : incidents)}", 200);
    }

    private static void Badge(Raster picture, int x, int y, Verdict verdict, int scale)
    {
        (Colour text, Colour paper) = Shade(verdict);
        string word = verdict.ToText();
        int width = (word.Length * (PixelFont.Width + 1) * scale) + (6 * scale);
        picture.Fill(x, y - scale, width, (PixelFont.Height + 4) * scale, paper);
        picture.Text(x + (3 * scale), y + scale, word, text, scale);
    }

    private static (Colour Text, Colour Paper) Shade(Verdict verdict) => verdict switch
    {
        Verdict.Pass => (new Colour(23, 102, 58), new Colour(227, 243, 232)),
        Verdict.Fail => (new Colour(163, 22, 28), new Colour(253, 230, 229)),
        Verdict.Warn => (new Colour(122, 79, 0), new Colour(253, 241, 211)),
        Verdict.Inconclusive => (new Colour(61, 75, 143), new Colour(230, 233, 248)),
        _ => (new Colour(85, 80, 92), new Colour(236, 234, 238)),
    };
}
