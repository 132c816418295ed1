using System.Globalization;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Sections;

/// <summary>One figure of the whole night with what it means.</summary>
/// <param name="Name">For example "Stable hours".</param>
/// <param name="Value">Figure with its unit and bound; "–" where it was not measured.</param>
/// <param name="Note">What it says or why it is missing.</param>
public sealed record NightFigure(string Name, string Value, string Note);

/// <summary>The night in numbers: what the scorecard shows below its sentences, and notifications carry.</summary>
public static class NightFigures
{
    private const double Confidence = 0.95;
    private const double DefaultGood = 168;
    private const double DefaultBad = 56;

    /// <summary>All figures, in the order they are shown.</summary>
    public static IReadOnlyList<NightFigure> Of(RunRecord run)
    {
        double hours = run.Slots.Sum(s => run.DeviceHours(s.Name));
        return
        [
            new("Device-hours", Words.Hours(hours), $"under test on {Words.Count(run.Slots.Count, "slot")}, without down time and INVALID time"),
            Incidents(run),
            Resets(run),
            Stable(run),
            Mtbf(run),
            Sequential(run),
            Ota(run),
            Reconnect(run),
            Heap(run),
            Metering(run),
            Relay(run),
        ];
    }

    private static NightFigure Incidents(RunRecord run)
    {
        List<IncidentRecord> unexpected = [.. run.Incidents.Where(i => !i.Expected)];
        string classes = string.Join(", ", unexpected.GroupBy(i => i.Class).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).Take(6).Select(g => $"{g.Count()} {g.Key}"));
        return new("Unexpected incidents", unexpected.Count.ToString(CultureInfo.InvariantCulture), classes.Length == 0 ? $"and {run.Incidents.Count(i => i.Expected)} that the bench provoked" : classes);
    }

    private static NightFigure Resets(RunRecord run) => new(
        "Resets", $"{run.Boots.Count(b => !b.Expected)} unexpected", $"and {run.Boots.Count(b => b.Expected)} that the bench caused");

    private static NightFigure Stable(RunRecord run)
    {
        if (!run.Slots.Any(s => run.DeviceHours(s.Name) >= 1))
        {
            return new("Stable hours", "–", "no slot was under test for an hour");
        }

        StableHours[] slots = [.. run.Slots.Select(s => run.Stable(s.Name))];
        StableHours stable = new(slots.Sum(s => s.Operational), slots.Sum(s => s.Unstable));
        return new("Stable hours", stable.Share is { } share ? Words.Percent(share) : "–", $"{Words.Count(stable.Unstable, "device-hour")} with an unexpected reset; several in one hour count once");
    }

    private static NightFigure Mtbf(RunRecord run)
    {
        List<(string Slot, double Hours, int Failures, double Lower)> bounds =
        [
            .. run.Soaked.Select(s => (s.Slot, s.Hours, s.Failures, Lower: MtbfBounds.Lower(s.Hours, s.Failures, 0.9))).OrderBy(b => b.Lower),
        ];
        return new(
            "MTBF, 90 % lower bound", bounds.Count == 0 ? "–" : Words.Hours(bounds[0].Lower),
            bounds.Count == 0 ? "no slot idled under watch (S01)" : $"lowest: {Evidence(bounds[0])}; highest: {Evidence(bounds[^1])}, {Words.Hours(bounds[^1].Lower)}");

        static string Evidence((string Slot, double Hours, int Failures, double Lower) bound) =>
            $"{bound.Slot}, {(bound.Failures == 0 ? "no failure" : Words.Count(bound.Failures, "failure"))} in {Words.Hours(bound.Hours)}";
    }

    private static NightFigure Sequential(RunRecord run)
    {
        (double good, double bad) = PlanGoals.Mtbf(run, DefaultGood, DefaultBad);
        SprtExponential test = new(good, bad, 0.1, 0.1);
        List<SprtState> states = [.. run.Soaked.Select(s => test.Decide(s.Hours, s.Failures))];
        return new(
            "Sequential test", states.Count == 0 ? "–" : $"{states.Count(s => s == SprtState.Accept)} accept, {states.Count(s => s == SprtState.Reject)} reject, {states.Count(s => s == SprtState.Continue)} go on",
            $"good {Words.Hours(good)}, bad {Words.Hours(bad)}; with no failure it accepts at {Words.Hours(test.AcceptAt(0))} on a slot");
    }

    private static NightFigure Ota(RunRecord run)
    {
        List<TrialRecord> trials = [.. run.Trials.Where(t => t.Suite == "S04")];
        int good = trials.Count(t => t.Ok);
        return new("OTA updates", trials.Count == 0 ? "–" : $"{good} of {trials.Count}", trials.Count == 0 ? "none was tried" : $"at least {Words.Percent(Proportion.LowerOneSided(good, trials.Count, Confidence))} at 95 %");
    }

    private static NightFigure Reconnect(RunRecord run)
    {
        List<TrialRecord> attempts = [.. Reconnects.Of(run.Trials)];
        List<double> seconds = [.. attempts.Where(t => t.Ok).Select(t => t.DurationMs / 1000)];
        string lost = seconds.Count == attempts.Count ? "" : ", of which alone the percentile is";
        return new(
            "Reconnect, 95th percentile", seconds.Count == 0 ? "–" : Words.Duration(Percentile.Of(seconds, 0.95)),
            attempts.Count == 0 ? "no connection was cut" : $"{seconds.Count} of {Words.Count(attempts.Count, "attempt")} came back in time{(seconds.Count == 0 ? "" : lost)}");
    }

    private static NightFigure Heap(RunRecord run)
    {
        List<(string Slot, double Slope)> slopes = [.. run.Verdicts.Where(v => v.Rule == VerdictRecord.HeapRule && v.Value is not null).Select(v => (v.Scope, v.Value!.Value)).OrderBy(s => s.Value)];
        List<(string Slot, long Floor)> floors = [.. run.TelemetryBySlot.Select(s => (s.Key, Least: s.Value.Min(t => t.HeapB))).Where(f => f.Least is not null).Select(f => (f.Key, f.Least!.Value)).OrderBy(f => f.Value)];
        IncidentRecord? leak = run.Incidents.FirstOrDefault(i => i.Class == "LEAK");
        return new(
            "Free heap, least", floors.Count == 0 ? "–" : string.Create(CultureInfo.InvariantCulture, $"{floors[0].Floor} B"),
            floors.Count == 0 ? "no slot told its heap" : $"on {floors[0].Slot}; {(leak is not null ? leak.Slot == floors[0].Slot ? leak.Title : $"{leak.Slot}: {leak.Title}" : slopes.Count > 0 ? $"steepest slope {Words.Number(slopes[0].Slope)} B/h" : "no leak was found")}");
    }

    // By the share of what is allowed at that load: a percentage of a few watts is mostly the pulse that is or is not in the window.
    private static NightFigure Metering(RunRecord run)
    {
        List<(MeteringPoint Point, double? Share)> points =
        [
            .. MeteringCurve.Points(run.Measurements).Where(p => p.Verdict != Verdict.Invalid).Select(p => (p, Share: ShareOfLimit(p))).OrderByDescending(p => p.Share).ThenByDescending(p => Math.Abs(p.p.Error)),
        ];
        if (points.Count == 0)
        {
            return new("Metering, largest error", "–", "nothing was metered against a reference");
        }

        ((MeteringPoint worst, double? share), string count) = (points[0], Words.Count(points.Count, "point"));
        return new(
            "Metering, largest error", Words.Percent(worst.Error / 100),
            share is { } used ? $"{worst.Name} on {worst.Slot}, {Words.Percent(used)} of what is allowed there, the most of {count}" : $"{worst.Name} on {worst.Slot}, of {count} without limits");
    }

    private static double? ShareOfLimit(MeteringPoint point)
    {
        double? limit = point.Error < 0 ? -point.Lower : point.Upper;
        return limit > 0 ? Math.Abs(point.Error) / limit : null;
    }

    private static NightFigure Relay(RunRecord run)
    {
        int closed = run.Events.Count(e => e.Kind == "relay" && RelayGap.Closes(e));
        return new("Relay operations", closed.ToString(CultureInfo.InvariantCulture), "times a contact closed, all slots");
    }
}
