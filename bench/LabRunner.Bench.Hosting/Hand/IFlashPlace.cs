using LabRunner.Bench.Inventory;
using LabRunner.Bench.Slots;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>Where flashing happens: a slot with its rules, by hand or within a night.</summary>
public interface IFlashPlace
{
    /// <summary>The inventory, its variables put in.</summary>
    BenchInventory Inventory { get; }

    /// <summary>The slot; its console's port is free.</summary>
    SlotHardware Slot { get; }

    /// <summary>Asked before every action.</summary>
    Interlocks Interlocks { get; }

    /// <summary>Clock of everything that is done.</summary>
    LabClock Clock { get; }

    /// <summary>Folder for the byte trace; it exists.</summary>
    string Folder { get; }

    /// <summary>Names the process group of a program of others that must not outlive this process; 0: there is none any more.</summary>
    void SetTool(int group);
}
