namespace LabRunner.Hardware.Tests.Plug;

[TestFixture]
public sealed class ButtonTests
{
    [Test]
    public void Press_200Ms_Toggles380MsAfterRelease()
    {
        PlugBench bench = new PlugBench().Boot();
        bench.Press(200);
        TimeSpan released = bench.Engine.Now;
        bench.Run(2);
        Assert.That(bench.Contacts, Has.Count.EqualTo(1));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Contacts[0].Closed, Is.True);
            Assert.That((bench.Contacts[0].At - released).TotalMilliseconds, Is.EqualTo(380).Within(25));
        }
    }

    [TestCase(40, 0)]
    [TestCase(60, 0)]
    [TestCase(90, 1)]
    [TestCase(900, 1)]
    [TestCase(1200, 0)]
    public void Press_OfALength_TogglesOnlyAsAShortClick(double milliseconds, int toggles)
    {
        PlugBench bench = new PlugBench().Boot();
        bench.Press(milliseconds);
        bench.Run(2);
        Assert.That(bench.Contacts, Has.Count.EqualTo(toggles));
    }

    [Test]
    public void Press_HeldThenPressedAgain_TogglesOnce()
    {
        PlugBench bench = new PlugBench().Boot();
        bench.Press(1500);
        bench.Run(2);
        bench.Press(200);
        bench.Run(2);
        Assert.That(bench.Contacts, Has.Count.EqualTo(1));
    }

    [Test]
    public void DoubleClick_LaterThanFiveSeconds_LeavesRelayAndWifiAlone()
    {
        PlugBench bench = new PlugBench().Boot();
        bench.Press(150);
        bench.Run(0.15);
        bench.Press(150);
        bench.Run(8);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Contacts, Is.Empty);
            Assert.That(bench.Get("/cm?cmnd=SSID1"), Does.Contain("LabRunner"));
        }
    }

    [Test]
    public void DoubleClick_InTheFirstSeconds_ClearsTheCredentials_AndTheAccessPointOpensAtTheNextBoot()
    {
        PlugBench bench = new();
        bench.Plug.SetPower(true);
        bench.Run(2);
        bench.Press(150);
        bench.Run(0.15);
        bench.Press(150);
        bench.Run(12);
        bool before = bench.Uart.Contains("Opening access point", StringComparison.Ordinal);
        bench.PowerCycle(5, 15);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(before, Is.False);
            Assert.That(bench.Uart, Does.Contain("Opening access point"));
            Assert.That(bench.Get("/cm?cmnd=SSID1"), Is.EqualTo("{\"SSID1\":\"\"}"));
        }
    }

    [Test]
    public void Press_TemplateHasAnotherGpio_DoesNothing()
    {
        PlugBench bench = new PlugBench(c => c with { Wiring = PlugBench.Board(22) }).Boot();
        bench.Press(200);
        bench.Run(2);
        Assert.That(bench.Contacts, Is.Empty);
    }
}
