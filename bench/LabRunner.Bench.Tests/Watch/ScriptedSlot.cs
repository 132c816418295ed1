using LabRunner.Bench.Watch;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Watch;

/// <summary>A slot that only has a clock.</summary>
internal sealed class ScriptedSlot : IWatchedSlot
{
    public string Name => "p1";

    public LabClock Clock { get; } = LabClock.Start(1);

    public StallMeter Stalls { get; } = new();

    public bool IsOff => false;

    public bool IsSuspended => false;

    public bool IsUpdating => false;

    public TimeSpan? BootedAt => TimeSpan.Zero;

    public long NextLaneId() => 1;

    public void Save(ObservationRecord observation)
    {
    }

    public void Save(LaneRecord lane)
    {
    }

    public void Note(TimeSpan at, string kind, string text)
    {
    }
}
