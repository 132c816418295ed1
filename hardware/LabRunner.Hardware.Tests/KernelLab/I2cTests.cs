using System.Device.I2c;
using LabRunner.Hardware.Drivers.I2c;
using LabRunner.Hardware.Drivers.Resources;
using LabRunner.Hardware.Drivers.Sensing;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Sensing;
using LabRunner.Hardware.Tests.Drivers.Support;
using LabRunner.Hardware.Tests.Gpio;

namespace LabRunner.Hardware.Tests.KernelLab;

/// <summary>The I2C drivers through a kernel's /dev/i2c-N, its core and a bus driver of its own; only the chips behind them are models.</summary>
[TestFixture]
[Category("kernel-lab")]
[CancelAfter(60_000)]
internal sealed class I2cTests
{
    [Test]
    public async Task Rails_OfThreeKindsOnOneBus_VoltsAndAmperes(CancellationToken token)
    {
        Registers ina219 = new() { [2] = 0x2028, [1] = 0x04B0 };
        Registers ina226 = new() { [0xFE] = 0x5449, [2] = 0x0A50, [1] = 0x8300 };
        using Ads1115Model ads1115 = new(new Dictionary<int, double> { [0] = 1.65, [1] = 0.16 });
        using UsbI2cBridge bridge = new(new Dictionary<int, I2cDevice>
        {
            [0x40] = ina219.Open(0x40), [0x45] = ina226.Open(0x45), [0x48] = ads1115.Registers.Open(0x48),
        });
        FakeContext context = new FakeContext().With("i2c", await BusAsync(bridge, token));
        await using Ina219 first = new(new Ina219Options { Bus = "i2c" }, context);
        await using Ina226 second = new(new Ina226Options { Bus = "i2c", Address = 0x45 }, context);
        await using Ads1115Rail third = new(
            new Ads1115RailOptions { Bus = "i2c", Input = 0, VoltsPerVolt = 2, CurrentInput = 1, AmperesPerVolt = 0.5 }, context);

        // At once, as slots do: the kernel takes the transfers of one bus one after the other.
        RailReading[] readings = await Task.WhenAll(Task.Run(() => first.ReadAsync(token), token), Task.Run(() => second.ReadAsync(token), token), third.ReadAsync(token));
        Assert.That(
            readings.Select(reading => (Math.Round(reading.Voltage.Value, 3), Math.Round(reading.Current.Value, 3))),
            Is.EqualTo(new[] { (4.116, 0.12), (3.3, -0.8), (3.3, 0.08) }));
    }

    [Test]
    public async Task Ina219_NobodyAcknowledgesTheAddress_FaultNamesIt(CancellationToken token)
    {
        using UsbI2cBridge bridge = new(new Dictionary<int, I2cDevice>());
        await using Ina219 rail = new(new Ina219Options { Bus = "i2c", Address = 0x45 }, new FakeContext().With("i2c", await BusAsync(bridge, token)));
        await Assert.ThatAsync(
            () => rail.ReadAsync(token), Throws.TypeOf<BenchFaultException>().With.Message.Contains("the INA219 at 0x45 on 'i2c' did not answer").And.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Power));
    }

    [Test]
    public async Task Ina219_BridgePulledAndPluggedIn_FaultThenANewBusWorks(CancellationToken token)
    {
        Registers chip = new() { [2] = 0x2028, [1] = 0x04B0 };
        Dictionary<int, I2cDevice> chips = new() { [0x40] = chip.Open(0x40) };
        using (UsbI2cBridge bridge = new(chips))
        {
            await using Ina219 rail = new(new Ina219Options { Bus = "i2c" }, new FakeContext().With("i2c", await BusAsync(bridge, token)));
            await rail.ReadAsync(token);
            chips.Clear();
            await Assert.ThatAsync(() => rail.ReadAsync(token), Throws.TypeOf<BenchFaultException>(), "a chip that fell off its bus");
            chips[0x40] = chip.Open(0x40);
            Assert.That((await rail.ReadAsync(token)).Voltage.Value, Is.EqualTo(4.116).Within(1e-9), "and is back");
        }

        using UsbI2cBridge again = new(chips);
        await using Ina219 same = new(new Ina219Options { Bus = "i2c" }, new FakeContext().With("i2c", await BusAsync(again, token)));
        Assert.That((await same.ReadAsync(token)).Voltage.Value, Is.EqualTo(4.116).Within(1e-9));
    }

    internal static async Task<II2cBus> BusAsync(UsbI2cBridge bridge, CancellationToken token) =>
        new LinuxI2cBus(new LinuxI2cBusOptions { Bus = await bridge.BusAsync(token) }, new FakeContext());
}

/// <summary>The expander's driver on a kernel's bus: what GpioController promises, as on every chip.</summary>
[TestFixture]
[Category("kernel-lab")]
internal sealed class Mcp23017LabTests : GpioConformance
{
    protected override async Task<IGpioRig> MakeAsync()
    {
        RegisterModel model = new();
        UsbI2cBridge bridge = new(new Dictionary<int, I2cDevice> { [0x20] = model });
        return new Mcp23017Rig(model, await I2cTests.BusAsync(bridge, CancellationToken.None), bridge);
    }
}
