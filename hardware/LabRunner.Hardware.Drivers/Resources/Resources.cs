using System.Device.I2c;
using System.Device.Pwm;

namespace LabRunner.Hardware.Drivers.Resources;

/// <summary>
/// A GPIO chip of the bench. The composition root makes one <see cref="System.Device.Gpio.GpioController"/> per chip and hands it, and the
/// chip's <see cref="Lines.ILineEdges"/>, to the slot drivers that name the chip.
/// </summary>
public interface IGpioChip : IAsyncDisposable
{
    /// <summary>The driver; also implements <see cref="Lines.ILineEdges"/> where the chip stamps edges.</summary>
    System.Device.Gpio.GpioDriver Driver { get; }
}

/// <summary>A PWM chip of the bench.</summary>
public interface IPwmChip : IAsyncDisposable
{
    /// <summary>Opens a channel; the caller disposes it.</summary>
    PwmChannel Open(int channel);
}

/// <summary>A pulse box of the bench, shared by the slots whose plugs it feeds. Thread safe.</summary>
public interface IPulseBox : IAsyncDisposable
{
    /// <summary>Sends a command of the box's protocol (hardware/pulse-box/README.md) and returns the fields of its answer.</summary>
    /// <param name="command">Command with its arguments, such as <c>GET 0 CF</c>.</param>
    /// <param name="cancellationToken">Cancels the exchange.</param>
    /// <exception cref="Faults.BenchFaultException">Kind Serial: the port is missing or went away. Kind Pulses: no answer, a damaged one, a wrong version, or the box refused.</exception>
    Task<PulseBoxAnswer> AskAsync(string command, CancellationToken cancellationToken);
}

/// <summary>An answer of the pulse box.</summary>
/// <param name="Connection">Counts the times the port was opened: after a change the box may have forgotten its settings.</param>
/// <param name="Fields">Name and number of each field.</param>
public sealed record PulseBoxAnswer(int Connection, IReadOnlyDictionary<string, long> Fields);

/// <summary>An I2C bus of the bench.</summary>
public interface II2cBus : IAsyncDisposable
{
    /// <summary>Opens a device; the caller disposes it.</summary>
    /// <param name="address">7-bit address.</param>
    I2cDevice Open(int address);
}
