using LabRunner.Hardware.Drivers.Power;
using LabRunner.Hardware.Drivers.Sensing;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Power;
using LabRunner.Hardware.Sensing;
using LabRunner.Hardware.Tests.Drivers.Support;
using LabRunner.Hardware.Tests.Drivers.Support.PowerRigs;

namespace LabRunner.Hardware.Tests.Drivers;

/// <summary>Sensors against register models with the figures of their data sheets.</summary>
[CancelAfter(60_000)]
public sealed class SensorTests
{
    // SBOS547A table 8: bus LSB 1.25 mV (0x2570 = 11.98 V), shunt LSB 2.5 µV (0x1F40 = 20 mV, on 2 mΩ 10 A); a negative shunt is two's complement (0x8300 = -80 mV).
    [TestCase(0x2570, 0x1F40, 0.002, 11.98, 10)]
    [TestCase(0x0A50, 0x8300, 0.1, 3.3, -0.8)]
    [TestCase(0, 0, 0.1, 0, 0)]
    public async Task Ina226_Registers_VoltsAndAmperes(int bus, int shunt, double ohms, double volts, double amperes, CancellationToken token)
    {
        Registers chip = new() { [0xFE] = 0x5449, [1] = (ushort)shunt, [2] = (ushort)bus };
        await using Ina226 rail = new(new Ina226Options { Bus = "i2c", ShuntOhms = ohms }, new FakeContext().With("i2c", chip));
        RailReading reading = await rail.ReadAsync(token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(reading.Voltage.Value, Is.EqualTo(volts).Within(1e-9));
            Assert.That(reading.Current.Value, Is.EqualTo(amperes).Within(1e-9));
        }
    }

    [Test]
    public async Task Ina226_AnotherChipAtItsAddress_FaultInsteadOfWrongVolts(CancellationToken token)
    {
        await using Ina226 rail = new(new Ina226Options { Bus = "i2c" }, new FakeContext().With("i2c", new Registers { [0xFE] = 0xFFFF, [1] = 1, [2] = 1 }));
        await Assert.ThatAsync(() => rail.ReadAsync(token), Throws.TypeOf<BenchFaultException>().With.Message.Contains("INA226 at 0x40").And.Message.Contains("0xFFFF"));
    }

    // SBAS444 table 3, ±4.096 V: 125 µV a step, 0x7FFF = 4.095875 V.
    [Test]
    public async Task Ads1115_TwoInputs_EachItsOwnConversion(CancellationToken token)
    {
        using Ads1115Model chip = new(new Dictionary<int, double> { [0] = 1.65, [1] = 0.16 });
        await using Ads1115Rail rail = new(
            new Ads1115RailOptions { Bus = "i2c", Input = 0, VoltsPerVolt = 2, CurrentInput = 1, AmperesPerVolt = 0.5 }, new FakeContext().With("i2c", chip.Registers));
        RailReading reading = await rail.ReadAsync(token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(reading.Voltage.Value, Is.EqualTo(3.3).Within(250e-6));
            Assert.That(reading.Current.Value, Is.EqualTo(0.08).Within(63e-6));
        }
    }

    [Test]
    public async Task Ads1115_AnotherSlotTakesTheChip_ConvertsAgain(CancellationToken token)
    {
        using Ads1115Model chip = new(new Dictionary<int, double> { [0] = 1, [1] = 2, [3] = 3 }) { StolenBy = 3, Thefts = 2 };
        await using Ads1115Rail rail = new(
            new Ads1115RailOptions { Bus = "i2c", Input = 0, CurrentInput = 1, AmperesPerVolt = 1 }, new FakeContext().With("i2c", chip.Registers));
        RailReading reading = await rail.ReadAsync(token);
        Assert.That((Math.Round(reading.Voltage.Value, 3), Math.Round(reading.Current.Value, 3), chip.Thefts), Is.EqualTo((1.0, 2.0, 0)));
    }

    [Test]
    public async Task Ads1115_NeverReady_Fault(CancellationToken token)
    {
        using Ads1115Model chip = new(new Dictionary<int, double>()) { NeverReady = true };
        await using NtcTemperature sensor = new(new NtcTemperatureOptions { Bus = "i2c", Input = 2 }, new FakeContext().With("i2c", chip.Registers));
        await Assert.ThatAsync(() => sensor.ReadAsync(token), Throws.TypeOf<BenchFaultException>().With.Message.Contains("finished no conversion"));
    }

    // 10 k at 25 °C is half the supply; the beta equation gives 3,588 ohm at 50 °C and 33,621 ohm at 0 °C for B = 3950.
    [TestCase(10_000, 25)]
    [TestCase(3588, 50)]
    [TestCase(33_621, 0)]
    public async Task Ntc_Resistance_DegreesOfTheBetaEquation(double ohms, double degrees, CancellationToken token)
    {
        using Ads1115Model chip = new(new Dictionary<int, double> { [2] = 3.3 * ohms / (ohms + 10_000) });
        await using NtcTemperature sensor = new(new NtcTemperatureOptions { Bus = "i2c", Input = 2 }, new FakeContext().With("i2c", chip.Registers));
        Assert.That((await sensor.ReadAsync(token)).Value, Is.EqualTo(degrees).Within(0.05));
    }

    [TestCase(3.3, "open")]
    [TestCase(0.0, "shorted")]
    public async Task Ntc_WireGone_Fault(double volts, string word, CancellationToken token)
    {
        using Ads1115Model chip = new(new Dictionary<int, double> { [2] = volts });
        await using NtcTemperature sensor = new(new NtcTemperatureOptions { Bus = "i2c", Input = 2 }, new FakeContext().With("i2c", chip.Registers));
        await Assert.ThatAsync(() => sensor.ReadAsync(token), Throws.TypeOf<BenchFaultException>().With.Message.Contains(word));
    }

    [TestCase("72 01 4b 46 7f ff 0e 10 57 : crc=57 YES\n72 01 4b 46 7f ff 0e 10 57 t=23125\n", 23.125)]
    [TestCase("f8 ff 4b 46 7f ff 0e 10 57 : crc=57 YES\nf8 ff 4b 46 7f ff 0e 10 57 t=-500\n", -0.5)]
    [TestCase("48312\n", 48.312)]
    public async Task File_KernelsText_Degrees(string text, double degrees, CancellationToken token) =>
        Assert.That((await FileReadingAsync(text, token)).Value, Is.EqualTo(degrees).Within(1e-9));

    [TestCase("72 01 4b 46 7f ff 0e 10 57 : crc=57 NO\n72 01 4b 46 7f ff 0e 10 57 t=23125\n", "checksum")]
    [TestCase("50 05 4b 46 7f ff 0c 10 1c : crc=1c YES\n50 05 4b 46 7f ff 0c 10 1c t=85000\n", "power-on value")]
    [TestCase("none\n", "no temperature")]
    public async Task File_NoTemperature_Fault(string text, string word, CancellationToken token) =>
        await Assert.ThatAsync(() => FileReadingAsync(text, token), Throws.TypeOf<BenchFaultException>().With.Message.Contains(word));

    [Test]
    public async Task File_Missing_Fault(CancellationToken token) =>
        await Assert.ThatAsync(
            () => new FileTemperature(new FileTemperatureOptions { Path = "/sys/bus/w1/devices/28-0/w1_slave" }, new FakeContext()).ReadAsync(token),
            Throws.TypeOf<BenchFaultException>().With.Message.Contains("28-0/w1_slave"));

    [Test]
    public async Task Command_Output_TheNumberThatMatches(CancellationToken token)
    {
        await using CommandTemperature sensor = new(new CommandTemperatureOptions { Read = "echo probe 3: -4.5 C", Matches = @": ([0-9.-]+) C" }, new FakeContext());
        Assert.That((await sensor.ReadAsync(token)).Value, Is.EqualTo(-4.5));
    }

    [Test]
    public async Task Scpi_RailOfAChannel_IsTheSuppliesOwnMeasurement(CancellationToken token)
    {
        await using ScpiTcpRig rig = new();
        await rig.StartAsync();
        await using IPowerSwitch power = rig.Build();
        await using ScpiRail rail = new(new ScpiRailOptions { Bus = "psu", Select = "INST:NSEL 2" }, rig.Context);
        await power.SwitchAsync(PowerState.On, token);
        RailReading on = await rail.ReadAsync(token);
        await power.SwitchAsync(PowerState.Off, token);
        RailReading off = await rail.ReadAsync(token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((on.Voltage.Value, on.Current.Value, off.Voltage.Value), Is.EqualTo((3.3, 0.08, 0.0)));
            Assert.That((rig.Channels[1].Volts, rig.Channels[1].Amperes), Is.EqualTo((3.3, 0.5)));
            Assert.That(rig.Channels[0], Has.Property("Volts").EqualTo(0).And.Property("On").EqualTo(false), "the other channel is untouched");
        }
    }

    [Test]
    public async Task Scpi_SupplyReportsAnError_FaultWithItsWordsAndStaysOff(CancellationToken token)
    {
        await using ScpiTcpRig rig = new();
        await rig.StartAsync();
        await using ScpiPower power = new(new ScpiPowerOptions { Bus = "psu", Volts = 48, Amperes = 0.5 }, rig.Context);
        await Assert.ThatAsync(
            () => power.SwitchAsync(PowerState.On, token), Throws.TypeOf<BenchFaultException>().With.Message.Contains("-222,\"Data out of range\""));
        Assert.That(rig.Channels[0].On, Is.False);
    }

    private static async Task<Units.DegreesCelsius> FileReadingAsync(string text, CancellationToken token)
    {
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, text, token);
            return await new FileTemperature(new FileTemperatureOptions { Path = path }, new FakeContext()).ReadAsync(token);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
