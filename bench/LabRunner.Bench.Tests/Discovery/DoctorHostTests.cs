using LabRunner.Bench.Hosting.Discovery;
using LabRunner.Bench.Hosting.Discovery.Doctor;
using static LabRunner.Bench.Tests.Discovery.DoctorCall;

namespace LabRunner.Bench.Tests.Discovery;

/// <summary>What the doctor says of supply, disk and network of a machine.</summary>
public sealed class DoctorHostTests
{
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
}
