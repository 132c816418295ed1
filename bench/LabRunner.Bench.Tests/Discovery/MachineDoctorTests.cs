using LabRunner.Bench.Hosting.Composition;
using LabRunner.Bench.Hosting.Discovery;
using LabRunner.Bench.Hosting.Discovery.Doctor;
using LabRunner.Bench.Inventory;
using static LabRunner.Bench.Tests.Discovery.DoctorCall;

namespace LabRunner.Bench.Tests.Discovery;

/// <summary>What the doctor says of a machine as a whole.</summary>
public sealed class MachineDoctorTests
{
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
}
