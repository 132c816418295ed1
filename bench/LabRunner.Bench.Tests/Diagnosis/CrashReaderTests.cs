using LabRunner.Bench.Diagnosis;

namespace LabRunner.Bench.Tests.Diagnosis;

public sealed class CrashReaderTests
{
    private static readonly string[] Dump =
    [
        "Current task sp data:", "RA: 2308b852, mstatus: 80007880", "Exception Entry--->>>", "mcause 38000005, mepc 2308b834, mtval c202d41c", "Exception code: 5", "  msg: Load access fault",
    ];

    [Test]
    public void Read_WholeDump_GivesCodeAddressesAndBuild()
    {
        CrashSignature crash = Read(["OpenBL602, version 1.18.158", "Info:HTTP:request 17 from 192.168.7.2", .. Dump])!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That((crash.Code, crash.Message, crash.Mcause, crash.Mepc, crash.Mtval), Is.EqualTo((5, "Load access fault", "38000005", "2308b834", "c202d41c")));
            Assert.That(crash.InBuild, Is.EqualTo("code 5 at 2308b834 in 1.18.158"));
            Assert.That(crash.AcrossBuilds, Is.EqualTo("code 5 after \"Info:HTTP:request # from #.#.#.#\""));
            Assert.That(crash.Short, Is.EqualTo("Load access fault at 2308b834"));
        }
    }

    [Test]
    public void Read_SameCrashOfTwoBuilds_GroupsAcrossThemAndNotWithinOne()
    {
        CrashSignature old = Read(["Build Version: 1.18.158", "Info:MQTT:publish 12", .. Dump])!;
        CrashSignature fresh = Read(["Build Version: 1.18.159", "Info:MQTT:publish 977", .. Dump.Select(l => l.Replace("2308b834", "2308c000", StringComparison.Ordinal))])!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(fresh.InBuild, Is.Not.EqualTo(old.InBuild));
            Assert.That(fresh.AcrossBuilds, Is.EqualTo(old.AcrossBuilds));
        }
    }

    [Test]
    public void Read_HeartbeatBeforeTheDump_IsNotItsLastLine()
    {
        CrashSignature crash = Read(["Info:CMD:cmd 3", "Info:MAIN:Time 90, idle 0/s, free 95000, MQTT 1(1), bWifi 1, secondsWithNoPing -1, socks 2/21 ", .. Dump])!;

        Assert.That(crash.LastLine, Is.EqualTo("Info:CMD:cmd #"));
    }

    [Test]
    public void Read_DumpCutByTheReset_StillTellsWhatCame()
    {
        CrashSignature crash = Read([.. Dump[..4], "Starting bl602 now...."])!;

        Assert.That((crash.Code, crash.Mepc, crash.InBuild), Is.EqualTo(((int?)null, "2308b834", "code ? at 2308b834 in an unknown build")));
    }

    [TestCase("Exception Entry--->>>", "Starting bl602 now....")]
    [TestCase("mcause 38000005, mepc 2308b834, mtval c202d41c", "  msg: Load access fault")]
    public void Read_NoDumpOrAnEmptyOne_IsNoCrash(params string[] lines) => Assert.That(Read(lines), Is.Null);

    private static CrashSignature? Read(string[] lines)
    {
        CrashReader reader = new();
        return lines.Select(reader.Read).OfType<CrashSignature>().SingleOrDefault();
    }
}
