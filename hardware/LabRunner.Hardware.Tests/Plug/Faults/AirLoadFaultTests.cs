namespace LabRunner.Hardware.Tests.Plug.Faults;

/// <summary>Modes of a busy or a poor radio channel.</summary>
[TestFixture]
internal sealed class AirLoadFaultTests
{
    [Test]
    public void F21_DiscoveryStorm_HangsOnlyWithTheDriver()
    {
        Twins twins = Twins.Of("F21", ("perRequest", "0.002")).Boot();
        twins.Do(b => b.Air.DiscoveryPerSecond = 10).Run(600);
        Assert.That(twins.Faulty.Banners(), Is.EqualTo(1), "without the driver");
        twins.Do(b => b.Command("startDriver SSDP")).Run(600);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Banners(), Is.EqualTo(2), "the driver is not started again after the reset");
            Assert.That(twins.Healthy.Banners(), Is.EqualTo(1));
        }
    }

    [Test]
    public void F21_ByMdns_HangsOnlyWithThatDriver()
    {
        Twins twins = new Twins(
            new PlugBench(c => PlugBench.With(PlugBench.Fault("F21", ("by", "mdns"), ("perRequest", "0.01")))(c) with { Mdns = true }), new PlugBench(c => c with { Mdns = true })).Boot();
        twins.Do(b => b.Command("startDriver SSDP")).Do(b => b.Air.ServiceDiscoveryPerSecond = 10).Run(300);
        Assert.That(twins.Faulty.Banners(), Is.EqualTo(1), "with the SSDP driver");
        twins.Do(b => b.Command("startDriver MDNS"));
        Assert.That(twins.Healthy.Get("/index?state=1"), Does.Contain("3 drivers active (BL0937, MDNS, SSDP)").Or.Contain("2 drivers active (MDNS, SSDP)"));
        twins.Run(300);
        Assert.That((twins.Faulty.Banners(), twins.Healthy.Banners()), Is.EqualTo((2, 1)));
    }

    [Test]
    public void F21_ByNotify_HangsByAnnouncementsOnly()
    {
        Twins twins = Twins.Of("F21", ("by", "notify"), ("perRequest", "0.01")).Boot();
        twins.Do(b => b.Command("startDriver SSDP")).Do(b => b.Air.DiscoveryPerSecond = 10).Run(300);
        Assert.That(twins.Faulty.Banners(), Is.EqualTo(1), "by requests");
        twins.Do(b => b.Air.AnnouncementsPerSecond = 10).Run(300);
        Assert.That((twins.Faulty.Banners(), twins.Healthy.Banners()), Is.EqualTo((2, 1)));
    }

    [Test]
    public void F55_PoorRadio_WeakLateAndLossyForAWhile()
    {
        Twins twins = Twins.Of("F55", ("uptime", "60s"), ("lasts", "100s")).Boot().Run(60);
        int late = 0;
        for (int i = 0; i < 10; i++)
        {
            late += twins.Faulty.Answers() ? 0 : 1;
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(twins.Faulty.Plug.Loss, Is.EqualTo(0.7));
            Assert.That(late, Is.GreaterThan(3), "answers later than 0.2 s");
            Assert.That(twins.Healthy.Plug.Loss, Is.Zero);
        }

        twins.Faulty.Run(120);
        Assert.That(twins.Faulty.Plug.Loss, Is.Zero);
        Assert.That(twins.Faulty.Get("/index?state=1"), Does.Match(@"-5\ddBm"));
    }
}
