namespace LabRunner.Hardware.Buttons;

/// <summary>A movement of the button actuator, on the clock that the relay contact's edges are on.</summary>
/// <param name="At">Run time at which the button was pushed or let go: the middle of the time in which it can have happened.</param>
/// <param name="Pressed">True: pushed.</param>
/// <param name="Uncertainty">Half of that time, run time: it happened within <paramref name="At"/> ± this.</param>
public readonly record struct ButtonEdge(TimeSpan At, bool Pressed, TimeSpan Uncertainty);

/// <summary>An actuator on the DUT's button. Two primitives; presses are derived once (<see cref="ButtonExtensions"/>).</summary>
public interface IButton : IAsyncDisposable
{
    /// <summary>Pushes (true) or lets go (false), and returns when the actuator is there.</summary>
    /// <returns>When it moved.</returns>
    /// <exception cref="Faults.BenchFaultException">The actuator did not follow.</exception>
    Task<ButtonEdge> SetAsync(bool pressed, CancellationToken cancellationToken);

    /// <summary>Reads the actuator back; null where the device cannot.</summary>
    Task<bool?> ReadAsync(CancellationToken cancellationToken);
}
