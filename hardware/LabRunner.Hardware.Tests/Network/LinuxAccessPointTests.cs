using System.Globalization;
using System.Text.RegularExpressions;
using LabRunner.Hardware.Drivers.Network.AccessPoint;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Network;
using LabRunner.Hardware.Tests.Drivers.Support;

namespace LabRunner.Hardware.Tests.Network;

/// <summary>The access point's programs, each stood in for by a script that writes down how it was called.</summary>
[TestFixture]
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
internal sealed class LinuxAccessPointTests
{
    private AccessPointRig _rig = null!;

    [SetUp]
    public void Prepare() => _rig = new AccessPointRig();

    [TearDown]
    public void Clean() => _rig.Dispose();

    [Test]
    public async Task Away_DeniesAndSendsAway_AndLiftingTakesItOffTheList()
    {
        await using LinuxAccessPoint network = _rig.Make();
        await network.DisturbAsync(AccessPointRig.Plug, NetworkEffect.Away, 0, default);
        await network.LiftAsync(AccessPointRig.Plug, NetworkEffect.Away, default);
        await network.LiftAsync(AccessPointRig.Plug, NetworkEffect.Away, default);
        Assert.That(_rig.Calls("hostapd_cli"), Is.EqualTo(new[]
        {
            "-i wlan0 deny_acl ADD_MAC 18:b9:05:00:00:01", "-i wlan0 deauthenticate 18:b9:05:00:00:01", "-i wlan0 deny_acl DEL_MAC 18:b9:05:00:00:01",
        }));
    }

    [Test]
    public async Task Channel_AnnouncesTheMove_AndLiftingMovesBack()
    {
        await using LinuxAccessPoint network = _rig.Make();
        await network.DisturbAsync(AccessPointRig.Plug, NetworkEffect.Channel, 11, default);
        await network.LiftAsync(AccessPointRig.Plug, NetworkEffect.Channel, default);
        Assert.That(_rig.Calls("hostapd_cli"), Is.EqualTo(new[] { "-i wlan0 chan_switch 5 2462", "-i wlan0 chan_switch 5 2437" }));
    }

    [Test]
    public async Task GroupKey_IsMomentary()
    {
        await using LinuxAccessPoint network = _rig.Make();
        await network.DisturbAsync(AccessPointRig.Plug, NetworkEffect.GroupKey, 0, default);
        await network.RestoreAsync(default);
        Assert.That(_rig.Calls("hostapd_cli"), Is.EqualTo(new[] { "-i wlan0 raw REKEY_GTK" }));
    }

    [Test]
    public async Task Attenuation_SendsWeaker_AndLiftingAsBefore()
    {
        await using LinuxAccessPoint network = _rig.Make();
        await network.DisturbAsync(AccessPointRig.Plug, NetworkEffect.Attenuation, 12.5, default);
        await network.LiftAsync(AccessPointRig.Plug, NetworkEffect.Attenuation, default);
        Assert.That(_rig.Calls("iw"), Is.EqualTo(new[] { "dev wlan0 set txpower fixed 750", "dev wlan0 set txpower fixed 2000" }));
    }

    [Test]
    public async Task WrongAnswers_ComeFromAPortOfItsOwn_UntilTheyAreLifted()
    {
        await using LinuxAccessPoint network = _rig.Make();
        await network.DisturbAsync(AccessPointRig.Plug, NetworkEffect.NamesUnknown, 0, default);
        Match led = Regex.Match(_rig.Rules, @"udp dport 53 redirect to :(\d+)");
        await network.DisturbAsync(AccessPointRig.Plug, NetworkEffect.NamesUnknown, 0, default);
        Match again = Regex.Match(_rig.Rules, @"udp dport 53 redirect to :(\d+)");
        byte[]? unknown = await StandInTests.AskAsync(int.Parse(again.Groups[1].Value, CultureInfo.InvariantCulture), StandInTests.NameQuestion);
        await network.LiftAsync(AccessPointRig.Plug, NetworkEffect.NamesUnknown, default);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(led.Success && again.Success, Is.True);
            Assert.That(unknown![3] & 0xF, Is.EqualTo(3), "NXDOMAIN");
            Assert.That(_rig.Rules, Does.Not.Contain("redirect"));
            Assert.That(_rig.File("state.json"), Does.Not.Exist);
        }
    }

    [Test]
    public async Task Questions_AreCountedWhereTheyAreDroppedAndWhereThisProcessAnswers()
    {
        await using LinuxAccessPoint network = _rig.Make();
        long? before = await network.CountAsync(AccessPointRig.Plug, NetworkQuestion.Names, default);
        await network.DisturbAsync(AccessPointRig.Plug, NetworkEffect.NamesSilent, 0, default);
        _rig.Lists(
            """
            table inet other {
                    chain x {
                            iifname "wlan0" ether saddr 18:b9:05:00:00:01 udp dport 53 counter packets 900 bytes 9000 drop
                    }
            }
            table inet labrunner {
                    chain input {
                            type filter hook input priority filter - 10; policy accept;
                            iifname "wlan0" ether saddr 18:b9:05:00:00:01 meta l4proto { tcp, udp } th dport 53 counter packets 7 bytes 420 drop
                            iifname "wlan0" ether saddr 18:b9:05:00:00:01 udp dport 123 counter packets 5 bytes 380 drop
                            iifname "wlan0" ether saddr 18:b9:05:00:00:02 meta l4proto { tcp, udp } th dport 53 counter packets 40 bytes 2400 drop
                    }
                    chain forward {
                            type filter hook forward priority filter - 10; policy accept;
                            iifname "wlan0" ether saddr 18:b9:05:00:00:01 meta l4proto { tcp, udp } th dport 53 counter packets 3 bytes 180 drop
                    }
            }

            """);
        long? during = await network.CountAsync(AccessPointRig.Plug, NetworkQuestion.Names, default);
        await network.LiftAsync(AccessPointRig.Plug, NetworkEffect.NamesSilent, default);
        _rig.Lists("");
        long? lifted = await network.CountAsync(AccessPointRig.Plug, NetworkQuestion.Names, default);

        await network.DisturbAsync(AccessPointRig.Plug, NetworkEffect.NamesUnknown, 0, default);
        int port = int.Parse(Regex.Match(_rig.Rules, @"udp dport 53 redirect to :(\d+)").Groups[1].Value, CultureInfo.InvariantCulture);
        await StandInTests.AskAsync(port, StandInTests.NameQuestion);
        long? answered = await network.CountAsync(AccessPointRig.Plug, NetworkQuestion.Names, default);
        await network.LiftAsync(AccessPointRig.Plug, NetworkEffect.NamesUnknown, default);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((before, during, lifted, answered), Is.EqualTo(((long?)0, (long?)10, (long?)10, (long?)11)));
            Assert.That(await network.CountAsync(AccessPointRig.Plug, NetworkQuestion.Names, default), Is.EqualTo(11), "what was answered before");
            Assert.That(await network.CountAsync(AccessPointRig.Plug, NetworkQuestion.Time, default), Is.Zero);
        }
    }

    [Test]
    public async Task Questions_WithoutNftables_AreNotCounted()
    {
        _rig.Remove("nft");
        await using LinuxAccessPoint network = _rig.Make();
        Assert.That(await network.CountAsync(AccessPointRig.Plug, NetworkQuestion.Names, default), Is.Null);
    }

    [Test]
    public void NameServer_ThatIsNoAddress_IsTold() => Assert.That(
        () => new LinuxAccessPoint(new LinuxAccessPoint.Options { Interface = "wlan0", NameServer = "router" }, new FakeContext()),
        Throws.InstanceOf<BenchFaultException>().With.Message.Contains("'nameServer: router' is no address"));

    [Test]
    public async Task Restore_AfterADeath_PutsBackWhatTheDeadOneDid()
    {
        LinuxAccessPoint dead = _rig.Make();
        await dead.DisturbAsync(AccessPointRig.Plug, NetworkEffect.AccessPointOff, 0, default);
        await dead.DisturbAsync(AccessPointRig.Plug, NetworkEffect.BrokerSilent, 0, default);

        await using LinuxAccessPoint next = _rig.Make();
        await next.RestoreAsync(default);
        await next.RestoreAsync(default);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_rig.Calls("hostapd_cli"), Is.EqualTo(new[] { "-i wlan0 disable", "-i wlan0 enable" }));
            Assert.That(_rig.Rules, Is.EqualTo("table inet labrunner\ndelete table inet labrunner\n"));
            Assert.That(_rig.File("state.json"), Does.Not.Exist);
        }

        await dead.DisposeAsync();
    }

    [Test]
    public async Task Restore_ThatFails_KeepsWhatIsStillOn()
    {
        await using LinuxAccessPoint network = _rig.Make();
        await network.DisturbAsync(AccessPointRig.Plug, NetworkEffect.AccessPointOff, 0, default);
        _rig.Script("hostapd_cli", "echo FAIL");
        BenchFaultException? fault = await Assert.ThrowsAsync<BenchFaultException>(() => network.RestoreAsync(default));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(fault!.Kind, Is.EqualTo(FaultKind.Network));
            Assert.That(fault.Message, Does.Contain("hostapd answered 'FAIL' to enable"));
            Assert.That(File.ReadAllText(_rig.File("state.json")), Does.Contain("AccessPointOff"));
        }
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Lease_IsWrittenAndDnsmasqToldToReadIt(CancellationToken token)
    {
        using System.Diagnostics.Process server = System.Diagnostics.Process.Start("/bin/sh", ["-c", $"trap 'echo heard > {_rig.File("hup")}; exit' HUP; echo $$ > {_rig.File("pid")}.new; mv {_rig.File("pid")}.new {_rig.File("pid")}; while :; do sleep 0.05; done"]);
        while (!File.Exists(_rig.File("pid")))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, token);
        }

        await using LinuxAccessPoint network = _rig.Make();
        try
        {
            await network.DisturbAsync(AccessPointRig.Plug, NetworkEffect.Lease, 120, token);
            await server.WaitForExitAsync(token);
        }
        finally
        {
            server.Kill();
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(File.ReadAllText(_rig.File("hosts")), Is.EqualTo("18:b9:05:00:00:01,192.168.7.20,120\n"));
            Assert.That(_rig.File("hup"), Does.Exist);
        }
    }

    [Test]
    public void Reservations_NameEachStationOnce_WithItsOtherAddressAndItsLease() => Assert.That(
        Reservations.Text(
        [
            new(NetworkEffect.Lease, "18:b9:05:00:00:01", "192.168.7.20", 120), new(NetworkEffect.NamesSilent, "18:b9:05:00:00:01", "192.168.7.20", 0),
            new(NetworkEffect.Address, "18:b9:05:00:00:02", "192.168.7.21", 121), new(NetworkEffect.Address, "18:b9:05:00:00:01", "192.168.7.20", 120),
            new(NetworkEffect.Lease, "18:b9:05:00:00:03", null, 3600),
        ]),
        Is.EqualTo("18:b9:05:00:00:01,192.168.7.120,120\n18:b9:05:00:00:02,192.168.7.121\n18:b9:05:00:00:03,3600\n"));

    [TestCase(null)]
    [TestCase("plug-7.lan")]
    public async Task Address_OfAStationWithoutOne_IsRefusedBeforeAnythingIsWritten(string? address)
    {
        await using LinuxAccessPoint network = _rig.Make();
        BenchFaultException? fault = await Assert.ThrowsAsync<BenchFaultException>(() => network.DisturbAsync(AccessPointRig.Plug with { Address = address }, NetworkEffect.Address, 7, default));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(fault!.Message, Does.Contain("no IPv4 address that is known").And.Contains("http"));
            Assert.That(_rig.File("state.json"), Does.Not.Exist);
        }
    }

    [Test]
    public async Task MissingPrograms_LeaveTheirEffectsOut()
    {
        _rig.Remove("nft");
        await using LinuxAccessPoint network = _rig.Make();
        BenchFaultException? fault = await Assert.ThrowsAsync<BenchFaultException>(() => network.DisturbAsync(AccessPointRig.Plug, NetworkEffect.NamesSilent, 0, default));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(network.Effects, Does.Not.Contain(NetworkEffect.NamesSilent).And.Not.Contain(NetworkEffect.TimeError).And.Contain(NetworkEffect.Away));
            Assert.That(fault!.Message, Does.Contain("cannot do NamesSilent"));
        }
    }

    [Test]
    public void Value_OutsideItsRange_IsRefused() =>
        Assert.That(() => NetworkEffect.Loss.Check(1.5), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("Loss takes 0 to 1"));
}
