using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;
using LabRunner.Bench.Inventory;

namespace LabRunner.Station.Tests;

/// <summary>The parts of the Debian package that need no package to be judged; the whole of it is <c>./lab test install</c>.</summary>
[CancelAfter(60_000)]
public sealed partial class PackagingTests
{
    private static string Folder => Path.Combine(BenchFolders.Find().Home, "station", "packaging");

    private static IEnumerable<string> Units() => Directory.EnumerateFiles(Folder, "*.service").Select(f => Path.GetFileName(f)!);

    private static string[] Scripts() => ["package", "install", "postinst", "prerm", "postrm"];

    [TestCaseSource(nameof(Units))]
    public async Task Unit_HoldsBeforeSystemd(string unit, CancellationToken cancellationToken)
    {
        string folder = Directory.CreateTempSubdirectory("units-").FullName;
        foreach (string name in Units())
        {
            // What is installed at /usr/bin is not on this machine.
            string text = await File.ReadAllTextAsync(Path.Combine(Folder, name), cancellationToken);
            await File.WriteAllTextAsync(Path.Combine(folder, name), text.Replace("/usr/bin/labrunner", "/bin/true", StringComparison.Ordinal), cancellationToken);
        }

        (int code, string said) = await RunAsync("systemd-analyze", ["verify", "--man=no", Path.Combine(folder, unit)], cancellationToken);
        Directory.Delete(folder, recursive: true);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.Zero, said);
            Assert.That(said, Does.Not.Contain("labrunner"));
        }
    }

    [TestCaseSource(nameof(Scripts))]
    public async Task Script_IsOne(string script, CancellationToken cancellationToken)
    {
        string file = Path.Combine(Folder, script);
        (int code, string said) = await RunAsync(File.ReadLines(file).First().Contains("bash", StringComparison.Ordinal) ? "bash" : "sh", ["-n", file], cancellationToken);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(code, Is.Zero, said);
            Assert.That(File.ReadAllText(file), Does.Contain("\nset -e"), "what fails must not go on");
        }
    }

    [Test]
    public void Units_LeaveTheDevicesToTheStation()
    {
        // Each of these takes GPIO chips, adapters or /sys/class/pwm away, ProtectClock by the device policy that it brings.
        string[] forbidden = ["PrivateDevices", "DevicePolicy", "DeviceAllow", "ProtectClock", "ProtectKernelTunables", "MemoryDenyWriteExecute"];

        using (Assert.EnterMultipleScope())
        {
            foreach (string unit in Units())
            {
                Assert.That(Keys(unit).Select(k => k.Key).Intersect(forbidden), Is.Empty, unit);
            }
        }
    }

    [Test]
    public void StationUnit_LeavesTheGuardAlive_AndKillsWhatHangsAtOnce()
    {
        Dictionary<string, string> keys = Keys("labrunner-station.service").ToDictionary();

        using (Assert.EnterMultipleScope())
        {
            Assert.That((keys["KillMode"], keys["WatchdogSignal"], keys["Type"], keys["NotifyAccess"]), Is.EqualTo(("process", "SIGKILL", "notify", "main")));
            Assert.That(int.Parse(keys["WatchdogSec"], System.Globalization.CultureInfo.InvariantCulture), Is.GreaterThanOrEqualTo(60));
            Assert.That(keys["ExecStopPost"], Does.StartWith("/usr/bin/labrunner safe"));
        }
    }

    [Test]
    public void EveryGroupThatARuleNames_IsOneOfTheAccount()
    {
        string[] named = [.. Group().Matches(File.ReadAllText(Path.Combine(Folder, "60-labrunner.rules"))).Select(m => m.Groups[1].Value).Distinct()];
        string account = File.ReadAllText(Path.Combine(Folder, "postinst"));
        string[] given = AccountGroups().Match(account).Groups[1].Value.Split(' ');

        using (Assert.EnterMultipleScope())
        {
            Assert.That(named, Has.Length.GreaterThan(2));
            Assert.That(named.Except(given), Is.Empty);
        }
    }

    private static List<KeyValuePair<string, string>> Keys(string unit) =>
        [.. File.ReadLines(Path.Combine(Folder, unit)).Where(l => l.Contains('=', StringComparison.Ordinal) && !l.StartsWith('#')).Select(l => l.Split('=', 2)).Select(p => new KeyValuePair<string, string>(p[0], p[1])).DistinctBy(p => p.Key)];

    private static async Task<(int Code, string Said)> RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync(cancellationToken);
            string output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return (process.ExitCode, output + await error);
        }
        catch (Win32Exception)
        {
            Assert.Ignore($"{program} is not on this machine: sudo apt-get install systemd");
            throw;
        }
    }

    [GeneratedRegex("(?:GROUP=\"|chgrp -R )([a-z0-9]+)")]
    private static partial Regex Group();

    [GeneratedRegex(@"for group in (dialout [a-z0-9 ]+); do")]
    private static partial Regex AccountGroups();
}
