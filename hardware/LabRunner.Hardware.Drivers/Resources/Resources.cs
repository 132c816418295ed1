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

/// <summary>An I2C bus of the bench.</summary>
public interface II2cBus : IAsyncDisposable
{
    /// <summary>Opens a device; the caller disposes it.</summary>
    /// <param name="address">7-bit address.</param>
    I2cDevice Open(int address);
}
