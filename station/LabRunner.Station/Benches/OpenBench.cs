using LabRunner.Bench.Api;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Session;
using LabRunner.Bench.Slots;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Time;

namespace LabRunner.Station.Benches;

/// <summary>A bench while it is open: watched without a plan, or under one.</summary>
/// <param name="Session">Consoles and watch.</param>
/// <param name="Clock">Its clock.</param>
/// <param name="Slots">Its slots.</param>
/// <param name="Broken">Ends with the fault after which it must be closed.</param>
internal sealed record OpenBench(BenchSession Session, LabClock Clock, IReadOnlyList<SlotHardware> Slots, Task<BenchFaultException> Broken)
{
    /// <summary>Its inventory, its variables put in.</summary>
    public required BenchInventory Inventory { get; init; }

    /// <summary>Folder of its watch or run.</summary>
    public required string Folder { get; init; }

    /// <summary>It is open for a run; false: it is watched.</summary>
    public required bool IsRun { get; init; }

    /// <summary>Name of its watch or run.</summary>
    public string Record => Path.GetFileName(Folder);

    /// <summary>Names the process group of a program of others that must not outlive this process; 0: there is none any more.</summary>
    public Action<int> SetTool { get; init; } = _ => { };

    /// <summary>A slot for work by hand; null: it is not open.</summary>
    public SessionSlot? Hand(string slot, string who) =>
        Slots.FirstOrDefault(s => s.Entry.Name == slot) is { } hardware ? new SessionSlot(Session, Clock, hardware, who) : null;

    /// <summary>Wall time of a run time.</summary>
    public DateTimeOffset UtcAt(double seconds) => Clock.UtcAt(TimeSpan.FromSeconds(seconds));
}
