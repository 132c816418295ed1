using System.Device.Gpio;
using LabRunner.Hardware.Catalogue;
using LabRunner.Hardware.Faults;

namespace LabRunner.Hardware.Drivers.Gpio;

/// <summary>Turns whatever a chip throws into a bench fault that names slot, chip and line.</summary>
internal static class LineFault
{
    /// <summary>Runs one operation on a line.</summary>
    /// <exception cref="BenchFaultException">Kind Gpio, or what the chip itself reports.</exception>
    public static T Guard<T>(IDriverContext context, string chip, int line, string doing, Func<T> operation)
    {
        try
        {
            return operation();
        }
        catch (Exception failure) when (failure is not BenchFaultException)
        {
            throw new BenchFaultException(
                FaultKind.Gpio, context.Place, $"line {line} of chip '{chip}' cannot be {doing}: {failure.Message.TrimEnd('.')}",
                "Check that the line exists, that nothing else uses it ('gpioinfo' shows both), and that the chip is still there", failure);
        }
    }

    /// <summary>The controller, where the line is not yet another driver's: opening twice gives both the same pin without a word.</summary>
    /// <exception cref="InvalidOperationException">The line is open.</exception>
    public static GpioController Free(GpioController controller, int line) =>
        controller.IsPinOpen(line) ? throw new InvalidOperationException("another driver of this bench has it") : controller;

    /// <summary>Opens a line as input.</summary>
    public static GpioController OpenInput(IDriverContext context, string chip, int line, LinePull pull)
    {
        GpioController controller = context.Resource<GpioController>(chip);
        PinMode mode = pull switch { LinePull.Up => PinMode.InputPullUp, LinePull.Down => PinMode.InputPullDown, _ => PinMode.Input };
        Guard(context, chip, line, "opened as input", () => Free(controller, line).OpenPin(line, mode));
        return controller;
    }
}

/// <summary>Bias of an input.</summary>
public enum LinePull
{
    /// <summary>Left as the board has it.</summary>
    None,

    /// <summary>Pull-up.</summary>
    Up,

    /// <summary>Pull-down.</summary>
    Down,
}
