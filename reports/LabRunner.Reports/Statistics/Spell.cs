namespace LabRunner.Reports.Statistics;

/// <summary>One stretch from a boot to its end.</summary>
/// <param name="Duration">Time from the boot, 0 or more, in any one unit; a spell whose length is not finite is left out of every figure.</param>
/// <param name="Failed">True when it ended by a failure; false when it was censored: the night ended, the bench failed, a reboot was commanded.</param>
public readonly record struct Spell(double Duration, bool Failed)
{
    /// <summary>The spells without those whose length is not finite: nothing is known of them.</summary>
    /// <exception cref="ArgumentException">A duration is negative.</exception>
    internal static IReadOnlyList<Spell> Known(IReadOnlyList<Spell> spells)
    {
        foreach (Spell spell in spells)
        {
            if (spell.Duration < 0 && double.IsFinite(spell.Duration))
            {
                throw new ArgumentException($"A spell lasts {spell.Duration}; it is at least 0.", nameof(spells));
            }
        }

        return spells.All(s => double.IsFinite(s.Duration)) ? spells : [.. spells.Where(s => double.IsFinite(s.Duration))];
    }
}
