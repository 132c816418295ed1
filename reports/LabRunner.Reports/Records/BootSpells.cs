namespace LabRunner.Reports.Records;

/// <summary>A stretch from a boot to its end, while one suite had the plug.</summary>
/// <param name="Slot">Slot.</param>
/// <param name="Board">Its board.</param>
/// <param name="Suite">Suite.</param>
/// <param name="Booted">Run time of the boot, seconds.</param>
/// <param name="Began">The boot, or when the suite took over a plug that another had left up.</param>
/// <param name="Ended">Run time of its end, seconds.</param>
/// <param name="Failed">True when a failure ended it; else it was cut short.</param>
internal sealed record BootSpell(string Slot, string Board, string Suite, double Booted, double Began, double Ended, bool Failed)
{
    /// <summary>Time under the suite.</summary>
    internal double Seconds => Ended - Began;

    /// <summary>What a timer of the DUT counts, whoever had the plug meanwhile.</summary>
    internal double SinceBoot => Ended - Booted;
}

/// <summary>
/// Spells of a run: each boot of each slot is one; it ends by the first failure, else at the next boot, INVALID time, or the end. A suite has its
/// part of it only: hours of one are no hours of another, so what outlasts a suite is cut short there and begins anew under the next.
/// </summary>
internal static class BootSpells
{
    internal static IReadOnlyList<BootSpell> Of(RunRecord run)
    {
        List<BootSpell> spells = [];
        ILookup<string, double> failures = run.Failures.ToLookup(i => i.Slot, i => i.FirstSymptom);
        foreach (IGrouping<string, BootRecord> slot in run.Boots.GroupBy(b => b.Slot))
        {
            string board = run.Slots.FirstOrDefault(s => s.Name == slot.Key)?.Board ?? "unknown board";
            IReadOnlyList<(string Suite, Span Time)> turns = Turns(run, slot.Key);
            double[] boots = [.. slot.Select(b => b.At).Order()];
            double[] failed = [.. failures[slot.Key].Order()];
            double[] invalid = [.. run.Downtime.Where(d => d.Slot == slot.Key && d.Invalid).Select(d => d.Started)];
            for (int i = 0; i < boots.Length; i++)
            {
                double end = i + 1 < boots.Length ? boots[i + 1] : run.End;

                // The boot that a failure caused is seen a little after its first symptom, or at the same moment.
                double failure = failed.Where(f => f > boots[i] && f <= end).DefaultIfEmpty(double.PositiveInfinity).First();
                double cut = invalid.Where(d => d > boots[i] && d < end).DefaultIfEmpty(end).Min();
                spells.AddRange(Parts(slot.Key, board, turns, new Span(boots[i], Math.Min(failure, cut)), failure <= cut));
            }
        }

        return spells;
    }

    /// <summary>Run time that the suite had the plug and the plug could fail, seconds, up to a moment: what a trend of failures is over.</summary>
    internal static double Exposed(RunRecord run, string slot, string suite, double until)
    {
        IReadOnlyList<Span> under = Spans.Intersect(run.Exposure.Where(e => e.Slot == slot && e.Suite == suite).Select(e => new Span(e.Started, e.Ended ?? run.End)), [new Span(double.MinValue, until)]);
        return Spans.Seconds(under) - Spans.Seconds(Spans.Intersect(under, run.Out(slot)));
    }

    // What the bench did between two suites is the next one's, as its boot is: nobody else had the plug.
    private static IEnumerable<BootSpell> Parts(string slot, string board, IReadOnlyList<(string Suite, Span Time)> turns, Span spell, bool failed)
    {
        foreach ((string suite, Span turn) in turns.Where(t => t.Time.Start < spell.End && spell.Start < t.Time.End))
        {
            double others = turns.Where(t => t.Suite != suite && t.Time.Start < turn.Start).Select(t => Math.Min(t.Time.End, turn.Start)).DefaultIfEmpty(double.NegativeInfinity).Max();
            double began = spell.Start >= others ? spell.Start : Math.Max(spell.Start, turn.Start);
            if (Math.Min(spell.End, turn.End) is var ended && ended > began)
            {
                yield return new BootSpell(slot, board, suite, spell.Start, began, ended, failed && spell.End < turn.End);
            }
        }
    }

    /// <summary>When each suite had the plug; its tests follow one another, so only another suite between them parts two turns.</summary>
    private static List<(string Suite, Span Time)> Turns(RunRecord run, string slot)
    {
        List<(string Suite, Span Time)> all = [.. run.Exposure.Where(e => e.Slot == slot).Select(e => (e.Suite, new Span(e.Started, e.Ended ?? run.End))).Where(e => e.Item2.Length > 0).OrderBy(e => e.Item2.Start)];
        List<(string Suite, Span Time)> turns = [];
        foreach ((string suite, Span time) in all)
        {
            int last = turns.FindLastIndex(t => t.Suite == suite);
            if (last >= 0 && !all.Any(e => e.Suite != suite && e.Time.Start >= turns[last].Time.End && e.Time.Start < time.Start))
            {
                turns[last] = (suite, turns[last].Time with { End = Math.Max(turns[last].Time.End, time.End) });
            }
            else
            {
                turns.Add((suite, time));
            }
        }

        return turns;
    }
}
