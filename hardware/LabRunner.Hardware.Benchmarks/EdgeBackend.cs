using System.Device.Gpio;
using LabRunner.Hardware.Drivers.Gpio;
using LabRunner.Hardware.Drivers.Resources;
using LabRunner.Hardware.Tests.KernelLab;

namespace LabRunner.Hardware.Benchmarks;

/// <summary>A GPIO driver under measurement, used as <see cref="GpioController"/> offers it: both by the same callback.</summary>
internal sealed class EdgeBackend(Func<string, IGpioChip> open)
{
    /// <summary>The line that is pulled.</summary>
    public const int Line = 2;

    public static EdgeBackend Cdev { get; } = new(label => new CdevGpioChip(new CdevGpioChipOptions { Label = label }, Backend.Own));

    public static EdgeBackend LibGpiod { get; } = new(label => new LibGpiodChip(new LibGpiodChipOptions { Label = label }, Backend.Own));

    /// <summary>Runs with a chip whose line is low and whose edges are told.</summary>
    public T With<T>(Action edge, Func<GpioSimChip, T> measure)
    {
        using GpioSimChip chip = new(4, new Dictionary<int, string>(), new Dictionary<int, string>());
        chip.Pull(Line, false);
        using GpioController controller = new(open(chip.Label).Driver);
        controller.OpenPin(Line, PinMode.Input);
        controller.RegisterCallbackForPinValueChangedEvent(Line, PinEventTypes.Rising | PinEventTypes.Falling, (_, _) => edge());

        // Libgpiod's task may not be waiting yet when the registration returns.
        using ManualResetEventSlim never = new();
        never.Wait(TimeSpan.FromMilliseconds(300));
        return measure(chip);
    }
}
