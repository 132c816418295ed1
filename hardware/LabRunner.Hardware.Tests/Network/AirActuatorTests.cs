using System.Text.Json;
using LabRunner.Hardware.Network;
using LabRunner.Hardware.Tests.Plug;
using LabRunner.Hardware.Tests.Plug.Faults;
using LabRunner.Hardware.Virtual.Air;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Hardware.Tests.Network;

/// <summary>The virtual twin of an access point's programs, in exact virtual time: one plug feels it, its neighbour does not.</summary>
[TestFixture]
internal sealed class AirActuatorTests
{
    private PlugBench _one = null!;
    private PlugBench _other = null!;
    private AirActuator _air = null!;

    [SetUp]
    public void Boot()
    {
        _one = new PlugBench();
        _other = new PlugBench(c => c with { Name = "p2", MqttClient = "obk_p2" }, 2, _one.Engine, _one.Air);
        _one.Plug.SetPower(true);
        _other.Boot();
        _air = new AirActuator(_one.Air, [_one.Plug, _other.Plug]);
    }

    [Test]
    public void Away_KeepsOneStationOff_UntilItIsLifted()
    {
        Set(NetworkEffect.Away, true);
        _one.Run(60);
        (bool one, bool other) = (_one.Plug.Reachable, _other.Plug.Reachable);
        Set(NetworkEffect.Away, false);
        _one.Run(30);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((one, other), Is.EqualTo((false, true)));
            Assert.That(_one.Plug.Reachable, Is.True);
        }
    }

    [Test]
    public void Deauthenticate_SendsOneStationAway_AndItComesBack()
    {
        Set(NetworkEffect.Deauthenticate, true);
        _one.Run(1);
        (bool one, bool other) = (_one.Plug.Reachable, _other.Plug.Reachable);
        _one.Run(30);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((one, other), Is.EqualTo((false, true)));
            Assert.That(_one.Plug.Reachable, Is.True);
        }
    }

    [Test]
    public void Channel_MovesAll_AndLiftingMovesBack()
    {
        Set(NetworkEffect.Channel, true, 11);
        Set(NetworkEffect.Channel, true, 1);
        int there = _one.Air.Channel;
        Set(NetworkEffect.Channel, false);
        Assert.That((there, _one.Air.Channel), Is.EqualTo((1, 6)));
    }

    [Test]
    public void GroupKey_IsTaken_AndAStationThatDoesNotAnswerIsSentAway()
    {
        PlugBench deaf = new(c => PlugBench.With(PlugBench.Fault("F23", ("rekey", "1")))(c) with { Name = "p3", MqttClient = "obk_p3" }, 3, _one.Engine, _one.Air);
        deaf.Boot();
        string mac = _one.Plug.Mac;
        Set(NetworkEffect.GroupKey, true);
        _one.Run(6);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((_one.Plug.Reachable, _other.Plug.Reachable, deaf.Plug.Reachable), Is.EqualTo((true, true, false)));
            Assert.That(_one.AirLines.Select(l => l.Text), Has.Some.EndsWith($"STA {mac} WPA: group key handshake completed (RSN)"));
            Assert.That(_one.AirLines.Select(l => l.Text), Has.Some.EndsWith($"AP-STA-DISCONNECTED {deaf.Plug.Mac}"));
        }
    }

    [Test]
    public void AddressesRefused_TakeTheAddressAtItsRenewal_AndItIsGivenAnew()
    {
        Set(NetworkEffect.Lease, true, 120);
        Set(NetworkEffect.AddressesRefused, true);
        Set(NetworkEffect.Deauthenticate, true);
        _one.Run(30);
        int before = _one.Reach.Count;
        _one.Run(60);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_one.Reach.Skip(before).Select(r => r.Up), Is.EqualTo(new[] { false, true }));
            Assert.That(_one.AirLines.Select(l => l.Text), Has.Some.Contains($"DHCPNAK(wlan0) 192.168.7.").And.Some.EndsWith($"{_one.Plug.Mac} address not available"));
            Assert.That(_one.Banners(), Is.EqualTo(1));
        }
    }

    [Test]
    public void Address_IsAnotherFromTheNextRenewalOn_AndTheUsualOneAfterItIsLifted()
    {
        string usual = _one.Plug.Station.UsualAddress;
        Set(NetworkEffect.Lease, true, 120);
        Set(NetworkEffect.Deauthenticate, true);
        _one.Run(30);
        Set(NetworkEffect.Address, true, 7);
        string before = AddressOf(_one);
        _one.Run(70);
        string there = AddressOf(_one);
        Set(NetworkEffect.Address, false);
        _one.Run(70);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((before, there, AddressOf(_one)), Is.EqualTo((usual, "192.168.8.7", usual)));
            Assert.That(_one.AirLines.Select(l => l.Text), Has.Some.EndsWith($"DHCPNAK(wlan0) {usual} {_one.Plug.Mac} static lease available").And.Some.Contains($"DHCPACK(wlan0) 192.168.8.7 {_one.Plug.Mac}"));
            Assert.That((_one.Plug.Reachable, _one.Banners()), Is.EqualTo((true, 1)));
            Assert.That(_one.AddressNumbers, Is.EqualTo(new int?[] { 7, null }));
        }
    }

    [TestCase("kept", true)]
    [TestCase("lost", false)]
    public void Address_PlantedFault_KeepsTheOldOneOrHasNone(string at, bool serves)
    {
        PlugBench bad = new(c => PlugBench.With(PlugBench.Fault("F24", ("at", at)))(c) with { Name = "p3", MqttClient = "obk_p3" }, 3, _one.Engine, _one.Air);
        bad.Boot();
        AirActuator air = new(_one.Air, [bad.Plug]);
        air.Set(NetworkEffect.Lease, bad.Plug.Mac, 120, true);
        air.Set(NetworkEffect.Deauthenticate, bad.Plug.Mac, 0, true);
        bad.Run(30);
        air.Set(NetworkEffect.Address, bad.Plug.Mac, 7, true);
        bad.Run(150);
        Assert.That((bad.Plug.Reachable, bad.AddressNumbers.Count), Is.EqualTo((serves, 0)));
    }

    [Test]
    public void Attenuation_WeakensTheSignalForAll_AndRestoreLiftsIt()
    {
        Set(NetworkEffect.Attenuation, true, 20);
        string weak = _other.Get("/index?state=1");
        _air.Restore();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(weak, Does.Match("Wifi RSSI: [^<(]*\\(-7[2-6]dBm\\)"));
            Assert.That(_other.Get("/index?state=1"), Does.Match("\\(-5[2-6]dBm\\)"));
        }
    }

    [Test]
    public void Servers_AnswerByStation()
    {
        Set(NetworkEffect.NamesSilent, true);
        Set(NetworkEffect.TimeError, true, 3600);
        Set(NetworkEffect.AddressesSilent, true);
        Set(NetworkEffect.Loss, true, 0.25);
        Set(NetworkEffect.Delay, true, 200);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(_one.Air.Resolve(_one.Plug.Station, "192.168.7.20", "pool.ntp.org", out _), Is.Null);
            Assert.That(_one.Air.Resolve(_other.Plug.Station, "192.168.7.21", "pool.ntp.org", out _), Is.Not.Null);
            Assert.That(_one.Air.TimeErrorOf(_one.Plug.Mac), Is.EqualTo(TimeSpan.FromHours(1)));
            Assert.That(_one.Air.TimeErrorOf(_other.Plug.Mac), Is.EqualTo(TimeSpan.Zero));
            Assert.That(_one.Air.RequestAddress(_one.Plug.Station, "192.168.7.20", renew: true, out _), Is.Null);
            Assert.That(_one.Air.RequestAddress(_other.Plug.Station, _other.Plug.Station.UsualAddress, renew: true, out _), Is.EqualTo(TimeSpan.FromHours(12)));
            Assert.That((_one.Plug.Loss, _other.Plug.Loss), Is.EqualTo((0.25, 0.0)));
            Assert.That(_one.Air.Of(_one.Plug.Mac).Late, Is.EqualTo(TimeSpan.FromMilliseconds(200)));
            Assert.That(_one.Air.Of(_other.Plug.Mac).Late, Is.EqualTo(TimeSpan.Zero));
        }
    }

    [Test]
    public void BrokerSilent_OutlivesAReset_AndRestoreOpensIt()
    {
        Set(NetworkEffect.BrokerSilent, true);
        _one.PowerCycle(5, 12);
        bool silent = !_one.Plug.AnswersMqtt && _one.Plug.Reachable;
        _air.Restore();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(silent, Is.True);
            Assert.That(_one.Plug.AnswersMqtt, Is.True);
            Assert.That(_one.Plug.BrokerPath, Is.EqualTo(BrokerPath.Open));
        }
    }

    [TestCase(false, TestName = "Asked_CountsTheTimesThatOneStationAsked")]
    [TestCase(true, TestName = "Asked_WithoutAnAnswer_CountsAllTheSame")]
    public void Asked_CountsOneStation(bool silent)
    {
        Set(NetworkEffect.TimeSilent, silent);
        _one.Command("startDriver NTP");
        _one.Run(130);
        using (Assert.EnterMultipleScope())
        {
            // At once, and every minute.
            Assert.That(_air.Asked(_one.Plug.Mac, NetworkQuestion.Time), Is.EqualTo(3));
            Assert.That(_air.Asked(_one.Plug.Mac, NetworkQuestion.Names), Is.Zero);
            Assert.That(_air.Asked(_other.Plug.Mac, NetworkQuestion.Time), Is.Zero);
            Assert.That(_air.Asked("02:00:00:00:00:99", NetworkQuestion.Time), Is.Null);
        }
    }

    [Test]
    public void UnknownStation_IsRefused() =>
        Assert.That(_air.Set(NetworkEffect.Away, "02:00:00:00:00:99", 0, true), Does.Contain("no plug has the MAC address"));

    private static string AddressOf(PlugBench bench) => JsonDocument.Parse(bench.Get("/api/info")).RootElement.GetProperty("ip").GetString()!;

    private void Set(NetworkEffect effect, bool on, double value = 0) => Assert.That(_air.Set(effect, _one.Plug.Mac, value, on), Is.Null);
}
