namespace LabRunner.Reports.Records;

/// <summary>A stretch from a boot to its end.</summary>
/// <param name="Slot">Slot.</param>
/// <param name="Began">Run time of the boot, seconds.</param>
/// <param name="Ended">Run time of its end, seconds.</param>
/// <param name="Failed">True when a failure ended it; else it was cut short.</param>
internal sealed record BootSpell(string Slot, double Began, double Ended, bool Failed)
{
    internal double Seconds => Ended - Began;
}

/// <summary>Spells of a run: each boot of each slot is one; it ends by the first failure, else at the next boot, INVALID time, or the end.</summary>
internal static class BootSpells
{
    /// <summary>Of all slots, or of one.</summary>
    internal static IReadOnlyList<BootSpell> Of(RunRecord run, string? only = null)
    {
        List<BootSpell> spells = [];
        ILookup<string, double> failures = run.Failures.ToLookup(i => i.Slot, i => i.FirstSymptom);
        foreach (IGrouping<string, BootRecord> slot in run.Boots.Where(b => only is null || b.Slot == only).GroupBy(b => b.Slot))
        {
            double[] boots = [.. slot.Select(b => b.At).Order()];
            double[] failed = [.. failures[slot.Key].Order()];
            double[] invalid = [.. run.Downtime.Where(d => d.Slot == slot.Key && d.Invalid).Select(d => d.Started)];
            for (int i = 0; i < boots.Length; i++)
            {
                double end = i + 1 < boots.Length ? boots[i + 1] : run.End;

                // The boot that a failure caused is seen a little after its first symptom, or at the same moment.
                double failure = failed.Where(f => f > boots[i] && f <= end).DefaultIfEmpty(double.PositiveInfinity).First();
                double cut = invalid.Where(d => d > boots[i] && d < end).DefaultIfEmpty(end).Min();
                double ended = Math.Min(failure, cut);
                if (ended > boots[i])
                {
                    spells.Add(new BootSpell(slot.Key, boots[i], ended, failure <= cut));
                }
            }
        }

        return spells;
    }
}
