using System.Globalization;
using LabRunner.Bench.Session;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;

namespace LabRunner.Cli.Terminal;

/// <summary>The cells of a slot's progress line, the same for every view.</summary>
internal sealed record NightRow(string Slot, string State, string Doing, string VerdictsSoFar, string Uptime, string Heap)
{
    public static NightRow From(LiveSlot live) => new(
        live.Status.Slot,
        live.Status switch
        {
            { Lost: true } => "lost",
            { OpenIncident: not null } when live.Provoked => "provoked",
            { OpenIncident: { } id } => $"incident #{id}",
            { Ready: true } => "up",
            _ => "not ready",
        },
        SafeText.OneLine(live.Activity),
        Verdicts(live),
        live.Status.UptimeSeconds is { } uptime ? string.Create(CultureInfo.InvariantCulture, $"{uptime / 60}:{uptime % 60:00}") : "-",
        live.Status.HeapBytes is { } heap ? string.Create(CultureInfo.InvariantCulture, $"{heap / 1024.0:0.0} kB") : "-");

    private static string Verdicts(LiveSlot live) => string.Join(
        ", ",
        live.Verdicts.Where(v => v.Value > 0).OrderBy(v => v.Key).Select(v => $"{v.Value} {v.Key.ToText()}")
            .Append(Words.Count(live.Incidents, "incident")));
}
