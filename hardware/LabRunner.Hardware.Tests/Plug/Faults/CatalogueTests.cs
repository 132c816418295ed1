using System.Globalization;
using LabRunner.Hardware.Virtual.Plug;
using LabRunner.Hardware.Virtual.Plug.Faults;

namespace LabRunner.Hardware.Tests.Plug.Faults;

[TestFixture]
internal sealed class CatalogueTests
{
    [Test]
    public void Modes_F01ToF64_EachOnceWithALayerAndAWord()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                FaultModes.All.Select(m => m.Id),
                Is.EqualTo(Enumerable.Range(1, 64).Select(n => string.Create(CultureInfo.InvariantCulture, $"F{n:D2}"))));
            Assert.That(FaultModes.All.Where(m => m.What.Length < 10), Is.Empty, "modes without a word");
        }
    }

    [Test]
    public void Modes_Planted_AreThoseThatCanBePlanted() => Assert.That(
        FaultModes.All.Where(m => m.Shown == ModeShown.Planted).Select(m => m.Id), Is.EquivalentTo(FaultCatalogue.Parameters.Keys));

    [TestCaseSource(nameof(Planted))]
    public void Planted_WithDefaults_BootsOnceLikeAnyOther(string id)
    {
        PlugBench bench = new PlugBench(PlugBench.With(PlugBench.Fault(id))).Boot();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(bench.Answers(), Is.True);
            Assert.That(bench.Banners(), Is.EqualTo(1));
        }
    }

    [TestCaseSource(nameof(Planted))]
    public void Planted_SameSeed_SameLinesOnTheUart(string id)
    {
        PlugBench first = Night(id);
        PlugBench second = Night(id);
        Assert.That(second.Lines, Is.EqualTo(first.Lines));
    }

    private static PlugBench Night(string id)
    {
        PlugBench bench = new PlugBench(PlugBench.With(PlugBench.Fault(id)), seed: 7).Boot();
        bench.Run(400);
        bench.Air.DeauthenticateAll();
        bench.Run(200);
        return bench;
    }

    private static IEnumerable<string> Planted() => FaultCatalogue.Parameters.Keys;
}
