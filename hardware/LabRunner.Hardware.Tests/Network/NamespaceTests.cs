using System.Diagnostics;
using LabRunner.Hardware.Drivers.Network.AccessPoint;
using LabRunner.Hardware.Network;
using LabRunner.Hardware.Tests.Drivers.Support;
using LabRunner.Hardware.Tests.Host;

namespace LabRunner.Hardware.Tests.Network;

/// <summary>nftables and tc of the real kernel, in a network namespace of the test's own: the machine's network is never touched.</summary>
[TestFixture]
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
[Category("netns")]
internal sealed class NamespaceTests
{
    // The loopback of the namespace is all there is in it: its MAC address is zero.
    private static readonly Station Station = new("00:00:00:00:00:00", "127.0.0.5");

    private TemporaryFolder _folder = null!;
    private Process? _holder;

    [SetUp]
    public void Enter()
    {
        _folder = new TemporaryFolder();
        ProcessStartInfo start = new("unshare") { RedirectStandardOutput = true, RedirectStandardError = true, ArgumentList = { "-rn", "sh", "-c", "ip link set lo up && echo ready && exec sleep 120" } };
        try
        {
            _holder = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            Skip($"unshare cannot be started: {missing.Message}");
        }

        if (_holder!.StandardOutput.ReadLine() != "ready")
        {
            Skip("this kernel gives no network namespace to this user: " + _holder.StandardError.ReadToEnd().Trim());
        }
    }

    [TearDown]
    public void Leave()
    {
        if (_holder is { HasExited: false })
        {
            _holder.Kill();
        }

        _holder?.Dispose();
        _folder.Dispose();
    }

    [Test]
    public async Task Nft_TheKernelTakesTheRules_AndRestoreLeavesNone()
    {
        await NeedsAsync("nft", "list ruleset");
        await using LinuxAccessPoint network = Make();
        foreach (NetworkEffect effect in new[] { NetworkEffect.NamesSilent, NetworkEffect.AddressesSilent, NetworkEffect.TimeSilent, NetworkEffect.BrokerRefuses })
        {
            await network.DisturbAsync(Station, effect, 0, default);
        }

        string on = await InsideAsync("nft", "list ruleset");
        await network.LiftAsync(Station, NetworkEffect.NamesSilent, default);
        string less = await InsideAsync("nft", "list ruleset");
        await network.RestoreAsync(default);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(on, Does.Match("th dport 53 counter packets 0 bytes 0 drop").And.Contain("udp dport 67 drop").And.Match("udp dport 123 counter packets 0 bytes 0 drop").And.Contain("tcp dport 1883 reject with tcp reset"));
            Assert.That(less, Does.Not.Contain("dport 53").And.Contain("tcp dport 1883 reject"));
            Assert.That(await InsideAsync("nft", "list ruleset"), Is.Empty);
        }
    }

    [Test]
    public async Task Nft_TheKernelTakesTheWayToAStandIn_AndRestoreLeavesNone()
    {
        await NeedsAsync("nft", "list ruleset", "add table inet labrunner", "'add chain inet labrunner n { type nat hook prerouting priority -100; }'", "delete table inet labrunner");
        await using LinuxAccessPoint network = Make();
        foreach (NetworkEffect effect in new[] { NetworkEffect.NamesUnknown, NetworkEffect.AddressesRefused, NetworkEffect.TimeError, NetworkEffect.BrokerDenies })
        {
            await network.DisturbAsync(Station, effect, 0, default);
        }

        string on = await InsideAsync("nft", "list ruleset");
        await network.RestoreAsync(default);
        using (Assert.EnterMultipleScope())
        {
            foreach (string port in new[] { "udp dport 53", "udp dport 67", "udp dport 123", "tcp dport 1883" })
            {
                Assert.That(on, Does.Match(port + " ct zone set \\d+").And.Match(port + " redirect to :\\d+"));
            }

            Assert.That(await InsideAsync("nft", "list ruleset"), Is.Empty);
        }
    }

    [Test]
    public async Task Tc_TheKernelTakesTheTree_AndRestoreLeavesNone()
    {
        await NeedsAsync("tc", "qdisc add dev lo root handle 1ab0: prio bands 4", "qdisc add dev lo parent 1ab0:4 netem loss 1%", "qdisc del dev lo root");
        await using LinuxAccessPoint network = Make();
        await network.DisturbAsync(Station, NetworkEffect.Loss, 0.05, default);
        await network.DisturbAsync(Station, NetworkEffect.Delay, 200, default);
        string on = await InsideAsync("tc", "qdisc show dev lo");
        await network.RestoreAsync(default);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(on, Does.Contain("qdisc prio 1ab0: root").And.Contain("loss 5%").And.Contain("delay 200"));
            Assert.That(await InsideAsync("tc", "qdisc show dev lo"), Does.Not.Contain("1ab0:"));
        }
    }

    // Said aloud: a skip without its reason would look like a pass.
    private static void Skip(string reason)
    {
        TestContext.Progress.WriteLine($"netns: skipped: {reason}");
        Assert.Ignore(reason);
    }

    private async Task NeedsAsync(string program, params string[] lines)
    {
        if (!HostTool.Exists(program))
        {
            Skip($"{program} is not installed");
        }

        foreach (string line in lines)
        {
            if (await InsideAsync(program, line) is { } said && said.Contains("Error", StringComparison.Ordinal))
            {
                Skip($"this kernel cannot '{program} {line}': {said.Trim()}");
            }
        }
    }

    private LinuxAccessPoint Make() => new(
        new LinuxAccessPoint.Options { Interface = "lo", State = _folder.File("state.json"), HostapdCli = _folder.File("none"), Nft = Wrapped("nft"), Tc = Wrapped("tc") }, new FakeContext());

    /// <summary>A program that runs another inside the namespace.</summary>
    private string Wrapped(string program)
    {
        string path = _folder.File(program);
        File.WriteAllText(path, $"#!/bin/sh\nPATH=$PATH:/usr/sbin:/sbin exec nsenter -t {_holder!.Id} -U -n --preserve-credentials {program} \"$@\"\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    private async Task<string> InsideAsync(string program, string line)
    {
        ProcessStartInfo start = new("/bin/sh") { RedirectStandardOutput = true, ArgumentList = { "-c", $"{Wrapped(program)} {line} 2>&1" } };
        using Process process = Process.Start(start)!;
        string said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return said;
    }
}
