using System.Globalization;
using System.Text.RegularExpressions;

namespace LabRunner.Hardware.Tests.Plug.Faults;

/// <summary>Modes of the device's calendar.</summary>
[TestFixture]
internal sealed class ClockFaultTests
{
    [Test]
    public void F28_Offset_DateIsAnHourAhead()
    {
        Twins twins = Twins.Of("F28").Boot();
        twins.Do(b => b.Command("startDriver NTP")).Run(10);
        Assert.That(Clock(twins.Faulty) - Clock(twins.Healthy), Is.EqualTo(TimeSpan.FromHours(1)).Within(TimeSpan.FromSeconds(2)));
    }

    [Test]
    public void F28_Epoch_NeverLeaves1970()
    {
        Twins twins = Twins.Of("F28", ("mode", "epoch")).Boot();
        twins.Do(b => b.Command("startDriver NTP")).Run(10);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Clock(twins.Faulty).Year, Is.EqualTo(1970));
            Assert.That(Clock(twins.Healthy).Year, Is.EqualTo(2026));
        }
    }

    [Test]
    public void F28_Midnight_DumpsWhenTheDayRolls()
    {
        Twins twins = Twins.Of("F28", ("mode", "midnight")).Boot();
        twins.Do(b => b.Command("Power ON")).Do(b => b.Command("startDriver NTP")).Run(4.5 * 3600);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Dumps(), Is.EqualTo(1));
            Assert.That(twins.Faulty.Engine.Origin + twins.Faulty.Lines.First(l => l.Line == "Exception Entry--->>>").At,
                Is.EqualTo(new DateTimeOffset(2026, 1, 6, 0, 0, 0, TimeSpan.Zero)).Within(TimeSpan.FromSeconds(2)));
            Assert.That(twins.Healthy.Dumps(), Is.Zero);
            Assert.That(twins.Healthy.Get("/index?state=1"), Does.Match("Energy Yesterday</b></td><td style='text-align: right;'>2[34]\\d\\.\\d{3}"));
        }
    }

    [TestCase("twice")]
    [TestCase("never")]
    public void F28_EnergyOfTheDay_RollsTwiceOrNever(string mode)
    {
        Twins twins = Twins.Of("F28", ("mode", mode)).Boot();
        twins.Do(b => b.Command("Power ON")).Do(b => b.Command("startDriver NTP")).Run(120);
        twins.Do(b => b.Air.TimeServerError = TimeSpan.FromDays(1)).Run(180);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Saved(twins.Healthy), Is.EqualTo(1), "the healthy one, once");
            Assert.That(Saved(twins.Faulty), Is.EqualTo(mode == "twice" ? 2 : 0));
        }

        twins.Do(b => b.Air.TimeServerError = TimeSpan.Zero).Run(70);
        Assert.That(Saved(twins.Healthy), Is.EqualTo(2), "an earlier day is another one too");
    }

    [Test]
    public void F28_Boots_EnergyOfTheDayRollsAgainAfterAReboot()
    {
        Twins twins = Twins.Of("F28", ("mode", "boots")).Boot();
        twins.Do(b => b.Command("Power ON")).Do(b => b.Command("startDriver NTP")).Run(120);
        twins.Do(b => b.Air.TimeServerError = TimeSpan.FromDays(1)).Run(300);
        string[] before = [Yesterday(twins.Healthy), Yesterday(twins.Faulty)];
        twins.Do(b => b.Post("/api/reboot", "")).Run(30);
        twins.Do(b => b.Command("startDriver NTP")).Run(10);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Yesterday(twins.Healthy), Is.EqualTo(before[0]).And.Not.EqualTo("0.000"));
            Assert.That(Yesterday(twins.Faulty), Is.Not.EqualTo(before[1]));
        }
    }

    private static string Yesterday(PlugBench bench) => Regex.Match(bench.Get("/index?state=1"), "Energy Yesterday</b></td><td[^>]*>([^<]*)<").Groups[1].Value;

    // With less than 10 Wh counted only a new day saves.
    private static int Saved(PlugBench bench) =>
        int.Parse(Regex.Match(bench.Get("/index?state=1"), @"saved (\d+)\)").Groups[1].Value, CultureInfo.InvariantCulture);

    private static DateTime Clock(PlugBench bench)
    {
        bench.Published.Clear();
        bench.Command("publishAll");
        bench.Run(15);
        return DateTime.Parse(bench.Published.First(p => p.Topic.EndsWith("/datetime", StringComparison.Ordinal)).Payload, CultureInfo.InvariantCulture);
    }
}
