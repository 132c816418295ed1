using System.Device.Pwm;
using LabRunner.Hardware.Drivers.Pulses;
using LabRunner.Hardware.Drivers.Pwm;
using LabRunner.Hardware.Drivers.Resources;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Tests.Drivers.Support;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Tests.Drivers;

/// <summary>The sysfs PWM on a folder that looks like /sys/class/pwm, and the pulse source over it and over whole-hertz channels.</summary>
[CancelAfter(60_000)]
public sealed class PwmTests
{
    private static readonly TimeSpan Width = TimeSpan.FromMicroseconds(38);

    private string _root = null!;

    [SetUp]
    public void Make()
    {
        _root = Directory.CreateTempSubdirectory("pwm").FullName;
        foreach ((int chip, string device) in ((int, string)[])[(0, "fe20c000.pwm"), (2, "1f00098000.pwm")])
        {
            string folder = Path.Combine(_root, $"pwmchip{chip}");
            for (int channel = 0; channel < 3; channel++)
            {
                Directory.CreateDirectory(Path.Combine(folder, $"pwm{channel}"));
                foreach (string file in (string[])["period", "duty_cycle", "enable"])
                {
                    File.WriteAllText(Path.Combine(folder, $"pwm{channel}", file), "0\n");
                }
            }

            File.CreateSymbolicLink(Path.Combine(folder, "device"), "../../devices/platform/" + device);
        }
    }

    [TearDown]
    public void Delete() => Directory.Delete(_root, recursive: true);

    [TestCase("1f00098000.pwm")]
    [TestCase("pwmchip2")]
    [TestCase("2")]
    public void Open_ByDeviceNameOrNumber_TheRightChip(string chip)
    {
        using PwmChannel channel = Chip(chip).Open(1);
        ((IPeriodPwm)channel).SetPeriod(1_000_000, 38_000);
        Assert.That(Read(2, 1, "period"), Is.EqualTo("1000000"));
    }

    [Test]
    public void Constructor_NoSuchChip_FaultListsThoseThereAre() =>
        Assert.That(() => Chip("pwmchip7"), Throws.TypeOf<BenchFaultException>().With.Message.Contains("pwmchip7").And.Message.Contains("pwmchip2 (1f00098000.pwm)"));

    [Test]
    public void SetPeriod_GrowingAndShrinking_PulseNeverLongerThanPeriod()
    {
        // A duty_cycle that cannot be written shows which file was written first.
        using PwmChannel channel = Chip("0").Open(0);
        IPeriodPwm exact = (IPeriodPwm)channel;
        exact.SetPeriod(1000, 900);
        string duty = Path.Combine(_root, "pwmchip0", "pwm0", "duty_cycle");
        File.Delete(duty);
        Directory.CreateDirectory(duty);
        Assert.That(() => exact.SetPeriod(5000, 4000), Throws.TypeOf<BenchFaultException>());
        Assert.That(Read(0, 0, "period"), Is.EqualTo("5000"), "growing: period first");
        Assert.That(() => exact.SetPeriod(500, 400), Throws.TypeOf<BenchFaultException>());
        Assert.That(Read(0, 0, "period"), Is.EqualTo("5000"), "shrinking: duty first, so the period is still the old one");
        Directory.Delete(duty);
        File.WriteAllText(duty, "0");
    }

    [Test]
    public async Task Pulses_FirstSet_EnablesLast(CancellationToken token)
    {
        await using PwmPulses pulses = Pulses(Chip("0"));
        string enable = Path.Combine(_root, "pwmchip0", "pwm0", "enable");
        File.Delete(enable);
        Directory.CreateDirectory(enable);
        await Assert.ThatAsync(() => pulses.SetAsync(PulseChannel.Cf, new Hertz(1000), Width, token), Throws.TypeOf<BenchFaultException>());
        Assert.That((Read(0, 0, "period"), Read(0, 0, "duty_cycle")), Is.EqualTo(("1000000", "38000")), "both were written when enabling failed");
        Directory.Delete(enable);
        File.WriteAllText(enable, "0");
    }

    [Test]
    public void SetPeriod_PulseLongerThanPeriod_Refused()
    {
        using PwmChannel channel = Chip("0").Open(0);
        Assert.That(() => ((IPeriodPwm)channel).SetPeriod(1000, 1001), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Open_LeftRunningByADeadProcess_Stopped()
    {
        File.WriteAllText(Path.Combine(_root, "pwmchip0", "pwm0", "enable"), "1");
        using PwmChannel channel = Chip("0").Open(0);
        Assert.That(Read(0, 0, "enable"), Is.EqualTo("0"));
    }

    [Test]
    public void Open_NoSuchChannel_Fault() =>
        Assert.That(() => Chip("0").Open(9), Throws.TypeOf<BenchFaultException>().With.Property(nameof(BenchFaultException.Kind)).EqualTo(FaultKind.Pulses));

    [TestCase(0.58)]
    [TestCase(77.7)]
    [TestCase(133.38)]
    [TestCase(2134.1)]
    public async Task Pulses_OverSysfs_NanosecondsAndHonestReadBack(double hertz, CancellationToken token)
    {
        await using PwmPulses pulses = Pulses(Chip("0"));
        await pulses.SetAsync(PulseChannel.Cf1Voltage, new Hertz(hertz), Width, token);
        PulseReadback back = await pulses.ReadBackAsync(PulseChannel.Cf1Voltage, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((Read(0, 1, "duty_cycle"), Read(0, 1, "enable"), Read(0, 0, "enable")), Is.EqualTo(("38000", "1", "0")));
            Assert.That(Math.Abs((back.Frequency.Value / hertz) - 1) * 1e6, Is.LessThanOrEqualTo(pulses.Capabilities.ResolutionPpm));
            Assert.That((back.Width, back.Emitted), Is.EqualTo((Width, (long?)null)));
        }

        await pulses.SetAsync(PulseChannel.Cf1Voltage, new Hertz(0), Width, token);
        Assert.That((Read(0, 1, "enable"), (await pulses.ReadBackAsync(PulseChannel.Cf1Voltage, token)).Frequency.Value), Is.EqualTo(("0", 0.0)));
    }

    [Test]
    public async Task Pulses_Disposed_AllStopped(CancellationToken token)
    {
        PwmPulses pulses = Pulses(Chip("0"));
        await pulses.SetAsync(PulseChannel.Cf, new Hertz(10), Width, token);
        await pulses.DisposeAsync();
        await pulses.DisposeAsync();
        Assert.That(Read(0, 0, "enable"), Is.EqualTo("0"));
    }

    [Test]
    public async Task Pulses_OverWholeHertz_CapabilitiesSaySo(CancellationToken token)
    {
        await using PwmPulses pulses = Pulses(new WholeHertzChip());
        await pulses.SetAsync(PulseChannel.Cf, new Hertz(77.7), Width, token);
        PulseReadback back = await pulses.ReadBackAsync(PulseChannel.Cf, token);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(back.Frequency.Value, Is.EqualTo(78));
            Assert.That(back.Width.TotalMicroseconds, Is.EqualTo(38).Within(0.2));
            Assert.That(pulses.Capabilities.ResolutionPpm, Is.GreaterThan(300_000), "1.5 Hz becomes 2 Hz");
            await Assert.ThatAsync(() => pulses.SetAsync(PulseChannel.Cf, new Hertz(0.58), Width, token), Throws.InstanceOf<ArgumentOutOfRangeException>());
        }
    }

    [Test]
    public async Task Pulses_DeviceProgramsSomethingElse_Fault(CancellationToken token)
    {
        await using PwmPulses pulses = Pulses(new WholeHertzChip { Wrong = true });
        await Assert.ThatAsync(
            () => pulses.SetAsync(PulseChannel.Cf, new Hertz(100), Width, token),
            Throws.TypeOf<BenchFaultException>().With.Message.Contains("Cf was told 100 Hz and reads back 200 Hz"));
    }

    [TestCase(10_001, 38)]
    [TestCase(-1, 38)]
    [TestCase(double.NaN, 38)]
    [TestCase(1000, 1000)]
    [TestCase(1000, 0)]
    public async Task Pulses_OutsideCapabilities_Refused(double hertz, double microseconds, CancellationToken token)
    {
        await using PwmPulses pulses = Pulses(Chip("0"));
        await Assert.ThatAsync(
            () => pulses.SetAsync(PulseChannel.Cf, new Hertz(hertz), TimeSpan.FromMicroseconds(microseconds), token), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private SysfsPwmChip Chip(string chip) => new(new SysfsPwmChipOptions { Chip = chip, Root = _root }, new FakeContext());

    private static PwmPulses Pulses(IPwmChip chip) =>
        new(new PwmPulsesOptions { Chip = "pwm", Cf = 0, Cf1Voltage = 1, Cf1Current = 2 }, new FakeContext().With("pwm", chip));

    private string Read(int chip, int channel, string file) => File.ReadAllText(Path.Combine(_root, $"pwmchip{chip}", $"pwm{channel}", file)).Trim();

    private sealed class WholeHertzChip : IPwmChip
    {
        public bool Wrong { get; init; }

        public PwmChannel Open(int channel) => new Channel(Wrong ? 2 : 1);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private sealed class Channel(int factor) : PwmChannel
        {
            private int _frequency = 400;

            public override int Frequency
            {
                get => _frequency * factor;
                set => _frequency = value;
            }

            public override double DutyCycle { get; set; }

            public override void Start()
            {
            }

            public override void Stop()
            {
            }
        }
    }
}
