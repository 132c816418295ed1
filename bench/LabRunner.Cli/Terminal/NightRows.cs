using System.Globalization;
using LabRunner.Bench.Session;

namespace LabRunner.Cli.Terminal;

/// <summary>The cells of a slot's progress line, the same for every view.</summary>
internal sealed record NightRow(string Slot, string State, string Doing, string Verdicts, string Uptime, string Heap)
{
    public static NightRow From(SlotLive live) => new(
        live.Slot,
        live.Status switch
        {
            { Lost: true } => "lost",
            { OpenIncident: { } id } => $"incident #{id}",
            { Ready: true } => "up",
            _ => "starting",
        },
        live.Activity,
        string.Create(CultureInfo.InvariantCulture, $"{live.Passed} pass, {live.Failed} fail, {live.Other} other; {live.Incidents} incidents"),
        live.Status.UptimeSeconds is { } uptime ? string.Create(CultureInfo.InvariantCulture, $"{uptime / 60}:{uptime % 60:00}") : "-",
        live.Status.HeapBytes is { } heap ? string.Create(CultureInfo.InvariantCulture, $"{heap / 1024.0:0.0} kB") : "-");
}
