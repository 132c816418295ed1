using LabRunner.Hardware.Drivers.Network.AccessPoint;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Network;
using LabRunner.Hardware.Tests.Drivers.Support;
using LabRunner.Hardware.Tests.Host;

namespace LabRunner.Hardware.Tests.Network;

/// <summary>The access point's programs, each stood in for by a script that writes down how it was called.</summary>
[TestFixture]
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
internal sealed class LinuxAccessPointTests
{
    private static readonly Station Plug = new("18:b9:05:00:00:01", "192.168.7.20");

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void Prepare() => _folder = new TemporaryFolder();

    [TearDown]
    public void Clean() => _folder.Dispose();

    [Test]
    public async Task Away_DeniesAndSendsAway_AndLiftingTakesItOffTheList()
    {
        await using LinuxAccessPoint network = Make();
        await network.DisturbAsync(Plug, NetworkEffect.Away, 0, default);
        await network.LiftAsync(Plug, NetworkEffect.Away, default);
        await network.LiftAsync(Plug, NetworkEffect.Away, default);
        Assert.That(Calls("hostapd_cli"), Is.EqualTo(new[]
        {
            "-i wlan0 deny_acl ADD_MAC 18:b9:05:00:00:01", "-i wlan0 deauthenticate 18:b9:05:00:00:01", "-i wlan0 deny_acl DEL_MAC 18:b9:05:00:00:01",
        }));
    }

    [Test]
    public async Task Channel_AnnouncesTheMove_AndLiftingMovesBack()
    {
        await using LinuxAccessPoint network = Make();
        await network.DisturbAsync(Plug, NetworkEffect.Channel, 11, default);
        await network.LiftAsync(Plug, NetworkEffect.Channel, default);
        Assert.That(Calls("hostapd_cli"), Is.EqualTo(new[] { "-i wlan0 chan_switch 5 2462", "-i wlan0 chan_switch 5 2437" }));
    }

    [Test]
    public async Task Restore_AfterADeath_PutsBackWhatTheDeadOneDid()
    {
        LinuxAccessPoint dead = Make();
        await dead.DisturbAsync(Plug, NetworkEffect.AccessPointOff, 0, default);
        await dead.DisturbAsync(Plug, NetworkEffect.BrokerSilent, 0, default);

        await using LinuxAccessPoint next = Make();
        await next.RestoreAsync(default);
        await next.RestoreAsync(default);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Calls("hostapd_cli"), Is.EqualTo(new[] { "-i wlan0 disable", "-i wlan0 enable" }));
            Assert.That(File.ReadAllText(_folder.File("nft.in")), Is.EqualTo("table inet labrunner\ndelete table inet labrunner\n"));
            Assert.That(_folder.File("state.json"), Does.Not.Exist);
        }

        await dead.DisposeAsync();
    }

    [Test]
    public async Task Restore_ThatFails_KeepsWhatIsStillOn()
    {
        await using LinuxAccessPoint network = Make();
        await network.DisturbAsync(Plug, NetworkEffect.AccessPointOff, 0, default);
        Script("hostapd_cli", "echo FAIL");
        BenchFaultException? fault = await Assert.ThrowsAsync<BenchFaultException>(() => network.RestoreAsync(default));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(fault!.Kind, Is.EqualTo(FaultKind.Network));
            Assert.That(fault.Message, Does.Contain("hostapd answered 'FAIL' to enable"));
            Assert.That(File.ReadAllText(_folder.File("state.json")), Does.Contain("AccessPointOff"));
        }
    }

    [Test]
    public async Task Lease_IsWrittenAndDnsmasqToldToReadIt()
    {
        using System.Diagnostics.Process server = System.Diagnostics.Process.Start("/bin/sh", ["-c", $"trap 'echo heard > {_folder.File("hup")}; exit' HUP; echo $$ > {_folder.File("pid")}.new; mv {_folder.File("pid")}.new {_folder.File("pid")}; while :; do sleep 0.05; done"]);
        while (!File.Exists(_folder.File("pid")))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }

        await using LinuxAccessPoint network = Make();
        await network.DisturbAsync(Plug, NetworkEffect.Lease, 120, default);
        await server.WaitForExitAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(File.ReadAllText(_folder.File("hosts")), Is.EqualTo("18:b9:05:00:00:01,192.168.7.20,120\n"));
            Assert.That(_folder.File("hup"), Does.Exist);
        }
    }

    [Test]
    public async Task MissingPrograms_LeaveTheirEffectsOut()
    {
        // As on a machine where nobody installed it.
        File.WriteAllText(_folder.File("made"), "");
        await using LinuxAccessPoint network = Make();
        BenchFaultException? fault = await Assert.ThrowsAsync<BenchFaultException>(() => network.DisturbAsync(Plug, NetworkEffect.NamesSilent, 0, default));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(network.Effects, Does.Not.Contain(NetworkEffect.NamesSilent).And.Contain(NetworkEffect.Away));
            Assert.That(fault!.Message, Does.Contain("cannot do NamesSilent"));
        }
    }

    [Test]
    public void Value_OutsideItsRange_IsRefused() =>
        Assert.That(() => NetworkEffect.Loss.Check(1.5), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("Loss takes 0 to 1"));

    [Test]
    public void Tc_TwoStations_HaveABandEach()
    {
        string[] lines =
        [
            .. PacketRules.Tc(
            [
                new ActiveEffect(NetworkEffect.Loss, "a", "192.168.7.20", 0.05), new ActiveEffect(NetworkEffect.Delay, "a", "192.168.7.20", 200),
                new ActiveEffect(NetworkEffect.Loss, "b", "192.168.7.21", 0.01), new ActiveEffect(NetworkEffect.BrokerSilent, "b", "192.168.7.21", 0),
            ], "wlan0").Select(line => string.Join(' ', line)),
        ];
        Assert.That(lines, Is.EqualTo(new[]
        {
            "qdisc add dev wlan0 root handle 1ab0: prio bands 5",
            "qdisc add dev wlan0 parent 1ab0:4 netem delay 200ms loss 5%",
            "filter add dev wlan0 protocol ip parent 1ab0: prio 1 u32 match ip dst 192.168.7.20/32 flowid 1ab0:4",
            "qdisc add dev wlan0 parent 1ab0:5 netem loss 1%",
            "filter add dev wlan0 protocol ip parent 1ab0: prio 1 u32 match ip dst 192.168.7.21/32 flowid 1ab0:5",
        }));
    }

    private LinuxAccessPoint Make()
    {
        foreach (string program in new[] { "hostapd_cli", "tc" }.Where(p => !File.Exists(_folder.File(p))))
        {
            Script(program, "echo OK");
        }

        if (!File.Exists(_folder.File("made")))
        {
            Script("nft", $"cat > {_folder.File("nft.in")}");
            File.WriteAllText(_folder.File("made"), "");
        }

        return new LinuxAccessPoint(
            new LinuxAccessPoint.Options
            {
                Interface = "wlan0", Channel = 6, Hosts = _folder.File("hosts"), Pid = _folder.File("pid"), State = _folder.File("state.json"),
                HostapdCli = _folder.File("hostapd_cli"), Nft = _folder.File("nft"), Tc = _folder.File("tc"),
            },
            new FakeContext());
    }

    private void Script(string name, string body)
    {
        string path = _folder.File(name);
        File.WriteAllText(path, $"#!/bin/sh\necho \"$*\" >> {path}.calls\n{body}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private string[] Calls(string name) => File.ReadAllLines(_folder.File(name) + ".calls");
}
