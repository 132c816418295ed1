using System.Text.RegularExpressions;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Bench.Hosting.Processes;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Tests.Conventions;
using LabRunner.Bench.Tests.Nights;
using LabRunner.Bench.Tests.Safety;
using LabRunner.Hardware.Images;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Tests.Hand;

/// <summary>
/// A real <c>labrunner flash</c> that is interrupted or killed, on virtual plugs that outlive it as copper does: BOOT and power are measured at
/// the harness, and the plug can be flashed again.
/// </summary>
[NonParallelizable]
[CancelAfter(900_000)]
public sealed partial class InterruptedFlashTests
{
    private const int PowerLine = 0;
    private const int BootLine = 1;
    private const int EStopHand = 40;

    private string _folder = "";
    private string _inventory = "";
    private string _image = "";
    private VirtualBench _bench = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _folder = Directory.CreateTempSubdirectory("interrupt").FullName;
        BenchFiles files = BenchFiles.Load(new BenchOwnerOptions { Bench = "virtual", TimeScale = 1 });
        _bench = await VirtualBench.StartAsync(files.Inventory, LabClock.Start(), 1, default);
        _inventory = Path.Combine(_folder, "copper.yaml");
        await File.WriteAllTextAsync(_inventory, RealBench(files.Inventory.Text));
        byte[] whole = VirtualImages.WholeFlash("1.18.240");
        BootHeader header = BootHeader.Read(whole.AsSpan(0x10000), out _)!;
        _image = Path.Combine(_folder, "firmware.bin");
        await File.WriteAllBytesAsync(_image, whole[0x10000..(0x11000 + header.CodeLength)]);
    }

    [OneTimeTearDown]
    public async Task EndAsync()
    {
        await _bench.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [TestCase("INT", "BOOT high")]
    [TestCase("INT", "  erase")]
    [TestCase("INT", "  write    50 %")]
    [TestCase("INT", "Verified by")]
    [TestCase("TERM", "  write    50 %")]
    [TestCase("HUP", "  write    50 %")]
    [TestCase("KILL", "BOOT high")]
    [TestCase("KILL", "  write    50 %")]
    public async Task Flash_Ended_LeavesBootReleasedAndPowerOffAndCanBeFlashedAgain(string signal, string at, CancellationToken cancellationToken)
    {
        using HarnessHand hand = new(_bench.Variables["virtual.harness"]);
        using (NightProcess flash = Flash("--force"))
        {
            await flash.LineAsync(at, cancellationToken);
            flash.Signal(signal);
            int code = await flash.EndAsync(cancellationToken);
            Assert.That(code, Is.EqualTo(signal == "KILL" ? 137 : 130), flash.Output);
            if (signal == "KILL")
            {
                await SafeAsync(hand, cancellationToken);
                await LoggedAsync(flash, cancellationToken, "p1 is off", "boot strap is released");
            }
            else
            {
                // Without the guard: it was disarmed because everything was safe by then.
                Assert.That((await hand.HighAsync(PowerLine, cancellationToken), await hand.HighAsync(BootLine, cancellationToken)), Is.EqualTo((false, false)), flash.Output);
            }

            Assert.That(flash.Output, Does.Not.Contain("   at LabRunner"), "no stack trace");
        }

        using NightProcess again = Flash();
        int second = await again.EndAsync(cancellationToken);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(second, Is.Zero, again.Output);
            Assert.That(again.Output, Does.Contain("The firmware is up").And.Contain("1.18.240"));
            if (at.Contains("write", StringComparison.Ordinal))
            {
                Assert.That(BytesSame(again.Output), Is.GreaterThanOrEqualTo(65_536), "what was written before is not written again: " + again.Output);
            }

            Assert.That((await hand.HighAsync(PowerLine, cancellationToken), await hand.HighAsync(BootLine, cancellationToken)), Is.EqualTo((false, false)));
        }
    }

    [TestCase("BOOT high")]
    [TestCase("  write    50 %")]
    public async Task Flash_EStopOpens_SupplyIsOffWhileItStillTalksAndPlugCanBeFlashedAgain(string at, CancellationToken cancellationToken)
    {
        using HarnessHand hand = new(_bench.Variables["virtual.harness"]);
        try
        {
            using NightProcess flash = Flash("--force");
            await flash.LineAsync(at, cancellationToken);
            await hand.SetAsync(EStopHand, true);
            int code = await flash.EndAsync(cancellationToken);
            using (Assert.EnterMultipleScope())
            {
                Assert.That(code, Is.EqualTo(3), "a bench fault, whatever the session would have said of its lost link: " + flash.Output);
                Assert.That(flash.Output, Does.Contain("Bench fault (Safety)").And.Contain("the E-stop").And.Not.Contain("   at LabRunner"));
                Assert.That((await hand.HighAsync(PowerLine, cancellationToken), await hand.HighAsync(BootLine, cancellationToken)), Is.EqualTo((false, false)), flash.Output);
            }

            using NightProcess refused = Flash();
            Assert.That(await refused.EndAsync(cancellationToken), Is.EqualTo(3), refused.Output);
            Assert.That(await hand.HighAsync(PowerLine, cancellationToken), Is.False, "open, it gives power to nobody");
        }
        finally
        {
            await hand.SetAsync(EStopHand, false);
        }

        using NightProcess again = Flash();
        Assert.That(await again.EndAsync(cancellationToken), Is.Zero, again.Output);
        Assert.That(again.Output, Does.Contain("The firmware is up").And.Contain("1.18.240"));
    }

    [Test]
    public async Task Tool_RunnerIsKilled_IsKilledByTheGuard(CancellationToken cancellationToken)
    {
        string home = Home($"#!/bin/sh\necho $$ >{_folder}/tool.pid\necho running\nexec sleep 1000\n");
        using HarnessHand hand = new(_bench.Variables["virtual.harness"]);
        using NightProcess flash = NightProcess.StartAt(home, "flash", "p1", _image, "--bench", _inventory, "--out", "{out}", "--flasher", "fake");
        string pidFile = Path.Combine(_folder, "tool.pid");
        while (!File.Exists(pidFile) || new FileInfo(pidFile).Length == 0)
        {
            Assert.That(flash.Output, Does.Not.Contain("failed"));
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
        }

        // The guard is told in the moment that the tool starts; its pipe is in order, so a beat later it knows.
        await Task.Delay(TimeSpan.FromMilliseconds(1500), TimeProvider.System, cancellationToken);
        flash.Signal("KILL");
        await flash.EndAsync(cancellationToken);
        await SafeAsync(hand, cancellationToken);
        string stat = $"/proc/{(await File.ReadAllTextAsync(pidFile, cancellationToken)).Trim()}/stat";
        while (File.Exists(stat) && !(await File.ReadAllTextAsync(stat, cancellationToken)).Contains(") Z", StringComparison.Ordinal))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
        }

        await LoggedAsync(flash, cancellationToken, "is killed");
    }

    private NightProcess Flash(params string[] options) => NightProcess.Start(["flash", "p1", _image, "--bench", _inventory, "--out", "{out}", .. options]);

    private static async Task SafeAsync(HarnessHand hand, CancellationToken cancellationToken)
    {
        while (await hand.HighAsync(PowerLine, cancellationToken) || await hand.HighAsync(BootLine, cancellationToken))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>Waits until the guard's log has all these words: it writes them after the deed.</summary>
    private static async Task LoggedAsync(NightProcess flash, CancellationToken cancellationToken, params string[] words)
    {
        string file = Path.Combine(flash.Folder, "guard.log");
        while (!File.Exists(file) || await File.ReadAllTextAsync(file, cancellationToken) is var log && !words.All(word => log.Contains(word, StringComparison.Ordinal)))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
        }
    }

    private static long BytesSame(string output) =>
        long.Parse(Same().Match(output).Groups[1].Value.Replace(",", "", StringComparison.Ordinal), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The virtual inventory as that of a bench of copper: addresses put in, nothing for the runner to start.</summary>
    private string RealBench(string text)
    {
        foreach ((string name, string value) in _bench.Variables)
        {
            text = text.Replace($"${{{name}}}", value, StringComparison.Ordinal);
        }

        int begin = text.IndexOf("\nvirtual:\n", StringComparison.Ordinal) + 1;
        int end = text.IndexOf("\nestop:", begin, StringComparison.Ordinal) + 1;
        return text.Remove(begin, end - begin);
    }

    /// <summary>A home with the repository's boards and plans and one flasher.</summary>
    private string Home(string script)
    {
        string home = Path.Combine(_folder, "home");
        Directory.CreateDirectory(Path.Combine(home, "bench", "inventory"));
        Directory.CreateDirectory(Path.Combine(home, "hardware", "flashers"));
        Directory.CreateSymbolicLink(Path.Combine(home, "bench", "plans"), Path.Combine(RepoFolder.Path, "bench", "plans"));
        Directory.CreateSymbolicLink(Path.Combine(home, "hardware", "boards"), Path.Combine(RepoFolder.Path, "hardware", "boards"));
        string tool = Path.Combine(_folder, "fake-tool");
        File.WriteAllText(tool, script);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(tool, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        File.WriteAllText(Path.Combine(home, "hardware", "flashers", "fake.yaml"), $$"""
            flasher: fake
            title: A fake
            had: here
            programs: [{{tool}}]
            chips: [BL602]
            images: [bl602Firmware]
            baud: 115200
            download: { pin: GPIO8 high }
            write: { arguments: ["{port}", "{image}"], success: all done, idle: 10m, limit: 20m }
            """);
        return home;
    }

    [GeneratedRegex("([0-9,]+) bytes were right already")]
    private static partial Regex Same();
}
