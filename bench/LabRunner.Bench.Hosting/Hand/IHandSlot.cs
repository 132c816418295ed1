using LabRunner.Bench.Slots;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>
/// One slot as work by hand sees it, whoever has opened the bench: a program for itself (<see cref="HandBench"/>) or the station
/// (<see cref="SessionSlot"/>). What is done by hand is the same code on both. Thread safe.
/// </summary>
public interface IHandSlot
{
    /// <summary>Its drivers.</summary>
    SlotHardware Slot { get; }

    /// <summary>Asked before every action.</summary>
    Interlocks Interlocks { get; }

    /// <summary>Clock of everything that is done.</summary>
    LabClock Clock { get; }

    /// <summary>Switches the supply and returns when it is confirmed.</summary>
    /// <exception cref="LabRunner.Hardware.Faults.BenchFaultException">The slot has no supply, giving power is refused, or the device did not follow.</exception>
    Task SwitchAsync(bool on, CancellationToken cancellationToken);

    /// <summary>Does what gives the slot its power by other means than <see cref="SwitchAsync"/>.</summary>
    /// <exception cref="LabRunner.Hardware.Faults.BenchFaultException">Giving power is refused, or <paramref name="act"/> failed.</exception>
    Task PowerUpAsync(Func<CancellationToken, Task> act, CancellationToken cancellationToken);
}
