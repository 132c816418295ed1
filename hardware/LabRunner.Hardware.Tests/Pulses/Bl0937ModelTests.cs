using LabRunner.Hardware.Pulses;
using LabRunner.Hardware.Units;

namespace LabRunner.Hardware.Tests.Pulses;

/// <summary>Loads and frequencies of a BL0937 with 1 mΩ, by the formulas of its data sheet.</summary>
public sealed class Bl0937ModelTests
{
    [TestCase(0.005, 1.15, 0.667, 1453.0, 0.388)]
    [TestCase(0.0217, 4.991, 2.894, 1453.0, 1.686)]
    [TestCase(40 / 230.0, 40, 23.21, 1453.0, 13.52)]
    [TestCase(1, 230, 133.38, 1453.0, 77.70)]
    [TestCase(10, 2300, 1333.8, 1453.0, 777.0)]
    [TestCase(16, 3680, 2134.1, 1453.0, 1243.2)]
    public void FromParts_TwoMegohmDivider_TheFrequenciesOfTheDataSheet(double amperes, double watts, double cf, double voltage, double current) =>
        AssertFrequencies(Bl0937Model.FromParts(), amperes, watts, cf, voltage, current);

    [TestCase(0.005, 1.15, 0.568, 1236.7, 0.388)]
    [TestCase(0.0217, 4.991, 2.464, 1236.7, 1.686)]
    [TestCase(40 / 230.0, 40, 19.75, 1236.7, 13.52)]
    [TestCase(1, 230, 113.52, 1236.7, 77.70)]
    [TestCase(10, 2300, 1135.2, 1236.7, 777.0)]
    [TestCase(16, 3680, 1816.4, 1236.7, 1243.2)]
    public void FromParts_FiveResistorDivider_TheFrequenciesOfTheDataSheet(double amperes, double watts, double cf, double voltage, double current) =>
        AssertFrequencies(Bl0937Model.FromParts(divider: 2351), amperes, watts, cf, voltage, current);

    [Test]
    public void FromParts_OnePulseOfPower_IsItsShareOfAKilowattHour() =>
        Assert.That(Bl0937Model.FromParts().WattsPerHertz / 3600 * 1e3, Is.EqualTo(0.479).Within(0.0005), "mWh a CF pulse");

    [TestCase(1)]
    [TestCase(0.5)]
    public void ToLoad_AfterToFrequencies_TheSameLoad(double powerFactor)
    {
        Bl0937Model model = new();
        Bl0937Load load = model.ToLoad(model.ToFrequencies(new Volts(230), new Amperes(2), powerFactor));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(load.Voltage.Value, Is.EqualTo(230).Within(1e-9));
            Assert.That(load.Current.Value, Is.EqualTo(2).Within(1e-9));
            Assert.That(load.Power.Value, Is.EqualTo(460 * powerFactor).Within(1e-9));
            Assert.That(load.PowerFactor, Is.EqualTo(powerFactor).Within(1e-12));
        }
    }

    [Test]
    public void ToLoad_NoCurrent_HasNoPowerFactor() =>
        Assert.That(new Bl0937Model().ToLoad(new Bl0937Frequencies(new Hertz(0), new Hertz(1453), new Hertz(0))).PowerFactor, Is.Null);

    [Test]
    public void ToFrequencies_PowerFactor_HalvesThePowerOnly()
    {
        Bl0937Model model = Bl0937Model.FromParts();
        Bl0937Frequencies full = model.ToFrequencies(new Volts(230), new Amperes(1), 1.0);
        Bl0937Frequencies half = model.ToFrequencies(new Volts(230), new Amperes(1), 0.5);
        Assert.That(half, Is.EqualTo(full with { Cf = new Hertz(full.Cf.Value / 2) }));
    }

    [TestCase(-0.1)]
    [TestCase(1.1)]
    public void ToFrequencies_PowerFactorOutsideZeroToOne_Refused(double powerFactor) =>
        Assert.That(() => new Bl0937Model().ToFrequencies(new Volts(230), new Amperes(1), powerFactor), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [TestCase(0, 2001, 1.218)]
    [TestCase(0.001, 1, 1.218)]
    [TestCase(0.001, 2001, 0)]
    public void FromParts_ImpossibleParts_Refused(double shunt, double divider, double reference) =>
        Assert.That(() => Bl0937Model.FromParts(shunt, divider, reference), Throws.InstanceOf<ArgumentOutOfRangeException>());

    /// <summary>The table is rounded to four digits.</summary>
    private static void AssertFrequencies(Bl0937Model model, double amperes, double watts, double cf, double voltage, double current)
    {
        Bl0937Frequencies frequencies = model.ToFrequencies(new Volts(230), new Amperes(amperes), new Watts(watts));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(frequencies.Cf.Value, Is.EqualTo(cf).Within(0.1).Percent);
            Assert.That(frequencies.Cf1Voltage.Value, Is.EqualTo(voltage).Within(0.01).Percent);
            Assert.That(frequencies.Cf1Current.Value, Is.EqualTo(current).Within(0.2).Percent);
        }
    }
}
