using LabRunner.Hardware.Time;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Watch;

/// <summary>What an observer needs of its slot; implemented by the slot, scripted in tests. Thread safe.</summary>
internal interface IWatchedSlot
{
    /// <summary>Name.</summary>
    string Name { get; }

    /// <summary>The run's clock.</summary>
    LabClock Clock { get; }

    /// <summary>The bench's own lateness.</summary>
    StallMeter Stalls { get; }

    /// <summary>The bench switched the slot off: probing makes no sense.</summary>
    bool IsOff { get; }

    /// <summary>Off or away as an intent expects: failures do not count.</summary>
    bool IsSuspended { get; }

    /// <summary>An OTA upload is going on: HTTP probes must not disturb it.</summary>
    bool IsUpdating { get; }

    /// <summary>Run time of the newest boot or power-on; null before the first.</summary>
    TimeSpan? BootedAt { get; }

    /// <summary>Id of a new lane.</summary>
    long NextLaneId();

    /// <summary>Stores an observation.</summary>
    void Save(ObservationRecord observation);

    /// <summary>Stores or replaces a lane interval.</summary>
    void Save(LaneRecord lane);

    /// <summary>Notes a point event.</summary>
    void Note(TimeSpan at, string kind, string text);
}
