using LabRunner.Hardware.Metering;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Units;

namespace LabRunner.Reports.Tests.Statistics;

/// <summary>Figures of the BL0937 that metering rests on, computed independently.</summary>
[Category("vectors")]
public sealed class MeterVectorTests
{
    [Test]
    public void Model_PartsOfAPlug_V44()
    {
        Bl0937Model model = Bl0937Model.FromParts(shuntOhms: 0.001, divider: 2351, referenceVolts: 1.218);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(model.WattsPerHertz, Is.EqualTo(2.025996379913866).Within(1e-12));
            Assert.That(model.AmperesPerHertz, Is.EqualTo(0.012870094465225385).Within(1e-14));
            Assert.That(model.VoltsPerHertz, Is.EqualTo(0.18597895693966357).Within(1e-13));
        }
    }

    [TestCase(3200, 60, 13.58695652)]
    [TestCase(2_400_000, 16, 0.0679347826)]
    public void NoLoadTime_Class1_V47(double pulsesPerKilowattHour, double mostAmperes, double minutes) =>
        Assert.That(new AccuracyClass(1).NoLoadTime(pulsesPerKilowattHour, 230, mostAmperes).TotalMinutes, Is.EqualTo(minutes).Within(5e-9));

    [Test]
    public void Model_FirmwareDefaultsAtSixtyWatts_V46()
    {
        Bl0937Frequencies pulses = new Bl0937Model().ToFrequencies(new Volts(230), new Amperes(60.0 / 230), new Watts(60));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(pulses.Cf.Value, Is.EqualTo(40).Within(1e-9));
            Assert.That(pulses.Cf1Voltage.Value, Is.EqualTo(1735.4545).Within(5e-5));
            Assert.That(pulses.Cf1Current.Value, Is.EqualTo(22.0).Within(5e-2));
        }
    }
}
