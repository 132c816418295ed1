namespace LabRunner.Reports.Statistics;

/// <summary>One stretch from a boot to its end.</summary>
/// <param name="Duration">Time from the boot, 0 or more, in any one unit.</param>
/// <param name="Failed">True when it ended by a failure; false when it was censored: the night ended, the bench failed, a reboot was commanded.</param>
public readonly record struct Spell(double Duration, bool Failed)
{
    /// <summary>Refuses what is no duration.</summary>
    /// <exception cref="ArgumentException">A duration is negative or not finite.</exception>
    internal static void Validate(IReadOnlyList<Spell> spells)
    {
        foreach (Spell spell in spells)
        {
            if (!(spell.Duration >= 0 && double.IsFinite(spell.Duration)))
            {
                throw new ArgumentException($"A spell lasts {spell.Duration}; it is a finite number of at least 0.", nameof(spells));
            }
        }
    }
}
