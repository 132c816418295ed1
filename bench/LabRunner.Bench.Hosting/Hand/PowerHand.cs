using LabRunner.Bench.Slots;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Sensing;

namespace LabRunner.Bench.Hosting.Hand;

/// <summary>A supply and what else sees it.</summary>
/// <param name="Slot">Slot.</param>
/// <param name="Commanded">What was asked for: on, off; null when only looked at.</param>
/// <param name="Device">What the device says: on, off, unknown.</param>
/// <param name="Contact">The sense line: contact closed and live; null without one.</param>
/// <param name="RailVolts">Rail, V; null without a monitor.</param>
/// <param name="RailAmperes">Rail, A; null without a monitor.</param>
/// <param name="KeepsPower">The inventory says that the slot stays powered.</param>
public sealed record PowerSight(string Slot, string? Commanded, string Device, bool? Contact, double? RailVolts, double? RailAmperes, bool KeepsPower);

/// <summary>Switches the supply of one slot by hand.</summary>
public static class PowerHand
{
    /// <summary>BL602: after less than 3 s off, a boot may read as a watchdog reset.</summary>
    public static readonly TimeSpan UsualOff = TimeSpan.FromSeconds(3);

    /// <summary>Switches and confirms.</summary>
    /// <param name="bench">The slot.</param>
    /// <param name="state">On or off.</param>
    /// <param name="cancellationToken">Gives up; an on that was begun is taken back.</param>
    /// <exception cref="BenchFaultException">The slot has no supply, giving power is refused, or the device did not follow.</exception>
    public static async Task<PowerSight> SwitchAsync(IHandSlot bench, PowerState state, CancellationToken cancellationToken)
    {
        await bench.SwitchAsync(state == PowerState.On, cancellationToken).ConfigureAwait(false);
        return await LookAsync(bench, state, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Off, wait, on; all confirmed.</summary>
    /// <param name="bench">The slot.</param>
    /// <param name="off">Time between off and on.</param>
    /// <param name="cancellationToken">Cancelled while off: it stays off.</param>
    /// <exception cref="BenchFaultException">As for <see cref="SwitchAsync"/>.</exception>
    public static async Task<PowerSight> CycleAsync(IHandSlot bench, TimeSpan off, CancellationToken cancellationToken)
    {
        bench.Interlocks.Demand(bench.Slot.Entry, SlotAction.PowerOn);
        await bench.SwitchAsync(false, cancellationToken).ConfigureAwait(false);
        await Task.Delay(off, bench.Clock, cancellationToken).ConfigureAwait(false);
        await bench.SwitchAsync(true, cancellationToken).ConfigureAwait(false);
        return await LookAsync(bench, PowerState.On, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads the device and what else sees the supply.</summary>
    /// <param name="bench">The slot.</param>
    /// <param name="commanded">What was asked for; null: nothing.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BenchFaultException">The slot has no supply, or a device did not answer.</exception>
    public static async Task<PowerSight> LookAsync(IHandSlot bench, PowerState? commanded, CancellationToken cancellationToken)
    {
        PowerState device = await bench.Slot.Supply().ReadStateAsync(cancellationToken).ConfigureAwait(false);
        bool? contact = bench.Slot.RelaySense is { } sense ? await sense.ReadAsync(cancellationToken).ConfigureAwait(false) : null;
        RailReading? rail = bench.Slot.Rail is { } monitor ? await monitor.ReadAsync(cancellationToken).ConfigureAwait(false) : null;
        return new PowerSight(
            bench.Slot.Entry.Name, commanded?.ToString().ToLowerInvariant(), device.ToString().ToLowerInvariant(), contact, rail?.Voltage.Value, rail?.Current.Value,
            bench.Slot.Entry.KeepPower);
    }
}
