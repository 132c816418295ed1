using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Sections;

namespace LabRunner.Reports.Tests.Sections;

/// <summary>Edges of the relay, and the samples in the page.</summary>
public sealed class RelayAndSeriesTests
{
    [Test]
    public void Relay_GapsAtResets_AreMeasuredAndStrangeEdgesNamed()
    {
        using TestRun run = new();
        run.Meta(MetaKeys.Ended, "1000");
        run.Slot("p1");
        run.Boot("p1", 101, "watchdog", false);
        run.Boot("p1", 301, "reboot", true);
        foreach ((double at, string text) in ((double, string)[])[(100, "contact opened"), (100.5, "contact closed"), (300, "contact opened"), (301.4, "contact closed"), (700, "contact opened"), (800, "contact opened"), (805, "contact closed")])
        {
            run.Event(at, "p1", "relay", text);
        }

        run.Event(799.5, "p1", "power", "off");
        run.Boot("p1", 805.5, "power-cut", true);
        string html = Drawn.Of(new RelaySection(), RunReader.Read(run.Folder));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(html, Does.Contain("2 resets opened the contact, power cuts of the bench left out").And.Contain("1.4 s at most").And.Contain("1 longer than one second"));
            Assert.That(html, Does.Contain("Edges that nothing explains").And.Contain("+0:11:40"));
            Assert.That(html, Does.Not.Contain("<th scope=\"row\">p1</th><td>+0:01:40"), "an edge at a reset is explained");
        }
    }

    [Test]
    public void Series_EverySample_IsInThePageAndInTheTable()
    {
        using TestRun night = Nights.Smoke();
        RunRecord run = RunReader.Read(night.Folder);

        string text = Drawn.Of(new SeriesSection(), run);

        string packed = text.Split("<template class=\"pack\" data-slot=\"p4\"")[1].Split('>', 2)[1].Split('<')[0];
        (double[] at, double[][] values) = SeriesPack.Unpack(Convert.FromBase64String(packed));
        TelemetryRecord[] samples = [.. run.Telemetry.Where(t => t.Slot == "p4")];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(at, Is.EqualTo(samples.Select(s => s.At)).Within(0.051));
            Assert.That(values[0], Is.EqualTo(samples.Select(s => (double)s.HeapB!.Value)));
            Assert.That(text, Does.Contain("p4 free heap over the night"));
        }
    }
}
