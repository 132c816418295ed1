using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Sections;

namespace LabRunner.Reports.Tests.Sections;

/// <summary>The leak rule beside a reference night: half a daily wave looks like a leak in one night, but not beside a version that falls alike.</summary>
public sealed class ResourcesTests
{
    private const double Hours = 8;
    private const double BytesPerHour = 200;

    [TestCase(null, "b17", "limits it may leak: it falls steadily")]
    [TestCase(-20.0, "b17", "limits a leak: it falls by more than the known good version")]
    [TestCase(-190.0, "b17", "limits no leak: the known good version falls as steeply")]
    [TestCase(-190.0, "b4", "limits it may leak: it falls steadily")]
    public void Heap_BesideAReference_IsALeakOnlyWhereItFallsByMore(double? reference, string board, string expected)
    {
        RunRecord night = Night("b17") with
        {
            Telemetry = [.. Enumerable.Range(0, (int)(Hours * 120)).Select(i => Sample(i * 30))],
            Reference = reference is { } slope ? Night(board) with { Verdicts = [Row(slope)] } : null,
        };
        HtmlWriter html = new();
        new ResourcesSection().Write(html, night);
        Assert.That(html.Finish(), Does.Contain(expected));
    }

    /// <summary>What the night judged by its plan's limits is shown, not judged anew by others.</summary>
    [TestCase(null, "WARN: by the plan<")]
    [TestCase(-20.0, "WARN: by the plan; it falls by more than the known good version<")]
    [TestCase(-1000.0, "WARN: by the plan; the known good version falls as steeply<")]
    public void Heap_JudgedInTheNight_ShowsThatRow(double? reference, string expected)
    {
        RunRecord night = Night("b17") with
        {
            Telemetry = [.. Enumerable.Range(0, (int)(Hours * 120)).Select(i => Sample(i * 30))],
            Verdicts = [Row(-999) with { Verdict = Verdict.Warn, Text = "by the plan" }],
            Reference = reference is { } slope ? Night("b17") with { Verdicts = [Row(slope)] } : null,
        };
        HtmlWriter html = new();
        new ResourcesSection().Write(html, night);
        Assert.That(html.Finish(), Does.Contain(expected).And.Contain("-999 B/h").And.Contain("-1009 … -989").And.Not.Contain("usual limits"));
    }

    private static RunRecord Night(string board) => new()
    {
        Folder = "/nowhere",
        End = Hours * 3600,
        Meta = new Dictionary<string, string>(),
        Slots = [new SlotRecord("p1", board, board, "BL602", false, [], new Dictionary<string, string>())],
    };

    private static VerdictRecord Row(double slope) =>
        new(1, "slot:p1", VerdictRecord.HeapRule, slope, "B/h", -32, slope - 10, slope + 10, 0.95, Verdict.Pass, "steady");

    // A few bytes of noise, or the bounds of the slope would be a point.
    private static TelemetryRecord Sample(double at) =>
        new(at, "p1", (long)at, (long)(90_000 - (BytesPerHour * at / 3600) + (at / 30 % 7)), null, null, null, null, null, null);
}
