using LabRunner.Bench.Watch;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Watch;

/// <summary>A slot that keeps what an observer says.</summary>
internal sealed class ScriptedSlot : IWatchedSlot
{
    private readonly Lock _gate = new();
    private long _lanes;

    public string Name => "p1";

    public LabClock Clock { get; init; } = LabClock.Start(1);

    public StallMeter Stalls { get; } = new();

    public bool IsOff { get; set; }

    public bool IsSuspended { get; set; }

    public bool IsUpdating => false;

    public TimeSpan? BootedAt => TimeSpan.Zero;

    public List<(double At, string Kind, string Text)> Notes { get; } = [];

    public List<ObservationRecord> Observations { get; } = [];

    public long NextLaneId() => Interlocked.Increment(ref _lanes);

    public void Save(ObservationRecord observation)
    {
        lock (_gate)
        {
            Observations.Add(observation);
        }
    }

    public void Save(LaneRecord lane)
    {
        // Lanes are the base's, tested with it.
    }

    public void Note(TimeSpan at, string kind, string text)
    {
        lock (_gate)
        {
            Notes.Add((at.TotalSeconds, kind, text));
        }
    }
}
