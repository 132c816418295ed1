using System.Text.RegularExpressions;

namespace LabRunner.Hardware.Tests.Plug;

[TestFixture]
public sealed class BootTests
{
    private static readonly string[] BannerOrder =
    [
        "Starting bl602 now....", "Booting BL602 Chip...", "RISC-V Core Feature:RV32-ACFIMX", "Build Version: ", "Build Date: ", "Build Time: ",
        "[IRQ] Clearing and Disable all the pending IRQ...", "[HAL] [BOOT2] Active Partition[0] consumed", "[OS] Starting aos_loop_proc task...",
        "[OS] Starting OS Scheduler...", "[OS] Starting proc_mian_entry task...", "[OS] Starting TCP/IP Stack...", "Start Wi-Fi fw @",
        "[APP] [EVT] INIT DONE", "[APP] [EVT] MGMR DONE", "Entering initLog()...", "Commands registered!", "initLog() done!",
        "OpenBL602, version 1.18.158", "Info:MAIN:Main_Init_Before_Delay", "Info:MAIN:Started BL0937.", "Info:MAIN:Main_Init_After_Delay",
        "Info:MAIN:Using SSID [", "Info:MAIN:Using Pass [", "Info:MAIN:Main_Init_After_Delay done",
    ];

    [Test]
    public void LogDelay_ABuildWithoutIt_DoesNotKnowIt() =>
        Assert.That(new PlugBench(c => c with { LogDelay = false }).Boot().Post("/api/cmnd", "logdelay 4000").Body, Does.Contain("Unknown command"));

    [Test]
    public void Pages_ABuildWithoutThem_TellNoResetReasonAndOfferNoUpdate()
    {
        PlugBench bench = new PlugBench(c => c with { TellsResetReason = false, UpdatePage = false }).Boot();
        Assert.That(bench.Get("/index?state=1"), Does.Contain("Chip temperature").And.Not.Contain("Reboot reason"));
        Assert.That(bench.Get("/ota"), Does.Contain("OTA update not implemented").And.Not.Contain("otafile"));
    }

    [Test]
    public void PowerOn_Healthy_PrintsBannerInOrder()
    {
        PlugBench bench = new();
        bench.Plug.SetPower(true);
        bench.Run(3);
        int at = 0;
        foreach (string expected in BannerOrder)
        {
            int found = bench.Uart.IndexOf(expected, at, StringComparison.Ordinal);
            Assert.That(found, Is.GreaterThanOrEqualTo(at), $"'{expected}' is missing or out of order");
            at = found + 1;
        }
    }

    [Test]
    public void Heartbeat_EachSecond_HasTheFirmwaresFormat()
    {
        PlugBench bench = new PlugBench().Boot();
        Regex beat = new(@"^Info:MAIN:Time (\d+), idle 0/s, free (\d+), MQTT [01]\(\d+\), bWifi [01], secondsWithNoPing -1, socks \d+/21 $");
        Match[] beats = [.. bench.Lines.Select(l => beat.Match(l.Line)).Where(m => m.Success)];
        Assert.That(beats, Has.Length.InRange(10, 12));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(beats.Select(b => int.Parse(b.Groups[1].Value)), Is.EqualTo(Enumerable.Range(1, beats.Length)));
            Assert.That(beats.Select(b => int.Parse(b.Groups[2].Value)), Is.All.InRange(95_000, 113_000));
        }
    }

    [Test]
    public void BootComplete_DefaultTime_IsMarkedAtSecondSix()
    {
        PlugBench bench = new PlugBench().Boot();
        int marked = bench.Lines.FindIndex(l => l.Line == "Info:MAIN:Boot complete time reached (5 seconds)");
        Assert.That(bench.Lines[marked - 1].Line, Does.StartWith("Info:MAIN:Time 6,"));
    }

    [TestCase(3.0, "BL_RST_POWER_OFF")]
    [TestCase(0.1, "BL_RST_SOFTWARE_WATCHDOG")]
    public void ResetReason_PowerCut_DependsOnItsLength(double off, string reason)
    {
        PlugBench bench = new PlugBench().Boot();
        bench.PowerCycle(off, 12);
        Assert.That(bench.Get("/index?state=1"), Does.Contain($"Reboot reason: {reason}"));
    }

    [Test]
    public void ResetReason_ApiReboot_IsSoftware()
    {
        PlugBench bench = new PlugBench().Boot();
        Assert.That(bench.Post("/api/reboot", "").Body, Is.EqualTo("{\"reboot\":3}"));
        bench.Run(16);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Uart, Does.Contain("Info:MAIN:Module reboot in 2...").And.Contain("Info:MAIN:Rebooting..."));
            Assert.That(bench.Get("/index?state=1"), Does.Contain("Reboot reason: BL_RST_SOFTWARE<"));
        }
    }

    [Test]
    public void SafeMode_FifthShortBoot_DisablesPinsAndApi()
    {
        PlugBench bench = new();
        for (int i = 0; i < 4; i++)
        {
            bench.PowerCycle(2, 3);
        }

        Assert.That(bench.Uart, Does.Not.Contain("[SAFE]"));
        bench.PowerCycle(2, 9);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Uart, Does.Contain("###### safe mode activated - boot failures 5"));
            Assert.That(bench.Uart, Does.Contain("Info:MAIN:[SAFE] Time 1,"));
            Assert.That(bench.Get("/api/info"), Does.Contain("Not found"));
            Assert.That(bench.Get("/index"), Does.Contain("Exit safe mode").And.Contain("class='safe'"));
        }

        bench.Press(200);
        bench.Run(1);
        Assert.That(bench.Contacts, Is.Empty);

        // The boot was good for more than five seconds, so the next one is normal.
        bench.PowerCycle(2, 12);
        Assert.That(bench.Get("/api/info"), Does.Contain("\"chipset\":\"BL602\""));
    }

    [Test]
    public void SafeMode_BootsOfSevenSeconds_NeverComes()
    {
        PlugBench bench = new();
        for (int i = 0; i < 8; i++)
        {
            bench.PowerCycle(2, 7.9);
        }

        Assert.That(bench.Uart, Does.Not.Contain("safe mode"));
    }

    [Test]
    public void PowerOn_BootStrapped_PrintsNothing()
    {
        PlugBench bench = new();
        bench.Plug.SetBoot(true);
        bench.Plug.SetPower(true);
        bench.Run(10);
        Assert.That(bench.Uart, Is.Empty);
    }

    [Test]
    public void Logdelay_FourSeconds_EndsInTheWatchdog()
    {
        PlugBench bench = new PlugBench().Boot();
        bench.Post("/api/cmnd", "logdelay 4000");
        TimeSpan before = bench.Engine.Now;
        bench.Run(15);
        TimeSpan banner = bench.Lines.Last(l => l.Line == "Starting bl602 now....").At;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((banner - before).TotalSeconds, Is.InRange(1.9, 3.2));
            Assert.That(bench.Get("/index?state=1"), Does.Contain("BL_RST_SOFTWARE_WATCHDOG"));
        }
    }

    [Test]
    public void StartupCommand_Restart_LoopsIntoSafeMode()
    {
        PlugBench bench = new PlugBench().Boot();
        bench.Post("/api/cmnd", "StartupCommand \"restart 2\"");
        bench.Run(3);
        bench.Lines.Clear();
        bench.PowerCycle(3, 40);
        int banners = bench.Lines.Count(l => l.Line == "Starting bl602 now....");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(banners, Is.EqualTo(5));
            Assert.That(bench.Lines[^1].Line, Does.StartWith("Info:MAIN:[SAFE] Time "));
        }
    }

    [Test]
    public void Reset_HeldAndReleased_ReadsAsWatchdog()
    {
        PlugBench bench = new PlugBench().Boot();
        bench.Plug.SetReset(true);
        int lines = bench.Lines.Count;
        bench.Run(5);
        Assert.That(bench.Lines, Has.Count.EqualTo(lines), "held in reset");
        bench.Plug.SetReset(false);
        bench.Run(12);
        Assert.That(bench.Get("/index?state=1"), Does.Contain("BL_RST_SOFTWARE_WATCHDOG"));
    }

    [Test]
    public void Boot_SameSeed_PrintsTheSame()
    {
        PlugBench one = new PlugBench(seed: 7).Boot();
        PlugBench two = new PlugBench(seed: 7).Boot();
        PlugBench other = new PlugBench(seed: 8).Boot();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(two.Lines, Is.EqualTo(one.Lines));
            Assert.That(other.Uart, Is.Not.EqualTo(one.Uart));
        }
    }
}
