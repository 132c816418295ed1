using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Buttons;
using LabRunner.Hardware.Consoles;
using LabRunner.Hardware.Lines;
using LabRunner.Hardware.Metering;
using LabRunner.Hardware.Network;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Sensing;

namespace LabRunner.Bench.Slots;

/// <summary>An input of the bench whose opening takes every output off.</summary>
/// <param name="Name">estop or lid.</param>
/// <param name="Chain">Closed while it is safe.</param>
public sealed record SafetyInput(string Name, IRelaySense Chain);

/// <summary>Brings a DUT back that nothing else does: its known-good firmware, over its UART.</summary>
public interface IReflash
{
    /// <summary>Writes and verifies the slot's recovery image, and leaves the DUT powered with BOOT released.</summary>
    /// <param name="slot">Its slot; the console's port must be free.</param>
    /// <param name="interlocks">Asked before each part.</param>
    /// <param name="cancellationToken">Stops between two frames; the flash may hold a part then.</param>
    /// <returns>What was done, as a clause of a sentence.</returns>
    /// <exception cref="LabRunner.Hardware.Flashing.FlashFailedException">Chip, image or loader failed.</exception>
    /// <exception cref="LabRunner.Hardware.Faults.BenchFaultException">Port, power or strap failed.</exception>
    Task<string> RunAsync(SlotHardware slot, Interlocks interlocks, CancellationToken cancellationToken);
}

/// <summary>A slot with its drivers built, as the composition root hands it to the bench. What the inventory does not name is null.</summary>
public sealed record SlotHardware : IAsyncDisposable
{
    /// <summary>What the inventory says of it.</summary>
    public required SlotEntry Entry { get; init; }

    /// <summary>Supply.</summary>
    public IPowerSwitch? Power { get; init; }

    /// <summary>BOOT strap.</summary>
    public IStrap? BootStrap { get; init; }

    /// <summary>Reset line.</summary>
    public IStrap? Reset { get; init; }

    /// <summary>Button actuator.</summary>
    public IButton? Button { get; init; }

    /// <summary>Relay contact sense.</summary>
    public IRelaySense? RelaySense { get; init; }

    /// <summary>Console.</summary>
    public IConsolePort? Console { get; init; }

    /// <summary>Reference pulses.</summary>
    public IPulseSource? Pulses { get; init; }

    /// <summary>Rail monitor.</summary>
    public IRailMonitor? Rail { get; init; }

    /// <summary>Reference meter in the slot's mains.</summary>
    public IReferenceMeter? Meter { get; init; }

    /// <summary>Counter beside the DUT's CF pin.</summary>
    public IPulseCounter? PulseCounter { get; init; }

    /// <summary>Photodiode on the DUT's LED: closed is lit.</summary>
    public IRelaySense? Led { get; init; }

    /// <summary>Temperature at the slot.</summary>
    public ITemperatureSensor? Temperature { get; init; }

    /// <summary>Echo probe.</summary>
    public IEchoProbe? Ping { get; init; }

    /// <summary>How to connect to the DUT's web server; null: over TCP to the address of <see cref="Plug"/>.</summary>
    public DialPlug? Dial { get; init; }

    /// <summary>Writes the slot's recovery image; null: it names none.</summary>
    public IReflash? Reflash { get; init; }

    /// <summary>HTTP face of the DUT.</summary>
    public IPlug? Plug { get; init; }

    /// <summary>Disposes every driver; goes on after a failure and throws the first at the end.</summary>
    public async ValueTask DisposeAsync()
    {
        List<Exception> failures = [];
        foreach (IAsyncDisposable? part in new IAsyncDisposable?[] { Button, BootStrap, Reset, Pulses, Console, RelaySense, Rail, Meter, PulseCounter, Led, Temperature, Ping, Power })
        {
            try
            {
                if (part is not null)
                {
                    await part.DisposeAsync().ConfigureAwait(false);
                }
            }
            catch (Exception failure)
            {
                failures.Add(failure);
            }
        }

        if (failures.Count > 0)
        {
            throw failures[0];
        }
    }
}
