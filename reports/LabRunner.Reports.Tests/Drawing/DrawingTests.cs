using LabRunner.Reports.Drawing;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Tests.Drawing;

public sealed class DrawingTests
{
    [Test]
    public void Reduce_DeadSecondInTwelveHours_IsStillDrawn()
    {
        IReadOnlyList<Bar> pieces = PixelRow.Reduce([new Bar(0, 43_200, "alive", 1, "up"), new Bar(20_000, 20_001, "dead", 3, "down")], 0, 43_200);

        Assert.That(pieces.Select(p => (p.Kind, p.Title)), Is.EqualTo(new[] { ("alive", "up"), ("dead", "down"), ("alive", "up") }));
    }

    [Test]
    public void Reduce_Flapping_IsBoundedByTheColumns()
    {
        IEnumerable<Bar> bars = Enumerable.Range(0, 100_000).Select(i => new Bar(i, i + 1, i % 2 == 0 ? "alive" : "dead", i % 2 == 0 ? 1 : 3, "x"));

        IReadOnlyList<Bar> pieces = PixelRow.Reduce(bars, 0, 100_000);

        Assert.That(pieces, Has.Count.EqualTo(1), "every column holds a dead second");
        Assert.That(pieces[0].Title, Does.Contain("more here"));
    }

    [TestCase(0, 1690, 300)]
    [TestCase(0, 43_200, 7200)]
    [TestCase(5, 5, 1)]
    public void Ticks_AnyNight_AreFewAndRound(double start, double end, double step)
    {
        List<double> ticks = [.. new TimeAxis(start, end, 0, 100).Ticks()];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(ticks, Has.Count.InRange(2, 12));
            Assert.That(ticks.Select(t => t % step), Is.All.Zero);
        }
    }

    [TestCase(-0.1, 2.7)]
    [TestCase(3, 3)]
    [TestCase(double.NaN, 1)]
    [TestCase(0, double.PositiveInfinity)]
    public void Round_AnyRange_Ends(double low, double high) => Assert.That(Plot.Round(low, high, 6).Count(), Is.LessThanOrEqualTo(13));

    [Test]
    public void Finish_ElementLeftOpen_IsRefused()
    {
        HtmlWriter html = new();
        html.In("div");

        Assert.That(() => html.Finish(), Throws.InvalidOperationException);
    }

    [TestCase(371.66, "+0:06:11.7")]
    [TestCase(3599.96, "+1:00:00.0")]
    [TestCase(-2.5, "-0:00:02.5")]
    public void AtTenths_AnyTime_RoundsBeforeItIsSplit(double seconds, string expected) => Assert.That(Words.AtTenths(TimeSpan.FromSeconds(seconds)), Is.EqualTo(expected));

    [TestCase(0.35, "350 ms")]
    [TestCase(12.43, "12.4 s")]
    [TestCase(250, "4 min 10 s")]
    [TestCase(27_900, "7 h 45 min")]
    [TestCase(0.9996, "1 s")]
    [TestCase(59.96, "1 min 0 s")]
    [TestCase(119.6, "2 min 0 s")]
    [TestCase(3599.7, "1 h 0 min")]
    [TestCase(7199.6, "2 h 0 min")]
    [TestCase(-119.6, "-2 min 0 s")]
    public void Duration_AnyLength_IsSaidAsPeopleDo(double seconds, string expected) => Assert.That(Words.Duration(seconds), Is.EqualTo(expected));

    [Test]
    public void Render_EightPlugsTwelveHours_StaysAHandyFile()
    {
        using TestRun run = new();
        run.Begin();
        run.Meta(MetaKeys.Ended, "43200");
        foreach (int slot in Enumerable.Range(1, 8))
        {
            string name = "p" + slot;
            run.Slot(name);
            foreach (string observer in new[] { "P", "T", "Hs", "Hl", "M", "U", "B", "R" })
            {
                for (double at = 0; at < 43_200; at += 600)
                {
                    run.Lane(name, observer, at, at + 580, "alive");
                    run.Lane(name, observer, at + 580, at + 600, "dead", "flap");
                }
            }

            for (double at = 0; at < 43_200; at += 60)
            {
                run.Telemetry(at, name, (long)at, 94_000 + (long)run.Chance.Between(0, 800));
            }

            for (double at = 0; at < 43_200; at += 720)
            {
                run.Boot(name, at, "power-cut", true, 700);
                run.Intent(name, IntentKinds.PowerCut, "off 5 s", at - 5, at + 20, "S02");
            }
        }

        run.Commit();

        string html = HtmlReport.Write(RunReader.Read(run.Folder));

        Assert.That(html.Length, Is.InRange(100_000, 4_000_000));
        if (TestContext.Parameters["keepLong"] is { } target)
        {
            File.WriteAllText(target, html);
        }
    }
}
