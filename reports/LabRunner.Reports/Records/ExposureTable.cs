namespace LabRunner.Reports.Records;

/// <summary>Device-hours of a slot in one suite on one firmware: what rates may be taken of.</summary>
/// <param name="Slot">Slot.</param>
/// <param name="Board">Its board.</param>
/// <param name="Suite">Suite.</param>
/// <param name="Firmware">Version that ran then; "unknown" before the DUT told one.</param>
/// <param name="Hours">Under test, without down time and without INVALID time; each second once.</param>
/// <param name="DownHours">Taken out from first symptoms to recoveries.</param>
/// <param name="InvalidHours">Taken out because the bench failed.</param>
/// <param name="InvalidWhy">The bench's failures in that time.</param>
public sealed record ExposureRow(
    string Slot, string Board, string Suite, string Firmware, double Hours, double DownHours, double InvalidHours, IReadOnlyList<string> InvalidWhy);

/// <summary>The exposure of a run by slot, suite, firmware and board.</summary>
public static class ExposureTable
{
    /// <summary>Kind of the events that tell which firmware a DUT runs from then on; their text is the version.</summary>
    public const string FirmwareEvent = "firmware";

    /// <summary>All rows with time in them, by slot, suite and the time of the firmware.</summary>
    public static IReadOnlyList<ExposureRow> Of(RunRecord run)
    {
        List<ExposureRow> rows = [];
        foreach (SlotRecord slot in run.Slots)
        {
            IReadOnlyList<Span> invalid = run.Out(slot.Name, invalid: true);
            IReadOnlyList<Span> gone = run.Out(slot.Name);
            foreach (string suite in run.Exposure.Where(e => e.Slot == slot.Name).Select(e => e.Suite).Distinct().Order(StringComparer.Ordinal))
            {
                IReadOnlyList<Span> under = Spans.Union(
                    run.Exposure.Where(e => e.Slot == slot.Name && e.Suite == suite).Select(e => new Span(e.Started, e.Ended ?? run.End)));
                foreach ((string firmware, IReadOnlyList<Span> ran) in Firmware(run, slot.Name))
                {
                    IReadOnlyList<Span> here = Spans.Intersect(under, ran);
                    double seconds = Spans.Seconds(here);
                    if (seconds <= 0)
                    {
                        continue;
                    }

                    double spoiled = Spans.Seconds(Spans.Intersect(here, invalid));
                    double lost = Spans.Seconds(Spans.Intersect(here, gone));
                    rows.Add(new ExposureRow(
                        slot.Name, slot.Board, suite, firmware, (seconds - lost) / 3600, (lost - spoiled) / 3600, spoiled / 3600,
                        [.. run.Downtime.Where(d => d.Slot == slot.Name && d.Invalid && Spans.Seconds(Spans.Intersect(here, [new Span(d.Started, d.Ended ?? run.End)])) > 0).Select(d => d.Reason).Distinct()]));
                }
            }
        }

        return rows;
    }

    // What ran before the first word of the DUT is what it then said: nobody changed it in between.
    private static List<(string Version, IReadOnlyList<Span> Ran)> Firmware(RunRecord run, string slot)
    {
        List<EventRecord> told = [.. run.Events.Where(e => e.Slot == slot && e.Kind == FirmwareEvent).OrderBy(e => e.At)];
        if (told.Count == 0)
        {
            return [("unknown", [new Span(double.MinValue / 4, double.MaxValue / 4)])];
        }

        return
        [
            .. told.Select((e, i) => (e.Text, From: i == 0 ? double.MinValue / 4 : e.At, Until: i + 1 < told.Count ? told[i + 1].At : double.MaxValue / 4))
                .GroupBy(t => t.Text)
                .Select(g => (g.Key, Spans.Union(g.Select(t => new Span(t.From, t.Until))))),
        ];
    }
}
