using LabRunner.Hardware.Power;

namespace LabRunner.Hardware.Tests.Drivers.Support.PowerRigs;

/// <summary>A power driver with the fake of its device on the other side of the operating system's seam.</summary>
internal abstract class PowerRig : IAsyncDisposable
{
    /// <summary>What the driver gets as its time limit: short, so that a dead device is told soon.</summary>
    protected static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    /// <summary>Slot's context.</summary>
    public FakeContext Context { get; } = new();

    /// <summary>What the device really does.</summary>
    public abstract bool Output { get; set; }

    /// <summary>True: the device takes orders and does nothing.</summary>
    public abstract bool Stuck { get; set; }

    /// <summary>True where opening the driver switches off (a GPIO line); false where it leaves the output alone.</summary>
    public virtual bool OffAtOpening => false;

    /// <summary>Starts the fake.</summary>
    public virtual Task StartAsync() => Task.CompletedTask;

    /// <summary>Builds the driver.</summary>
    public abstract IPowerSwitch Build();

    /// <summary>Takes the device away.</summary>
    public abstract Task VanishAsync();

    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
