using CsCheck;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Tests.Drawing;

public sealed class SeriesPackTests
{
    private static readonly double?[] Odd = [null, double.NaN, double.PositiveInfinity, 1e300, -1e300, 0];
    private static readonly bool?[] States = [null, true, false];
    private static readonly Gen<double?> Maybe = Gen.Select(Gen.Int[0, 11], Gen.Double[-1e6, 1e6]).Select((pick, value) => pick < 6 ? Odd[pick] : value);

    private static readonly Gen<TelemetryRecord> Sample =
        from at in Gen.Double[0, 1e6]
        from heap in Gen.Select(Gen.Bool, Gen.Long).Select((told, bytes) => told ? (long?)bytes : null)
        from small in Gen.Int[-200, 200]
        from voltage in Maybe
        from current in Maybe
        from closed in Gen.Int[0, 2].Select(i => States[i])
        select new TelemetryRecord(at, "p1", small, heap, small, small % 3 == 0 ? null : small, voltage, current, voltage, closed);

    [Test]
    public void Unpack_AnySamples_AreWhatWasPackedToTheirPlaces() =>
        Sample.Array[0, 60].Sample(samples =>
        {
            (double[] at, double[][] values) = SeriesPack.Unpack(SeriesPack.Pack(samples));
            return at.Length == samples.Length && samples.Index().All(s =>
                Math.Abs(at[s.Index] - s.Item.At) <= 0.0501
                && SeriesMetric.All.Index().All(m => Same(m.Item.Value(s.Item), values[m.Index][s.Index], m.Item.Decimals)));
        });

    [Test]
    public void Pack_NightOfASlotAtOneHertz_TakesATenthOfItsText()
    {
        Chance chance = new(3, "pack");
        TelemetryRecord[] night =
        [
            .. Enumerable.Range(0, 43_200).Select(i => new TelemetryRecord(
                i, "p1", i, 95_000 - (chance.Below(20) == 0 ? 11_768 : 0) - chance.Below(64), -58 - (int)chance.Below(3), 2, 230 + chance.Between(-0.6, 0.6), 0.261 + chance.Between(-0.006, 0.006), 60 + chance.Between(-0.8, 0.8), true)),
        ];
        Assert.That(SeriesPack.Pack(night), Has.Length.LessThan(260_000));
    }

    [Test]
    public void Unpack_CutOrForeignBytes_AreRefused()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => SeriesPack.Unpack([1, 2, 3]), Throws.InstanceOf<Exception>());
            Assert.That(SeriesPack.Unpack(SeriesPack.Pack([])).At, Is.Empty);
        }
    }

    private static bool Same(double? value, double unpacked, int decimals) =>
        value is not { } told || !double.IsFinite(told) ? double.IsNaN(unpacked)
        : Math.Abs(told * Math.Pow(10, decimals)) >= 1e15 || Math.Abs(unpacked - told) <= (0.5000001 * Math.Pow(10, -decimals)) + (Math.Abs(told) * 1e-12);
}
