using LabRunner.Bench.Hosting.Composition;
using LabRunner.Bench.Hosting.Discovery;
using LabRunner.Bench.Hosting.Discovery.Doctor;
using LabRunner.Bench.Inventory;

namespace LabRunner.Bench.Tests.Discovery;

public sealed class MachineDoctorTests
{
    private const string Runs = "/home/pi/runs";

    private const string Pi4Bench =
        """
        bench: lab4
        mqtt: { broker: "192.168.4.1:1883" }
        resources:
          pi: { kind: gpio, driver: cdev, label: pinctrl-bcm2711 }
          pulses: { kind: pwm, driver: sysfs, chip: fe20c000.pwm }
          rail: { kind: i2c, driver: linux, bus: 1 }
        slots:
          s1:
            board: sm-028-v1.3-b17
            isolated: true
            power: { driver: gpio, chip: pi, line: 17 }
            console: { driver: tty, path: "/dev/serial/by-path/platform-usb-0:1-1.3:1.0-port0" }
            ping: { driver: icmp }
            http: "192.168.4.21:80"
        """;

    private const string FlasherBench =
        """
        bench: esp
        resources:
          pi: { kind: gpio, driver: cdev, label: pinctrl-bcm2711 }
        slots:
          s1:
            board: gosund-sp111
            isolated: true
            power: { driver: gpio, chip: pi, line: 17 }
            bootStrap: { driver: gpio, chip: pi, line: 22 }
          s2:
            board: gosund-sp111
            isolated: true
            power: { driver: gpio, chip: pi, line: 18 }
            bootStrap: { driver: gpio, chip: pi, line: 23 }
        """;

    [Test]
    public async Task Pc_WithoutAnyHardware_HasNothingWrong()
    {
        using FakeMachine machine = Machines.Pc();

        IReadOnlyList<Finding> findings = await VisitAsync(machine, BenchNeeds.None);

        Assert.Multiple(() =>
        {
            Assert.That(findings.Where(finding => finding.State == CheckState.Wrong), Is.Empty);
            Assert.That(Of(findings, "gpio").State, Is.EqualTo(CheckState.NotApplicable));
            Assert.That(Of(findings, "supply").State, Is.EqualTo(CheckState.NotApplicable));
        });
    }

    [Test]
    public async Task EveryBadFinding_NamesARemedy()
    {
        using FakeMachine machine = Machines.Pi5();
        machine.Synchronised = false;
        machine.Loopback = false;
        machine.Disk = new(1, 1, false, "8:1");
        machine.File("/proc/sys/net/ipv4/ping_group_range", "1\t0").File("/proc/77/comm", "ModemManager").File("/sys/class/thermal/thermal_zone0/temp", "81000");

        IReadOnlyList<Finding> findings = await VisitAsync(machine, Needs(Pi4Bench));

        Finding[] bad = [.. findings.Where(finding => finding.State is CheckState.Warn or CheckState.Wrong)];
        Assert.Multiple(() =>
        {
            Assert.That(
                bad.Select(finding => finding.Check).Distinct(),
                Is.SupersetOf(new[] { "gpio", "strict_gpiod", "pwm", "i2c", "serial", "port-users", "ping", "loopback", "mqtt", "time", "temperature", "disk", "chromium" }));
            Assert.That(bad.Where(finding => string.IsNullOrEmpty(finding.Remedy)), Is.Empty);
            Assert.That(findings.Where(finding => $"{finding.Found}{finding.Remedy}".Contains('\n', StringComparison.Ordinal)), Is.Empty);
        });
    }

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
    public async Task Pi4_WithItsGroupsAndBroker_IsFitForItsBench()
    {
        using FakeMachine machine = Machines.Pi4().Groups(Machines.Dialout, Machines.Gpio, Machines.I2c);
        machine.Listening.Add("192.168.4.1:1883");

        IReadOnlyList<Finding> findings = await VisitAsync(machine, Needs(Pi4Bench));

        Assert.Multiple(() =>
        {
            Assert.That(findings.Where(finding => finding.State == CheckState.Wrong), Is.Empty);
            Assert.That(Of(findings, "strict_gpiod").State, Is.EqualTo(CheckState.Ok));
            Assert.That(Of(findings, "mqtt").Found, Does.Contain("192.168.4.1:1883"));
        });
    }

    [Test]
    public async Task Root_MayUseEverything()
    {
        using FakeMachine machine = Machines.Pi4().Root();

        IReadOnlyList<Finding> findings = await VisitAsync(machine, BenchNeeds.None);

        Assert.That(findings.Where(finding => finding.Found.Contains("may not", StringComparison.Ordinal)), Is.Empty);
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

    [TestCase("0", CheckState.Ok, "no under-voltage")]
    [TestCase("50005", CheckState.Warn, "below 4.63 V now")]
    [TestCase("0x50000", CheckState.Warn, "below 4.63 V since the start")]
    [TestCase("80008", CheckState.Warn, "temperature limit now")]
    [TestCase("nonsense", CheckState.Warn, "does not tell")]
    public async Task Supply_IsReadFromTheFirmware(string bits, CheckState expected, string says)
    {
        using FakeMachine machine = Machines.Pi3();
        machine.File("/sys/devices/platform/soc/soc:firmware/get_throttled", bits);

        Finding supply = Of(await VisitAsync(machine, BenchNeeds.None), "supply");

        Assert.Multiple(() =>
        {
            Assert.That(supply.State, Is.EqualTo(expected));
            Assert.That(supply.Found, Does.Contain(says));
        });
    }

    [Test]
    public async Task Supply_OfAPi5_IsFoundBelowItsOtherParent_AndElseAskedOfVcgencmd()
    {
        using FakeMachine pi5 = Machines.Pi5();
        using FakeMachine pi4 = Machines.Pi4();
        pi4.File("/sys/devices/platform/soc/soc:firmware/get_throttled", "");
        pi4.Programs["vcgencmd"] = new(0, "throttled=0x10000", "");

        Finding fromFile = Of(await VisitAsync(pi5, BenchNeeds.None), "supply");
        Finding fromProgram = Of(await VisitAsync(pi4, BenchNeeds.None), "supply");

        Assert.Multiple(() =>
        {
            Assert.That(fromFile.State, Is.EqualTo(CheckState.Ok));
            Assert.That(pi5.Ran, Has.None.StartsWith("vcgencmd"));
            Assert.That(fromProgram.Found, Does.Contain("since the start"));
        });
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

    [TestCase(true, 50L << 30, 1_000_000L, CheckState.Wrong)]
    [TestCase(false, 50L << 20, 1_000_000L, CheckState.Wrong)]
    [TestCase(false, 500L << 20, 1_000_000L, CheckState.Warn)]
    [TestCase(false, 50L << 30, 100L, CheckState.Warn)]
    [TestCase(false, 50L << 30, 1_000_000L, CheckState.Ok)]
    public async Task Disk_IsJudgedByRightRoomAndFiles(bool readOnly, long free, long inodes, CheckState expected)
    {
        using FakeMachine machine = Machines.Pc();
        machine.Disk = new(free, inodes, readOnly, "8:1");

        Assert.That(Of(await VisitAsync(machine, BenchNeeds.None), "disk").State, Is.EqualTo(expected));
    }

    [TestCase(null, CheckState.Warn)]
    [TestCase("0x02 0x01", CheckState.Ok)]
    [TestCase("0x02 0x09", CheckState.Warn)]
    public async Task CardUnderTheRuns_TellsItsWearWhereItCan(string? life, CheckState expected)
    {
        using FakeMachine machine = Machines.Pi4();
        machine.Disk = new(50L << 30, null, false, "179:2");
        machine.Folder("/sys/devices/platform/mmc0/block/mmcblk0/mmcblk0p2").Link("/sys/dev/block/179:2", "../../devices/platform/mmc0/block/mmcblk0/mmcblk0p2");
        if (life is not null)
        {
            machine.File("/sys/block/mmcblk0/device/life_time", life);
        }

        Assert.That(Of(await VisitAsync(machine, BenchNeeds.None), "wear").State, Is.EqualTo(expected));
    }

    [TestCase("1\t0", false)]
    [TestCase("0\t2147483647", true)]
    [TestCase("1000\t1000", true)]
    [TestCase("1001\t1001", false)]
    public async Task Ping_GoesByTheGroupRange(string range, bool may)
    {
        using FakeMachine machine = Machines.Pi4();
        machine.File("/proc/sys/net/ipv4/ping_group_range", range);

        Assert.That(Of(await VisitAsync(machine, Needs(Pi4Bench)), "ping").State, Is.EqualTo(may ? CheckState.Ok : CheckState.Wrong));
    }

    [Test]
    public async Task Flasher_MissingProgram_IsWrongAndSaysWhereItIsHad()
    {
        using FakeMachine machine = Machines.Pi4().Root();

        Finding flashers = Of(await VisitAsync(machine, Needs(FlasherBench)), "flashers");

        Assert.Multiple(() =>
        {
            Assert.That(flashers.State, Is.EqualTo(CheckState.Wrong));
            Assert.That(flashers.Found, Does.StartWith("esptool.py or esptool is missing, which flashes slot s1, s2"));
            Assert.That(flashers.Remedy, Does.Contain("https://github.com/espressif/esptool"));
        });
    }

    [TestCase("esptool.py v4.8.1\n4.8.1", 0, CheckState.Ok, "esptool 4.8.1 at /usr/bin/esptool.py for slot s1, s2")]
    [TestCase("Traceback (most recent call last):", 1, CheckState.Wrong, "does not say its version (exit code 1)")]
    [TestCase(null, 0, CheckState.Wrong, "does not say its version (no answer in 10 s)")]
    public async Task Flasher_ProgramInPath_IsAskedForItsVersion(string? says, int code, CheckState expected, string found)
    {
        const string Program = "/usr/bin/esptool.py";
        using FakeMachine machine = Machines.Pi4().Root();
        machine.File(Program, "");
        if (says is not null)
        {
            machine.Programs[Program] = new(code, says, "");
        }

        Finding flashers = Of(await VisitAsync(machine, Needs(FlasherBench)), "flashers");

        Assert.Multiple(() =>
        {
            Assert.That(flashers.State, Is.EqualTo(expected));
            Assert.That(flashers.Found, Does.Contain(found));
            Assert.That(machine.Ran, Has.Some.StartsWith(Program));
        });
    }

    [Test]
    public async Task Flashers_NoSlotNamesOne_AreNotLookedFor()
    {
        using FakeMachine machine = Machines.Pi4().Root();

        Assert.That(Of(await VisitAsync(machine, Needs(Pi4Bench)), "flashers").State, Is.EqualTo(CheckState.NotApplicable));
    }

    [Test]
    public async Task VirtualBench_NeedsNothingOfTheMachine()
    {
        using FakeMachine machine = Machines.Pc();
        BenchFolders folders = BenchFolders.Find();
        BenchNeeds needs = BenchNeeds.Of(InventoryLoader.Load(folders.InventoryFile("virtual"), new DriverCatalogue(), null, folders.Boards));

        IReadOnlyList<Finding> findings = await VisitAsync(machine, needs);

        Assert.Multiple(() =>
        {
            Assert.That(needs.Consoles, Is.Empty);
            Assert.That(needs.MqttHost, Is.Null);
            Assert.That(findings.Where(finding => finding.State == CheckState.Wrong), Is.Empty);
        });
    }

    [Test]
    public async Task ThisMachine_AnswersEveryCheck()
    {
        using FakeMachine one = Machines.Pc();

        IReadOnlyList<Finding> here = await MachineDoctor.VisitAsync(new LinuxMachine(), BenchNeeds.None, Path.GetFullPath("runs"), CancellationToken.None);
        IReadOnlyList<Finding> there = await VisitAsync(one, BenchNeeds.None);

        Assert.Multiple(() =>
        {
            Assert.That(here.Select(finding => finding.Check).Distinct(), Is.SupersetOf(there.Select(finding => finding.Check).Distinct()));
            Assert.That(here.Single(finding => finding.Check == "loopback").State, Is.EqualTo(CheckState.Ok));
            Assert.That(here.Single(finding => finding.Check == "disk").Found, Does.Contain("GiB free"));
        });
    }

    private static Task<IReadOnlyList<Finding>> VisitAsync(FakeMachine machine, BenchNeeds needs) => MachineDoctor.VisitAsync(machine, needs, Runs, CancellationToken.None);

    private static BenchNeeds Needs(string yaml) => BenchNeeds.Of(InventoryLoader.LoadText("lab4.yaml", yaml, new DriverCatalogue(), null, BenchFolders.Find().Boards));

    private static Finding Of(IReadOnlyList<Finding> findings, string check) => findings.Single(finding => finding.Check == check);
}
