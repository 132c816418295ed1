using LabRunner.Bench.Hosting.Discovery;
using LabRunner.Bench.Hosting.Discovery.Doctor;
using static LabRunner.Bench.Tests.Discovery.DoctorCall;

namespace LabRunner.Bench.Tests.Discovery;

/// <summary>What the doctor says of chips, ports, buses and the right to them.</summary>
public sealed class DoctorHardwareTests
{
    [TestCase(false, CheckState.Warn)]
    [TestCase(true, CheckState.Wrong)]
    public async Task NoRightToTheChip_IsWrongOnlyForABenchThatNeedsIt(bool named, CheckState expected)
    {
        using FakeMachine machine = Machines.Pi4();

        IReadOnlyList<Finding> findings = await VisitAsync(machine, named ? Needs(Pi4Bench) : BenchNeeds.None);

        Finding chip = findings.First(finding => finding.Check == "gpio" && finding.Found.Contains("pinctrl-bcm2711", StringComparison.Ordinal));
        Assert.Multiple(() =>
        {
            Assert.That(chip.State, Is.EqualTo(expected));
            Assert.That(chip.Remedy, Does.Contain("usermod -aG gpio"));
        });
    }

    [Test]
    public async Task MissingConsoleChipAndBus_AreNamedWithWhatThereIs()
    {
        using FakeMachine machine = Machines.Pi3().Groups(Machines.Gpio, Machines.Dialout);

        IReadOnlyList<Finding> findings = await VisitAsync(machine, Needs(Pi4Bench));

        Assert.Multiple(() =>
        {
            Assert.That(Wrong("gpio").Found, Does.Contain("pinctrl-bcm2711"));
            Assert.That(Wrong("gpio").Remedy, Does.Contain("pinctrl-bcm2835"));
            Assert.That(Wrong("serial").Remedy, Does.Contain("usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0"));
            Assert.That(Wrong("i2c").Remedy, Does.Contain("raspi-config nonint do_i2c 0"));
            Assert.That(Wrong("pwm").Remedy, Does.Contain("dtoverlay=pwm-2chan"));
        });

        Finding Wrong(string check) => findings.First(finding => finding.Check == check && finding.State == CheckState.Wrong);
    }

    [TestCase("usb:1-1.3", true)]
    [TestCase("usb:1-1.3:1.0", true)]
    [TestCase("usb:1A86:7523", true)]
    [TestCase("usb:1-1.2", false)]
    public async Task Console_NamedByUsbPlaceOrKind_IsFound(string path, bool there)
    {
        using FakeMachine machine = Machines.Pi4().Root();
        BenchNeeds needs = BenchNeeds.None with { Consoles = new Dictionary<string, string> { ["s1"] = path } };

        IReadOnlyList<Finding> findings = await VisitAsync(machine, needs);

        Assert.That(findings.Any(finding => finding is { Check: "serial", State: CheckState.Wrong }), Is.EqualTo(!there));
    }

    [Test]
    public async Task PortOfASlot_HeldByAnotherProgram_IsWrongAndNamesIt()
    {
        using FakeMachine machine = Machines.Pi4().Groups(Machines.Gpio, Machines.Dialout, Machines.I2c);
        machine.File("/proc/4242/comm", "minicom").Link("/proc/4242/fd/3", "/dev/ttyUSB0");

        IReadOnlyList<Finding> findings = await VisitAsync(machine, Needs(Pi4Bench));

        Finding port = findings.First(finding => finding.Check == "serial" && finding.Found.Contains("/dev/ttyUSB0", StringComparison.Ordinal));
        Assert.Multiple(() =>
        {
            Assert.That(port.State, Is.EqualTo(CheckState.Wrong));
            Assert.That(port.Found, Does.Contain("minicom (process 4242)"));
        });
    }

    [Test]
    public async Task LoginPromptOnTheHeader_IsNamed_WithTheCommandThatFreesIt()
    {
        using FakeMachine machine = Machines.Pi5();

        IReadOnlyList<Finding> findings = await VisitAsync(machine, BenchNeeds.None);

        Finding port = findings.First(finding => finding.Check == "serial" && finding.Found.StartsWith("/dev/ttyAMA0", StringComparison.Ordinal));
        Assert.That(port.Remedy, Does.Contain("raspi-config nonint do_serial_cons 1").And.Contain("/boot/firmware/cmdline.txt"));
    }

    [TestCase("Y", null, CheckState.Warn, "strict_gpiod")]
    [TestCase("Y", "dtparam=strict_gpiod", CheckState.Warn, "reboot")]
    [TestCase("N", null, CheckState.Ok, null)]
    [TestCase(null, "dtparam=strict_gpiod", CheckState.Ok, null)]
    [TestCase(null, "[pi5]\ndtparam=strict_gpiod", CheckState.Warn, "strict_gpiod")]
    [TestCase(null, "#dtparam=strict_gpiod", CheckState.Warn, "strict_gpiod")]
    public async Task StrictGpio_GoesByTheKernelThenByItsConfiguration(string? kept, string? config, CheckState expected, string? remedy)
    {
        using FakeMachine machine = Machines.Pi3();
        machine.File("/boot/config.txt", config ?? "# nothing");
        if (kept is not null)
        {
            machine.File("/sys/module/pinctrl_bcm2835/parameters/persist_gpio_outputs", kept);
        }

        Finding strict = Of(await VisitAsync(machine, BenchNeeds.None), "strict_gpiod");

        Assert.Multiple(() =>
        {
            Assert.That(strict.State, Is.EqualTo(expected));
            Assert.That(strict.Remedy, remedy is null ? Is.Null : Does.Contain(remedy));
        });
    }

    [TestCase("/dev/ttyUSB0", true)]
    [TestCase("/dev/serial/by-path/platform-usb-0:1-1.3:1.0-port0", false)]
    [TestCase("/dev/serial/by-id/usb-1a86_USB_Serial-if00-port0", false)]
    public async Task ConsoleNamedByANumber_IsWarnedOf_WithTheNameThatStays(string path, bool warned)
    {
        using FakeMachine machine = Machines.Pi4().Root();
        BenchNeeds needs = BenchNeeds.None with { Consoles = new Dictionary<string, string> { ["s1"] = path } };

        Finding[] unstable = [.. (await VisitAsync(machine, needs)).Where(finding => finding.Found.Contains("after the next start", StringComparison.Ordinal))];

        Assert.That(
            unstable.Select(finding => (finding.State, finding.Remedy)),
            Is.EqualTo(warned ? new[] { (CheckState.Warn, (string?)"name /dev/serial/by-path/platform-usb-0:1-1.3:1.0-port0 in the inventory") } : []));
    }

    [TestCase("", "echo dtoverlay=pwm-2chan")]
    [TestCase("[all]\ndtoverlay=pwm-2chan,pin=12", "asks for the overlay pwm-2chan: sudo reboot")]
    [TestCase("[pi4]\ndtoverlay=pwm-2chan", "echo dtoverlay=pwm-2chan")]
    public async Task MissingPwmChip_IsMendedByTheOverlay_OrByTheStartThatLoadsIt(string config, string remedy)
    {
        using FakeMachine machine = Machines.Pi3().Root();
        machine.File("/boot/config.txt", config);

        Finding pwm = (await VisitAsync(machine, Needs(Pi4Bench))).First(finding => finding.Check == "pwm");

        Assert.Multiple(() =>
        {
            Assert.That(pwm.State, Is.EqualTo(CheckState.Wrong));
            Assert.That(pwm.Remedy, Does.Contain(remedy));
        });
    }
}
