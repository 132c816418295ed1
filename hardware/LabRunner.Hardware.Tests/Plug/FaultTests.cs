using System.Globalization;
using System.Text.RegularExpressions;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Units;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Hardware.Tests.Plug;

[TestFixture]
public sealed class FaultTests
{
    [TestCase("F77", "uptime", "1s", "Choose one of")]
    [TestCase("F01", "upptime", "1s", "It takes uptime")]
    [TestCase("F43", "mode", "sleepy", "Write one of dead, ghost, stuck")]
    public void Plant_WrongWord_NamesPlaceAndRemedy(string id, string name, string value, string remedy)
    {
        BenchFaultException? fault = Assert.Throws<BenchFaultException>(() => _ = new PlugBench(PlugBench.With(PlugBench.Fault(id, (name, value)))));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(fault!.Place, Is.EqualTo($"virtual plug p1, fault {id}"));
            Assert.That(fault.Remedy, Does.Contain(remedy));
        }
    }

    [Test]
    public void F01_AtUptime_SilencesTheNetworkOnly()
    {
        PlugBench bench = new PlugBench(PlugBench.With(PlugBench.Fault("F01", ("uptime", "30s")))).Boot();
        bench.Run(60);
        (TimeSpan At, bool Up) last = bench.Reach[^1];
        int published = bench.Published.Count;
        bench.Press(200);
        bench.Run(200);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(last.Up, Is.False);
            Assert.That(last.At.TotalSeconds, Is.EqualTo(30.11).Within(0.02));
            Assert.That(bench.Lines[^1].At.TotalSeconds, Is.GreaterThan(271 - 1.1), "heartbeat");
            Assert.That(bench.Contacts, Has.Count.EqualTo(1), "button");
            Assert.That(bench.Plug.OpenConnection(new ClientEnd()), Is.Null);
            Assert.That(bench.Published, Has.Count.EqualTo(published));
            Assert.That(bench.Plug.Reachable, Is.False);
        }
    }

    [Test]
    public void F02_AtUptime_NothingRecoversButAPowerCycle()
    {
        PlugBench bench = new PlugBench(PlugBench.With(PlugBench.Fault("F02", ("uptime", "30s")))).Boot();
        bench.Run(60);
        int lines = bench.Lines.Count;
        bench.Press(200);
        bench.Run(120);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Lines, Has.Count.EqualTo(lines));
            Assert.That(bench.Contacts, Is.Empty);
        }

        bench.PowerCycle(3, 12);
        Assert.That(bench.Plug.Reachable, Is.True);
    }

    [Test]
    public void F03_AtUptime_WatchdogResetsWithoutAWord()
    {
        PlugBench bench = new PlugBench(PlugBench.With(PlugBench.Fault("F03", ("uptime", "30s")))).Boot();
        bench.Run(33);
        int banner = bench.Lines.FindLastIndex(l => l.Line == "Starting bl602 now....");
        Assert.That(bench.Lines[banner - 1].Line, Does.StartWith("Info:MAIN:Time 29,").Or.StartWith("Info:MAIN:Time 30,"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That((bench.Lines[banner].At - bench.Lines[banner - 1].At).TotalSeconds, Is.EqualTo(3.11).Within(0.01));
            Assert.That(Get(bench, "/index?state=1"), Does.Contain("BL_RST_SOFTWARE_WATCHDOG"));
        }
    }

    [Test]
    public void F04_AtUptime_DumpsThenResets()
    {
        PlugBench bench = new PlugBench(PlugBench.With(PlugBench.Fault("F04", ("uptime", "30s")))).Boot();
        bench.Run(30);
        string[] order =
        [
            "Current task sp data:", "RA: ", "A0: ", "T0: ", "S0: ", "S8: ", "Exception Entry--->>>",
            "mcause 38000005, mepc 2308b834, mtval c202d41c", "Exception code: 5", "  msg: Load access fault", "BFLB COREDUMP v0.0.1", "Starting bl602 now....",
        ];
        int at = 0;
        foreach (string expected in order)
        {
            int found = bench.Uart.IndexOf(expected, at, StringComparison.Ordinal);
            Assert.That(found, Is.GreaterThanOrEqualTo(at), $"'{expected}' is missing or out of order");
            at = found;
        }
    }

    [TestCase(60, 59)]
    [TestCase(70, 69)]
    [TestCase(5, 9)]
    public void F09_SetupEnergyStats_FreezesOneSecondBeforeTheInterval(int interval, int seconds)
    {
        PlugBench bench = new PlugBench(PlugBench.With(PlugBench.Fault("F09"))).Boot();
        bench.Run(20);
        TimeSpan sent = bench.Engine.Now;
        bench.Post("/api/cmnd", $"SetupEnergyStats 1 {interval} 60");
        bench.Run(120);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((bench.Reach[^1].At - sent).TotalSeconds, Is.EqualTo(seconds).Within(0.06));
            Assert.That(bench.Plug.Reachable, Is.False);
        }

        bench.PowerCycle(3, 120);
        Assert.That(bench.Plug.Reachable, Is.True, "the setting is volatile");
    }

    [Test]
    public void F17_Steady_LosesHeapAtTheRate()
    {
        PlugBench bench = new PlugBench(PlugBench.With(PlugBench.Fault("F17", ("bytesPerSecond", "6")))).Boot();
        int before = Free(bench);
        bench.Run(1000);
        Assert.That(before - Free(bench), Is.EqualTo(6000).Within(700 + 1240));
    }

    [Test]
    public void F17_HeapEmpty_EndsInTheWatchdog()
    {
        PlugBench bench = new PlugBench(PlugBench.With(PlugBench.Fault("F17", ("bytesPerSecond", "1000")))).Boot();
        bench.Run(110);
        int failed = bench.Lines.FindIndex(l => l.Line.StartsWith("Memory Allocate Failed. Current left size is ", StringComparison.Ordinal));
        Assert.That(failed, Is.GreaterThan(0));
        Assert.That(bench.Lines[failed + 1].Line, Is.EqualTo("Starting bl602 now...."));
    }

    [Test]
    public void F30_Upload_StallsAfterItsFirstBytes()
    {
        PlugBench bench = new PlugBench(PlugBench.With(PlugBench.Fault("F30"))).Boot();
        byte[] image = VirtualFirmwareImage.Build("1.18.159");
        ClientEnd client = OtaTests.Upload(bench, image, sendAll: true);
        bench.Run(60);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(client.BytesConsumed, Is.InRange(253, 1022));
            Assert.That(client.Text, Is.Empty);
            Assert.That(bench.Get("/api/info"), Does.Contain("1.18.158"));
        }
    }

    [Test]
    public void F30_Times_OnlyTheFirstUploadsStall()
    {
        PlugBench bench = new PlugBench(PlugBench.With(PlugBench.Fault("F30", ("times", "1")))).Boot();
        byte[] image = VirtualFirmwareImage.Build("1.18.159");
        ClientEnd first = OtaTests.Upload(bench, image, sendAll: true);
        bench.Run(60);
        bench.PowerCycle(5, 12);
        ClientEnd second = OtaTests.Upload(bench, image, sendAll: true);
        bench.Run(60);
        Assert.That((first.Text, second.Text.Contains("\"size\"", StringComparison.Ordinal)), Is.EqualTo(("", true)), second.Text);
    }

    [Test]
    public void F40_Reset_HoldsTheRelayOpenLonger()
    {
        TimeSpan plain = Gap(new PlugBench().Boot());
        TimeSpan held = Gap(new PlugBench(PlugBench.With(PlugBench.Fault("F40", ("gap", "1500ms")))).Boot());
        using (Assert.EnterMultipleScope())
        {
            Assert.That(plain.TotalSeconds, Is.InRange(0.4, 0.9));
            Assert.That((held - plain).TotalSeconds, Is.EqualTo(1.5).Within(0.05));
        }
    }

    [TestCase("dead", 0)]
    [TestCase("stuck", 0)]
    public void F43_Press_DoesNothing(string mode, int toggles)
    {
        PlugBench bench = new PlugBench(PlugBench.With(PlugBench.Fault("F43", ("mode", mode)))).Boot();
        bench.Run(40);
        bench.Press(200);
        bench.Run(3);
        Assert.That(bench.Contacts, Has.Count.EqualTo(toggles));
    }

    [Test]
    public void F43_Ghost_PressesByItself()
    {
        PlugBench bench = new PlugBench(PlugBench.With(PlugBench.Fault("F43", ("mode", "ghost"), ("every", "20s..30s")))).Boot();
        bench.Run(200);
        Assert.That(bench.Contacts, Has.Count.InRange(6, 10));
    }

    [Test]
    public void F44_Pulses_AreNotCounted()
    {
        PlugBench bench = new PlugBench(PlugBench.With(PlugBench.Fault("F44"))).Boot();
        bench.Plug.SetPulses(PulseChannel.Cf, new Hertz(66));
        bench.Run(5);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Get("/cm?cmnd=Status%208"), Does.Contain("\"Power\": 0.000000"));
            Assert.That(bench.Plug.EmittedPulses(PulseChannel.Cf), Is.GreaterThan(300));
        }
    }

    private static TimeSpan Gap(PlugBench bench)
    {
        bench.Post("/api/cmnd", "SetStartValue 1 -1");
        bench.Post("/api/cmnd", "Power ON");
        bench.Run(5);
        bench.Contacts.Clear();
        bench.Post("/api/reboot", "");
        bench.Run(12);
        Assert.That(bench.Contacts.Select(c => c.Closed), Is.EqualTo(new[] { false, true }));
        return bench.Contacts[1].At - bench.Contacts[0].At;
    }

    private static string Get(PlugBench bench, string path)
    {
        bench.Run(12);
        return bench.Get(path);
    }

    private static int Free(PlugBench bench) => int.Parse(
        Regex.Match(bench.Lines.Last(l => l.Line.Contains("Time ", StringComparison.Ordinal)).Line, @"free (\d+)").Groups[1].Value, CultureInfo.InvariantCulture);
}
