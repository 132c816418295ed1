using System.Device.Gpio;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using LabRunner.Hardware.Drivers.Gpio;
using LabRunner.Hardware.Tests.Drivers.Support;

namespace LabRunner.Hardware.Tests.KernelLab;

/// <summary>This program as the owner of a line that a test kills: with the variable set it holds the line high and does nothing else.</summary>
internal static class LineHolder
{
    /// <summary>label:line.</summary>
    public const string Variable = "LABRUNNER_TEST_HOLDS";

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The program's Main is the test platform's: this runs before it.")]
    internal static void Hold()
    {
        if (Environment.GetEnvironmentVariable(Variable)?.Split(':') is not [string label, string line])
        {
            return;
        }

        using GpioController controller = new(new CdevGpioChip(new CdevGpioChipOptions { Label = label }, new FakeContext()).Driver);
        controller.OpenPin(int.Parse(line, CultureInfo.InvariantCulture), PinMode.Output, PinValue.High);
        Thread.CurrentThread.Join();
    }
}
