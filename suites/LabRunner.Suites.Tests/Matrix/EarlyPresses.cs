using System.Globalization;
using LabRunner.Reports.Records;

namespace LabRunner.Suites.Tests.Matrix;

/// <summary>
/// Reads off the journal of a night what the button did in the first 5 s after each boot, where a double click clears the Wi-Fi credentials.
/// The bench notes every movement of the button with its time, whoever asked for it.
/// </summary>
internal static class EarlyPresses
{
    private const double EarlySeconds = 5;

    /// <summary>There was none, although the button was clicked twice elsewhere and the plug booted.</summary>
    public static string? None(RunRecord run, string slot)
    {
        EventRecord[] doubles = [.. Presses(run, slot).Where(press => CountOf(press) > 1)];
        int boots = run.Boots.Count(boot => boot.Slot == slot);
        return doubles.Length == 0 || boots == 0 ? $"{doubles.Length} double clicks and {boots} boots are on record: that proves nothing"
            : Early(run, slot) is { } early ? early
            : null;
    }

    /// <summary>There was one, since the plan asked for it: who looks for it does find it.</summary>
    public static string? Some(RunRecord run, string slot) => Early(run, slot) is null ? "the double click that the plan asked for is not found" : null;

    private static string? Early(RunRecord run, string slot)
    {
        foreach (BootRecord boot in run.Boots.Where(boot => boot.Slot == slot))
        {
            EventRecord[] early = [.. Presses(run, slot).Where(press => press.At >= boot.At && press.At < boot.At + EarlySeconds)];
            if (early.Sum(CountOf) > 1)
            {
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{early.Sum(CountOf)} presses in the {EarlySeconds} s after the boot at {boot.At:0.0} s: {string.Join("; ", early.Select(press => string.Create(CultureInfo.InvariantCulture, $"at {press.At:0.0} s {press.Text}")))}");
            }
        }

        return null;
    }

    private static IEnumerable<EventRecord> Presses(RunRecord run, string slot) => run.Events.Where(e => e.Kind == "press" && e.Slot == slot);

    // "2 presses, the last pressed for 150 ms"; a bounce is many.
    private static int CountOf(EventRecord press) =>
        press.Text.StartsWith("bouncing", StringComparison.Ordinal) ? 2
        : press.Text.Split(' ') is [var number, "presses,", ..] ? int.Parse(number, CultureInfo.InvariantCulture)
        : 1;
}
