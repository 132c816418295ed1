using LabRunner.Bench.Watch;
using LabRunner.Hardware.Time;

namespace LabRunner.Bench.Tests.Watch;

public sealed class AccessLogTests
{
    [TestCase("1767643200.123456: wlan0: AP-STA-CONNECTED 10:52:1c:aa:bb:cc", "Associated", "10:52:1c:aa:bb:cc")]
    [TestCase("Jan  5 20:00:00 pi hostapd: wlan0: STA 10:52:1C:AA:BB:CC IEEE 802.11: associated (aid 1)", "Associated", "10:52:1c:aa:bb:cc")]
    [TestCase("wlan0: AP-STA-DISCONNECTED 10:52:1c:aa:bb:cc", "Gone", "10:52:1c:aa:bb:cc")]
    [TestCase("wlan0: STA 10:52:1c:aa:bb:cc IEEE 802.11: disassociated", "Left", "10:52:1c:aa:bb:cc")]
    [TestCase("wlan0: STA 10:52:1c:aa:bb:cc IEEE 802.11: deauthenticated due to inactivity (timer DEAUTH/REMOVE)", "Left", "10:52:1c:aa:bb:cc")]
    [TestCase("Jan  5 20:00:01 dnsmasq-dhcp[731]: DHCPACK(wlan0) 192.168.7.33 10:52:1c:aa:bb:cc obk", "Leased", "10:52:1c:aa:bb:cc")]
    [TestCase("dnsmasq-dhcp[731]: DHCPNAK(wlan0) 192.168.7.33 10:52:1c:aa:bb:cc wrong network", "LeaseEnded", "10:52:1c:aa:bb:cc")]
    [TestCase("dnsmasq-dhcp[731]: DHCPDISCOVER(wlan0) 10:52:1c:aa:bb:cc", "Asking", "10:52:1c:aa:bb:cc")]
    [TestCase("dnsmasq-dhcp[731]: DHCPDISCOVER(wlan0) 192.168.7.33 10:52:1c:aa:bb:cc", "Asking", "10:52:1c:aa:bb:cc")]
    [TestCase("wlan0: AP-DISABLED ", "AccessPointDown", null)]
    [TestCase("wlan0: AP-ENABLED ", "AccessPointUp", null)]
    [TestCase("wlan0: AP-CSA-FINISHED freq=2412 dfs=0", "Moved", null)]
    public void Parse_LinesOfBothDaemons_TellTheStation(string line, string kind, string? mac)
    {
        AccessEvent told = AccessLog.Parse(line)!.Value;

        Assert.That((told.Kind.ToString(), told.Mac), Is.EqualTo((kind, mac)));
    }

    [TestCase("wlan0: STA 10:52:1c:aa:bb:cc IEEE 802.11: authenticated")]
    [TestCase("dnsmasq[731]: query[A] pool.ntp.org from 192.168.7.33")]
    [TestCase("")]
    public void Parse_OtherLines_TellNothing(string line) => Assert.That(AccessLog.Parse(line), Is.Null);

    [TestCase("10521CAABBCC", "10:52:1c:aa:bb:cc")]
    [TestCase("10:52:1C:AA:BB:CC", "10:52:1c:aa:bb:cc")]
    [TestCase("none", null)]
    public void Spell_AnySpellingOfAMac_IsOne(string mac, string? expected) => Assert.That(AccessLog.Spell(mac), Is.EqualTo(expected));

    [Test]
    public void Look_AppendedRotatedAndMissingFile_GivesEachNewLineOnceAndSaysWhatItLacks()
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("tail-").FullName, "hostapd.log");
        List<string> lines = [];
        List<string> troubles = [];
        LogTail tail = new(path, LabClock.Start(), (_, line) => lines.Add(line), troubles.Add);
        tail.Look();
        tail.Look();
        File.WriteAllText(path, "one\r\ntwo\nthr");
        tail.Look();
        File.AppendAllText(path, "ee\n");
        tail.Look();
        File.WriteAllText(path, "a\n");
        tail.Look();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(lines, Is.EqualTo(new[] { "one", "two", "three", "a" }));
            Assert.That(troubles, Has.Count.EqualTo(1));
        }

        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }
}
