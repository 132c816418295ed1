using LabRunner.Bench.Hosting.Discovery;
using LabRunner.Bench.Hosting.Discovery.Doctor;
using static LabRunner.Bench.Tests.Discovery.DoctorCall;

namespace LabRunner.Bench.Tests.Discovery;

/// <summary>What the doctor says of programs that are needed, and of the station as a service.</summary>
public sealed class DoctorProgramTests
{
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
    public async Task Station_ThatIsNotInstalled_IsNotApplicable()
    {
        using FakeMachine machine = Machines.Pi4();

        Assert.That(Of(await VisitAsync(machine, BenchNeeds.None), "station").State, Is.EqualTo(CheckState.NotApplicable));
    }

    [TestCase("active", CheckState.Ok, null)]
    [TestCase("failed", CheckState.Warn, "journalctl -u labrunner-station")]
    public async Task Station_IsAskedOfSystemd(string state, CheckState expected, string? remedy)
    {
        using FakeMachine machine = Machines.Pi4();
        machine.File("/usr/lib/systemd/system/labrunner-station.service", "").File("/etc/group", "dialout:x:20:labrunner\ngpio:x:997:pi,labrunner\ni2c:x:994:labrunner");
        machine.Programs["systemctl"] = new(state == "active" ? 0 : 3, state, "");

        Finding station = Of(await VisitAsync(machine, BenchNeeds.None), "station");

        Assert.Multiple(() =>
        {
            Assert.That(station.State, Is.EqualTo(expected));
            Assert.That(station.Remedy, remedy is null ? Is.Null : Does.Contain(remedy));
        });
    }

    [Test]
    public async Task Station_WhoseAccountLacksAGroup_IsToldWhichAndWhatFor()
    {
        using FakeMachine machine = Machines.Pi4();
        machine.File("/usr/lib/systemd/system/labrunner-station.service", "").File("/etc/group", "dialout:x:20:labrunner\ngpio:x:997:pi\ni2c:x:994:");

        Finding station = Of(await VisitAsync(machine, BenchNeeds.None), "station");

        Assert.Multiple(() =>
        {
            Assert.That(station.State, Is.EqualTo(CheckState.Warn));
            Assert.That(station.Found, Does.Contain("gpio (GPIO and PWM), i2c (I2C)"));
            Assert.That(station.Remedy, Is.EqualTo("sudo usermod -aG gpio,i2c labrunner, then sudo systemctl restart labrunner-station"));
        });
    }
}
