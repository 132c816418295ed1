using LabRunner.Hardware.Network;

namespace LabRunner.Bench.Api;

/// <summary>A moment that the slots of a plan's entry with <c>together: true</c> wait for, and what is done to the air of all of them then.</summary>
/// <param name="Entry">Entry of the plan, from 0; null: the slot is alone, and waits for nobody.</param>
/// <param name="Step">Name of the moment, the same at every slot.</param>
public sealed record Gathering(int? Entry, string Step)
{
    /// <summary>True: the slot is done with the entry, and goes on only when no slot of the entry waits for anything else.</summary>
    public bool Closing { get; init; }

    /// <summary>An effect that every plug gets (<see cref="NetworkEffects.ReachesAll"/>), put on once for all; null: they only meet.</summary>
    public NetworkEffect? Effect { get; init; }

    /// <summary>As the effect says.</summary>
    public double Value { get; init; }

    /// <summary>Run time after which the effect is lifted; null: it stays until somebody lifts it, or until the test ends that put it on.</summary>
    public TimeSpan? Lasts { get; init; }

    /// <summary>True: the effect is taken off, and not put on.</summary>
    public bool Lifts { get; init; }
}

/// <summary>A moment as it was.</summary>
/// <param name="Slots">Who was there, in the inventory's order.</param>
/// <param name="Over">When it was over, with what was done; run time.</param>
public sealed record Gathered(IReadOnlyList<string> Slots, TimeSpan Over);
