using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Virtual.Air;
using LabRunner.Hardware.Virtual.Plug;

namespace LabRunner.Hardware.Tests.Plug.Faults;

[TestFixture]
internal sealed class WeatherTests
{
    [Test]
    public void Plan_WithADuration_ComesAndGoes()
    {
        Engine engine = new();
        VirtualAir air = new(engine);
        Weather.Parse("5m access-point-off 60s").Plan(air, engine);
        Weather.Parse("1m lease 120s").Plan(air, engine);
        Weather.Parse("2m loss 0.05 30s").Plan(air, engine);
        engine.RunUntil(TimeSpan.FromSeconds(130));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(air.Lease, Is.EqualTo(TimeSpan.FromSeconds(120)));
            Assert.That(air.Loss, Is.EqualTo(0.05));
            Assert.That(air.AccessPointUp, Is.True);
        }

        engine.RunUntil(TimeSpan.FromSeconds(330));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(air.AccessPointUp, Is.False);
            Assert.That(air.Loss, Is.Zero);
        }

        engine.RunUntil(TimeSpan.FromSeconds(361));
        Assert.That(air.AccessPointUp, Is.True);
    }

    [TestCase("5m", "it has no word")]
    [TestCase("5m rain", "'rain' is no weather")]
    [TestCase("5 access-point-off", "'5' is no duration")]
    [TestCase("5m channel", "'channel' takes a value")]
    [TestCase("5m channel 14", "'14' is no number from 1 to 13")]
    [TestCase("5m channel 11 60s", "'channel' takes no duration")]
    [TestCase("5m dns-silent 60s 70s", "'dns-silent' takes at most a duration")]
    public void Parse_WrongLine_NamesItAndTheWords(string text, string problem)
    {
        BenchFaultException? fault = Assert.Throws<BenchFaultException>(() => Weather.Parse(text));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(fault!.Kind, Is.EqualTo(FaultKind.Configuration));
            Assert.That(fault.Place, Is.EqualTo($"weather '{text}'"));
            Assert.That(fault.Problem, Does.StartWith(problem));
            Assert.That(fault.Remedy, Does.Contain("access-point-off"));
        }
    }
}
