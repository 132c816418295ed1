using LabRunner.Hardware.Drivers.Network.AccessPoint;
using LabRunner.Hardware.Network;

namespace LabRunner.Hardware.Tests.Network;

/// <summary>Effects as rules: pure text.</summary>
[TestFixture]
internal sealed class PacketRulesTests
{
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

    [Test]
    public void Nft_NothingOn_LeavesNoTable() =>
        Assert.That(PacketRules.Nft([], "wlan0", 1883), Is.EqualTo("table inet labrunner\ndelete table inet labrunner\n"));

    [Test]
    public void Nft_AStandIn_HasAZoneOfItsOwn_InBothDirections()
    {
        string rules = PacketRules.Nft(
            [
                new ActiveEffect(NetworkEffect.TimeError, "a", "192.168.7.20", 3600, 40001), new ActiveEffect(NetworkEffect.BrokerDenies, "b", "192.168.7.21", 0, 40002),
                new ActiveEffect(NetworkEffect.AddressesRefused, "b", "192.168.7.21", 0, 40003), new ActiveEffect(NetworkEffect.NamesSlow, "a", null, 5, 40004),
            ], "wlan0", 1884);
        string[] lines = [.. rules.Split('\n').Select(line => line.Trim())];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(lines, Does.Contain("iifname \"wlan0\" ether saddr a udp dport 123 ct zone set 40001"));
            Assert.That(lines, Does.Contain("iifname \"wlan0\" ether saddr a udp dport 123 redirect to :40001"));
            Assert.That(lines, Does.Contain("udp sport 40001 ct zone set 40001"));
            Assert.That(lines, Does.Contain("iifname \"wlan0\" ether saddr b tcp dport 1884 redirect to :40002"));
            Assert.That(lines, Does.Contain("tcp sport 40002 ct zone set 40002"));
            Assert.That(lines, Does.Contain("iifname \"wlan0\" ether saddr b ip daddr != 255.255.255.255 udp dport 67 redirect to :40003"));
            Assert.That(lines, Does.Contain("iifname \"wlan0\" ether saddr a udp dport 53 redirect to :40004"));
            Assert.That(lines, Does.Contain("iifname \"wlan0\" ether saddr a tcp dport 53 reject with tcp reset"));
        }
    }
}
