using LabRunner.Reports.Comparison;

namespace LabRunner.Reports.Tests.Comparison;

/// <summary>Nights made for the tests of comparisons: one plug p1 on the bench lab, that idled.</summary>
internal static class MadeNights
{
    internal static NightSummary Night(
        string name, string firmware, double hours, int failures, int day = 0, string board = "b17", Attempts? trials = null, Dictionary<string, int>? modes = null) =>
        new("/runs/" + name, "lab", "nightly", "plan: nightly", Day(day), false, [Cell("p1", firmware, hours, failures, board, trials, modes)]);

    internal static DateTimeOffset Day(int day) => new DateTimeOffset(2026, 1, 1, 22, 0, 0, TimeSpan.Zero).AddDays(day);

    internal static NightCell Cell(
        string slot, string firmware, double hours, int failures, string board = "b17", Attempts? trials = null, Dictionary<string, int>? modes = null) =>
        new(slot, board, firmware, new Exposed(hours, failures), new Dictionary<string, Exposed> { ["S01"] = new(hours, failures) }, modes ?? [],
            trials is { } t ? new Dictionary<string, Attempts> { ["S04 ota"] = t } : [], new Dictionary<string, IReadOnlyList<double>>());
}
