using LabRunner.Hardware.Metering;
using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Tests.Metering;

/// <summary>Class limits as tabulated, and faults told by their readings.</summary>
public sealed class MetrologyTests
{
    private static readonly Bl0937Model Model = new();

    // Basic current 5 A; class 1 as coded in public pre-compliance tests, class 2 half again as wide.
    [TestCase(1, 0.249, 1, null)]
    [TestCase(1, 0.25, 1, 1.5)]
    [TestCase(1, 0.49, 1, 1.5)]
    [TestCase(1, 0.5, 1, 1.0)]
    [TestCase(1, 16, 1, 1.0)]
    [TestCase(1, 0.49, 0.5, null)]
    [TestCase(1, 0.5, 0.5, 1.5)]
    [TestCase(1, 1, 0.5, 1.0)]
    [TestCase(2, 0.25, 1, 2.5)]
    [TestCase(2, 5, 1, 2.0)]
    public void LimitPercent_AtEachCurrent_AsTabulated(int number, double amperes, double factor, double? percent) =>
        Assert.That(new AccuracyClass(number).LimitPercent(amperes, factor), Is.EqualTo(percent));

    [Test]
    public void StartingCurrent_OfBothClasses_AsTabulated() =>
        Assert.That((new AccuracyClass(1).StartingAmperes, new AccuracyClass(2).StartingAmperes), Is.EqualTo((0.02, 0.025)));

    [TestCase("right", null, "")]
    [TestCase("zero", "F44", "zero")]
    [TestCase("no CF", "F44", "Power stays at zero while pulses arrive on CF")]
    [TestCase("no CF1", "F44", "Voltage and current stay at zero while pulses arrive on CF1")]
    [TestCase("swapped", "F45", "voltage and current are swapped")]
    [TestCase("current only", "F45", "voltage is never measured")]
    [TestCase("voltage only", "F45", "current is never measured")]
    [TestCase("outputs", "F45", "CF and CF1 are swapped")]
    [TestCase("high", null, "")]
    public void Name_ReadingsOfEachFault_TellIt(string what, string? mode, string title)
    {
        Bl0937Frequencies emitted = Model.ToFrequencies(new Volts(230), new Watts(500));
        (double cf, double voltage, double current) = (emitted.Cf.Value, emitted.Cf1Voltage.Value, emitted.Cf1Current.Value);
        (double byPower, double byVoltage, double byCurrent) = what switch
        {
            "zero" => (0.0, voltage, 0.0),
            "no CF" => (0.0, voltage, current),
            "no CF1" => (cf, 0.0, 0.0),
            "swapped" => (cf, current, voltage),
            "current only" => (cf, current, current),
            "voltage only" => (cf, voltage, voltage),
            "outputs" => (voltage, cf, cf),
            "high" => (cf * 1.1, voltage * 1.1, current * 1.1),
            _ => (cf, voltage, current),
        };
        MeterFault? fault = MeterDiagnosis.Name(Model, emitted, byVoltage * Model.VoltsPerHertz, byCurrent * Model.AmperesPerHertz, byPower * Model.WattsPerHertz);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(fault?.Mode, Is.EqualTo(mode));
            Assert.That(fault?.Title ?? "", Does.Contain(title));
        }
    }

    // At 3,027 W and 230 V voltage and power pulse at 2 kHz alike, and nothing can be told of which counter saw which.
    [Test]
    public void Name_FrequenciesAlike_NothingIsTold()
    {
        Bl0937Frequencies alike = new(new Hertz(1700), new Hertz(1735), new Hertz(900));
        Assert.That(MeterDiagnosis.Name(Model, alike, 0, 0, 0), Is.Null);
    }
}
