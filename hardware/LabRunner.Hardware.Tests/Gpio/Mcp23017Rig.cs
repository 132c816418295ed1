using System.Device.Gpio;
using System.Device.I2c;
using LabRunner.Hardware.Drivers.Gpio;
using LabRunner.Hardware.Drivers.Resources;
using LabRunner.Hardware.Tests.Drivers.Support;

namespace LabRunner.Hardware.Tests.Gpio;

/// <summary>The expander's driver on a bus behind which its registers are a model.</summary>
/// <param name="model">The registers.</param>
/// <param name="bus">The bus.</param>
/// <param name="adapter">What makes the bus, disposed after the driver; null where that is nothing.</param>
internal sealed class Mcp23017Rig(RegisterModel model, II2cBus bus, IDisposable? adapter = null) : IGpioRig
{
    private readonly Mcp23017Chip _chip = new(
        new Mcp23017ChipOptions { Bus = "i2c-1", Poll = TimeSpan.FromMilliseconds(1) }, new FakeContext().With("i2c-1", bus));

    public RegisterModel Model => model;

    public GpioDriver Driver => _chip.Driver;

    public int Output => 8;

    public int Input => 5;

    public bool OutputLevel => model.Level(Output);

    public void Drive(bool high) => model.Drive(Input, high);

    public async ValueTask DisposeAsync()
    {
        await _chip.DisposeAsync();
        adapter?.Dispose();
    }
}

/// <summary>A bus with one chip, whatever the address.</summary>
internal sealed class ModelBus(I2cDevice chip) : II2cBus
{
    public I2cDevice Open(int address) => chip;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
