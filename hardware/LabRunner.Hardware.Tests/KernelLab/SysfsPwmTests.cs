using System.Device.I2c;
using System.Device.Pwm;
using System.Globalization;
using LabRunner.Hardware.Drivers.Buttons;
using LabRunner.Hardware.Drivers.Pulses;
using LabRunner.Hardware.Drivers.Pwm;
using LabRunner.Hardware.Drivers.Resources;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Tests.Drivers.Support;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Tests.KernelLab;

/// <summary>
/// The sysfs PWM driver on a kernel's PWM class: its driver of the PCA9685, with the chip a model on a kernel's I2C bus. That chip knows 24 to
/// 1,526 Hz, one period for all outputs, and steps of 1/4,096 of it, to which its driver rounds a pulse up: the figures here are theirs.
/// </summary>
[TestFixture]
[Category("kernel-lab")]
[CancelAfter(60_000)]
internal sealed class SysfsPwmTests
{
    private const int Address = 0x41;

    private readonly Pca9685Model _chip = new();
    private UsbI2cBridge? _bridge;
    private string _adapter = "";
    private string _name = "";

    [SetUp]
    public async Task Plug()
    {
        _bridge = new UsbI2cBridge(new Dictionary<int, I2cDevice> { [Address] = _chip });
        int bus = await _bridge.BusAsync(CancellationToken.None);
        _adapter = string.Create(CultureInfo.InvariantCulture, $"/sys/bus/i2c/devices/i2c-{bus}");
        _name = string.Create(CultureInfo.InvariantCulture, $"{bus}-{Address:x4}");
        await File.WriteAllTextAsync(Path.Combine(_adapter, "new_device"), string.Create(CultureInfo.InvariantCulture, $"pca9685 0x{Address:x}"));
    }

    [TearDown]
    public void Pull()
    {
        if (Directory.Exists(_adapter))
        {
            File.WriteAllText(Path.Combine(_adapter, "delete_device"), string.Create(CultureInfo.InvariantCulture, $"0x{Address:x}"));
        }

        _bridge?.Dispose();
        _chip.Dispose();
    }

    // Out of the PCA9685's data sheet, equation 1: prescale = round(25 MHz / (4096 × f)) - 1.
    [TestCase(133.38, 38, 45)]
    [TestCase(777.0, 38, 7)]
    [TestCase(1333.8, 38, 4)]
    public async Task Pulses_Set_ReachTheChipAndReadBack(double hertz, int microseconds, int prescale, CancellationToken token)
    {
        await using PwmPulses pulses = Pulses();
        await pulses.SetAsync(PulseChannel.Cf1Current, new Hertz(hertz), TimeSpan.FromMicroseconds(microseconds), token);
        PulseReadback back = await pulses.ReadBackAsync(PulseChannel.Cf1Current, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_chip.Period, Is.EqualTo(TimeSpan.FromSeconds(4096 * (prescale + 1) / 25e6)));
            Assert.That(_chip.High(2), Is.EqualTo((int)Math.Ceiling(4096 * microseconds * 1e-6 * hertz)), "whole steps of the period, rounded up");
            Assert.That((_chip.High(0), _chip.High(1)), Is.EqualTo((0, 0)));
            Assert.That(back.Frequency.Value, Is.EqualTo(hertz).Within(hertz * 1e-5));
            Assert.That(back.Width, Is.EqualTo(TimeSpan.FromMicroseconds(microseconds)));
        }

        await pulses.SetAsync(PulseChannel.Cf1Current, new Hertz(0), TimeSpan.FromMicroseconds(microseconds), token);
        Assert.That(_chip.High(2), Is.Zero, "silent");
    }

    [Test]
    public void SetPeriod_GrowingAndShrinking_TheKernelTakesEveryWrite()
    {
        // The kernel refuses a period below the duty cycle and a duty cycle above the period, at every single write.
        using PwmChannel channel = Chip().Open(0);
        IPeriodPwm exact = (IPeriodPwm)channel;
        channel.Start();
        foreach ((long period, long duty) in ((long, long)[])[(1_000_000, 900_000), (40_000_000, 39_000_000), (2_000_000, 1_900_000), (2_000_000, 100_000), (700_000, 699_000)])
        {
            exact.SetPeriod(period, duty);
            Assert.That((exact.PeriodNanoseconds, exact.DutyNanoseconds, _chip.High(0)), Is.EqualTo((period, duty, (int)Math.Ceiling(4096.0 * duty / period))));
        }

        Assert.That(
            () => File.WriteAllText(Path.Combine("/sys/class/pwm", ChipFolder(), "pwm0", "period"), "600000"), Throws.InstanceOf<IOException>(), "that rule is this kernel's");
    }

    [Test]
    public async Task Pulses_FrequencyTheChipCannotMake_FaultAndSilence(CancellationToken token)
    {
        await using PwmPulses pulses = Pulses();
        await Assert.ThatAsync(
            () => pulses.SetAsync(PulseChannel.Cf, new Hertz(0.58), TimeSpan.FromMicroseconds(38), token),
            Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Pulses).And.Message.Contains("does not take 1724137931"));
        Assert.That(_chip.High(0), Is.Zero);
    }

    [Test]
    public void Open_LeftRunningByADeadProcess_StoppedAndGivenBackAtItsEnd()
    {
        string folder = Path.Combine("/sys/class/pwm", ChipFolder());
        File.WriteAllText(Path.Combine(folder, "export"), "3");
        File.WriteAllText(Path.Combine(folder, "pwm3", "period"), "1000000");
        File.WriteAllText(Path.Combine(folder, "pwm3", "duty_cycle"), "500000");
        File.WriteAllText(Path.Combine(folder, "pwm3", "enable"), "1");
        Assert.That(_chip.High(3), Is.EqualTo(2048));
        Chip().Open(3).Dispose();
        Assert.That(_chip.High(3), Is.Zero);
        Chip().Open(4).Dispose();
        Assert.That((Directory.Exists(Path.Combine(folder, "pwm3")), Directory.Exists(Path.Combine(folder, "pwm4"))), Is.EqualTo((true, false)), "it gives back what it took");
    }

    [Test]
    public async Task Servo_PressAndRelease_PulsesOnTheChip(CancellationToken token)
    {
        await using ServoButton button = new(
            new ServoButtonOptions { Chip = "pwm", Channel = 5, Rest = 1100, Press = 1450, Travel = TimeSpan.FromMilliseconds(1) }, new FakeContext().With("pwm", Chip()));
        int rest = _chip.High(5);
        await button.SetAsync(true, token);
        int press = _chip.High(5);
        await button.SetAsync(false, token);
        Assert.That((rest, press, _chip.High(5)), Is.EqualTo((226, 297, 226)), "1,100 and 1,450 of 20,000 µs in steps of 1/4,096, rounded up");
    }

    private SysfsPwmChip Chip() => new(new SysfsPwmChipOptions { Chip = _name }, new FakeContext());

    private PwmPulses Pulses() => new(new PwmPulsesOptions { Chip = "pwm", Cf = 0, Cf1Voltage = 1, Cf1Current = 2 }, new FakeContext().With("pwm", Chip()));

    private string ChipFolder() => Directory.GetDirectories("/sys/class/pwm", "pwmchip*").Select(Path.GetFileName).Single(
        chip => new DirectoryInfo(Path.Combine("/sys/class/pwm", chip!, "device")).LinkTarget!.TrimEnd('/').EndsWith(_name, StringComparison.Ordinal))!;
}
