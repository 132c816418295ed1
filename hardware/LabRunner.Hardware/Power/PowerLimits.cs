using System.ComponentModel;

namespace LabRunner.Hardware.Power;

/// <summary>
/// What the inventory can say of every supply, whatever switches it. The options of each power driver derive from it, and
/// <see cref="GuardedPower"/> alone holds to it.
/// </summary>
public abstract record PowerLimits
{
    /// <summary>Shortest time off before the next on, run time. Default 0. BL602: 3 s, or a boot reads as a watchdog reset.</summary>
    [Description("Shortest time off before the next on. Default 0s.")]
    public TimeSpan MinOff { get; init; } = TimeSpan.Zero;

    /// <summary>Shortest time on before an ordinary off, run time; an emergency off does not wait for it. Default 0.</summary>
    [Description("Shortest time on before an ordinary off; an emergency off does not wait for it. Default 0s.")]
    public TimeSpan MinOn { get; init; } = TimeSpan.Zero;

    /// <summary>Longest time on, run time: then the bench switches off and says so. Default: no limit.</summary>
    [Description("Longest time on: then the bench switches off and says so. Default: no limit.")]
    public TimeSpan? MaxOn { get; init; }

    /// <summary>Time from a switching to the reading that confirms it, run time. Default 10 ms; a contactor needs 50 ms.</summary>
    [Description("Time from a switching to the reading that confirms it. Default 10ms; a contactor needs 50ms.")]
    public TimeSpan Settle { get; init; } = TimeSpan.FromMilliseconds(10);

    /// <summary>How long the slot's relay sense or rail may still see power after an off, run time; longer means a stuck contact. Default 3 s.</summary>
    [Description("How long the slot's relay sense or rail may still see power after an off; longer means a stuck contact. Default 3s.")]
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Limit of each call to the device, machine time: foreign equipment does not follow the run's clock. Default 10 s.</summary>
    [Description("Time limit of each call to the device. Default 10s.")]
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(10);
}
