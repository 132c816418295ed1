namespace LabRunner.Hardware.Power;

/// <summary>State of a supply output.</summary>
public enum PowerState
{
    /// <summary>Not known: never read, or the last read failed.</summary>
    Unknown,

    /// <summary>The output is off: the safe state.</summary>
    Off,

    /// <summary>The output is on.</summary>
    On,
}

/// <summary>A switchable supply of one slot. Implementations are thread safe and confirm what they did.</summary>
public interface IPowerSwitch : IAsyncDisposable
{
    /// <summary>Switches the output and returns when the new state is confirmed (as far as the device can tell).</summary>
    /// <exception cref="Faults.BenchFaultException">The device did not confirm within its time limit.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="state"/> is <see cref="PowerState.Unknown"/>.</exception>
    Task SwitchAsync(PowerState state, CancellationToken cancellationToken);

    /// <summary>Reads the output's state from the device, not from memory, where the device can tell.</summary>
    Task<PowerState> ReadStateAsync(CancellationToken cancellationToken);
}

/// <summary>What every power switch can do, derived once from its two primitives.</summary>
public static class PowerSwitchExtensions
{
    /// <summary>Off now, whatever the switch's rules say of times; see <see cref="GuardedPower.CutAsync"/>.</summary>
    /// <param name="power">The switch.</param>
    /// <param name="lockReason">Why nothing may switch on again; null: it may.</param>
    /// <param name="cancellationToken">Gives up; the output is then unknown.</param>
    public static Task CutAsync(this IPowerSwitch power, string? lockReason, CancellationToken cancellationToken) =>
        power is GuardedPower guarded ? guarded.CutAsync(lockReason, cancellationToken) : power.SwitchAsync(PowerState.Off, cancellationToken);

    /// <summary>Off, wait, on.</summary>
    /// <param name="power">The switch.</param>
    /// <param name="off">Time between off and on. BL602: at least 3 s, or the reset-reason RAM may survive and the boot reads as a watchdog reset.</param>
    /// <param name="clock">Clock that <paramref name="off"/> is counted on.</param>
    /// <param name="cancellationToken">Cancelled while off: the output stays off.</param>
    public static async Task CycleAsync(this IPowerSwitch power, TimeSpan off, TimeProvider clock, CancellationToken cancellationToken)
    {
        await power.SwitchAsync(PowerState.Off, cancellationToken).ConfigureAwait(false);
        await Task.Delay(off, clock, cancellationToken).ConfigureAwait(false);
        await power.SwitchAsync(PowerState.On, cancellationToken).ConfigureAwait(false);
    }
}
