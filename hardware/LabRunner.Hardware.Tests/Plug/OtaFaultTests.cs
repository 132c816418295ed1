using LabRunner.Hardware.Images;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Hardware.Tests.Plug;

/// <summary>Failure modes of updates, F30 to F39.</summary>
[TestFixture]
public sealed class OtaFaultTests
{
    private static readonly byte[] Image = VirtualFirmwareImage.Build("1.18.159");

    [Test]
    public void F30_AnswerLost_ResetsTheConnectionAndTheImageRuns()
    {
        PlugBench bench = Bench("F30", ("probability", "0"), ("answer", "lost"));
        ClientEnd client = OtaTests.Upload(bench, Image, sendAll: true);
        bench.Run(10);
        bench.PowerCycle(3, 20);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((client.Text, client.ClosedByReset), Is.EqualTo(("", true)));
            Assert.That(bench.Get("/api/info"), Does.Contain("1.18.159"));
        }
    }

    [TestCase("1000", true)]
    [TestCase("1000000", false)]
    public void F31_Upload_CrashesAboveTheRateOnly(string rate, bool crashes)
    {
        PlugBench bench = Bench("F31", ("bytesPerSecond", rate));
        ClientEnd client = OtaTests.Upload(bench, Image, sendAll: true);
        bench.Run(10);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Uart.Contains("msg: Load access fault", StringComparison.Ordinal), Is.EqualTo(crashes));
            Assert.That(client.Text.Length > 0, Is.EqualTo(!crashes));
        }
    }

    [Test]
    public void F32_Abandoned_WebIsGoneUntilAReset()
    {
        PlugBench bench = Bench("F32");
        Abandon(bench);
        Assert.That(bench.Plug.OpenConnection(new ClientEnd()), Is.Null);
        bench.PowerCycle(3, 12);
        Assert.That(bench.Get("/api/info"), Does.Contain("1.18.158"));
    }

    [Test]
    public void F32_AbandonedInLoopMode_WatchdogResets()
    {
        PlugBench bench = Bench("F32", ("mode", "loop"));
        Abandon(bench);
        bench.Run(15);
        Assert.That(bench.Get("/index?state=1"), Does.Contain("BL_RST_SOFTWARE_WATCHDOG"));
    }

    [TestCase("F33")]
    [TestCase("F34")]
    public void F33F34_WrongFile_IsTakenAndNothingBoots(string mode)
    {
        PlugBench bench = Bench(mode);
        byte[] file = mode == "F33" ? new byte[100_000] : OtaImage.Wrap(new byte[OtaImage.SlotLength + 1000]);
        ClientEnd client = OtaTests.Upload(bench, file, sendAll: true);
        bench.Run(15);
        Assert.That(client.Text, Does.StartWith("HTTP/1.1 200 OK\n"));
        bench.PowerCycle(3, 15);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Plug.Reachable, Is.False);
            Assert.That(bench.Plug.BootableVersion, Is.Null);
        }
    }

    [Test]
    public void F35_FlippedBit_IsTaken()
    {
        PlugBench bench = Bench("F35");
        byte[] file = [.. Image];
        file[^1] ^= 1;
        ClientEnd client = OtaTests.Upload(bench, file, sendAll: true);
        bench.Run(10);
        Assert.That(client.Text, Does.StartWith("HTTP/1.1 200 OK\n"));
    }

    [Test]
    public void F36_LengthThatLies_Crashes()
    {
        PlugBench bench = Bench("F36");
        OtaTests.Upload(bench, Image[..^1000], sendAll: true);
        bench.Run(10);
        Assert.That(bench.Uart, Does.Contain("msg: Load access fault"));
    }

    [TestCase("erase", 0.5)]
    [TestCase("write", 2)]
    [TestCase("unpack", -1)]
    public void F37_CutInThePhase_LeavesABrickThatTheRomCanFlash(string phase, double after)
    {
        PlugBench bench = Bench("F37", ("phase", phase));
        OtaTests.Upload(bench, Image, sendAll: after < 0);
        bench.Run(after < 0 ? 10 : after);
        bench.PowerCycle(3, after < 0 ? 1 : 12);
        bench.PowerCycle(3, 15);
        Assert.That(bench.Plug.BootableVersion, Is.Null);
        Assert.That(bench.Plug.Reachable, Is.False);
    }

    [TestCase("erase", 0.5)]
    [TestCase("write", 2)]
    public void CutWithoutF37_OldFirmwareBoots(string phase, double after)
    {
        PlugBench bench = new PlugBench().Boot();
        OtaTests.Upload(bench, Image, sendAll: false);
        bench.Run(after);
        bench.PowerCycle(3, 12);
        Assert.That(bench.Get("/api/info"), Does.Contain("1.18.158"), phase);
    }

    [Test]
    public void F38_Update_LosesNames()
    {
        PlugBench bench = Bench("F38");
        Assert.That(bench.Get("/api/info"), Does.Contain("obk_p1"));
        OtaTests.Upload(bench, Image, sendAll: true);
        bench.Run(10);
        bench.PowerCycle(3, 15);
        Assert.That(bench.Get("/api/info"), Does.Contain("1.18.159").And.Not.Contain("obk_p1"));
    }

    [Test]
    public void F39_UploadsInARow_StallAfterTheNumberUntilAPowerCycle()
    {
        PlugBench bench = Bench("F39", ("uploads", "2"));
        bool[] taken = [Taken(bench), Taken(bench), Taken(bench)];
        bench.PowerCycle(3, 15);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(taken, Is.EqualTo(new[] { true, true, false }));
            Assert.That(Taken(bench), Is.True, "after a power cycle");
        }
    }

    [Test]
    public void F39_Drop_IsAcceptedAndNotRun()
    {
        PlugBench bench = Bench("F39", ("uploads", "1"), ("then", "drop"));
        int waits = 0;
        for (int i = 0; i < 2; i++)
        {
            Assert.That(Taken(bench), Is.True);
            waits += bench.Plug.Flash.UpdateWaits ? 1 : 0;
            bench.Post("/api/reboot", "");
            bench.Run(30);
        }

        Assert.That(waits, Is.EqualTo(1));
        Assert.That(bench.Get("/index?state=1"), Does.Contain("ota counter: 1"));
    }

    private static bool Taken(PlugBench bench)
    {
        ClientEnd client = OtaTests.Upload(bench, Image, sendAll: true);
        bench.Run(10);
        return client.Text.StartsWith("HTTP/1.1 200 OK\n", StringComparison.Ordinal);
    }

    private static void Abandon(PlugBench bench)
    {
        ClientEnd client = OtaTests.Upload(bench, Image, sendAll: false);
        bench.Run(5);
        client.Server!.PeerClosed();
        bench.Run(1);
    }

    private static PlugBench Bench(string mode, params (string Name, string Value)[] parameters) =>
        new PlugBench(PlugBench.With(PlugBench.Fault(mode, parameters))).Boot();
}
