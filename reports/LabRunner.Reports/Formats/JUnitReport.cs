using System.Globalization;
using System.Text;
using System.Xml;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Formats;

/// <summary>
/// report/junit.xml for build servers: one test suite per slot and suite, and one named "stability" with the verdict of every slot, so that
/// a failure only the watch saw turns the build red. FAIL is a failure, INVALID an error (the bench), INCONCLUSIVE, NOT RUN and what is quarantined are skipped
/// with their reason; nothing of these counts as passed. Times and timestamps are of the wall clock, which is what build servers add up and
/// show: run time over the time scale. Run times stand in report.json.
/// </summary>
public static class JUnitReport
{
    /// <summary>The document.</summary>
    public static string Write(RunRecord run)
    {
        List<Suite> suites =
        [
            .. run.Tests.GroupBy(t => (t.Slot, t.Suite)).Select(g => new Suite(
                $"{g.Key.Slot}.{g.Key.Suite}",
                g.Min(t => t.Started),
                [.. g.Select(t => CaseOf(run, t))])),
            Stability(run),
        ];
        StringBuilder text = new();
        XmlWriterSettings settings = new() { Indent = true, OmitXmlDeclaration = true };
        using (XmlWriter xml = XmlWriter.Create(text, settings))
        {
            xml.WriteStartElement("testsuites");
            Attribute(xml, "name", $"{run.Bench} {run.Plan}");
            Counts(xml, [.. suites.SelectMany(s => s.Cases)]);
            foreach (Suite suite in suites)
            {
                Write(xml, run, suite);
            }

            xml.WriteEndElement();
        }

        return "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n" + text + "\n";
    }

    private static Case CaseOf(RunRecord run, TestRecord test)
    {
        (Verdict verdict, string? message) = run.AfterQuarantine(test);
        return new Case($"{test.Slot}.{test.Suite}", test.Name, ((test.Ended ?? run.End) - test.Started) / run.TimeScale, verdict, message, test.Trace);
    }

    private static Suite Stability(RunRecord run)
    {
        Scorecard card = Scorecard.From(run);
        double length = (run.End - run.Started) / run.TimeScale;
        return new Suite(
            "stability",
            run.Started,
            [
                .. card.Slots.Select(s => new Case("stability", s.Slot, length, s.Verdict, s.Sentence, Details(s))),
                new Case("stability", "night", length, card.Verdict, card.Text, null),
            ]);
    }

    private static string? Details(SlotScore slot)
    {
        List<string> lines =
        [
            .. slot.Incidents.Where(i => !i.Expected).Select(i => $"{Words.At(i.FirstSymptom)} {i.Class}{(i.Mode is null ? "" : " " + i.Mode)}: {i.Title}"),
        ];
        return lines.Count == 0 ? null : string.Join('\n', lines);
    }

    private static void Write(XmlWriter xml, RunRecord run, Suite suite)
    {
        xml.WriteStartElement("testsuite");
        Attribute(xml, "name", suite.Name);
        if (run.WallAt(suite.Started) is { } started)
        {
            Attribute(xml, "timestamp", started.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture));
        }

        Counts(xml, suite.Cases);
        foreach (Case test in suite.Cases)
        {
            xml.WriteStartElement("testcase");
            Attribute(xml, "classname", test.ClassName);
            Attribute(xml, "name", test.Name);
            Attribute(xml, "time", Seconds(test.Seconds));
            Outcome(xml, test);
            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static void Outcome(XmlWriter xml, Case test)
    {
        string? element = test.Verdict switch
        {
            Verdict.Fail => "failure",
            Verdict.Invalid => "error",
            Verdict.Inconclusive or Verdict.NotRun => "skipped",
            _ => null,
        };
        string message = test.Verdict.ToText() + (test.Message is { Length: > 0 } told ? ": " + told : "");
        if (element is not null)
        {
            xml.WriteStartElement(element);
            Attribute(xml, "message", message);
            if (element != "skipped")
            {
                Attribute(xml, "type", test.Verdict == Verdict.Invalid ? "bench-fault" : "product-failure");
                xml.WriteString(SafeText.Clean(test.Trace ?? test.Message));
            }

            xml.WriteEndElement();
        }
        else if (test.Verdict == Verdict.Warn)
        {
            xml.WriteStartElement("system-out");
            xml.WriteString(SafeText.Clean(message));
            xml.WriteEndElement();
        }
    }

    private static void Counts(XmlWriter xml, IReadOnlyList<Case> cases)
    {
        Attribute(xml, "tests", Whole(cases.Count));
        Attribute(xml, "failures", Whole(cases.Count(c => c.Verdict == Verdict.Fail)));
        Attribute(xml, "errors", Whole(cases.Count(c => c.Verdict == Verdict.Invalid)));
        Attribute(xml, "skipped", Whole(cases.Count(c => c.Verdict is Verdict.Inconclusive or Verdict.NotRun)));
        Attribute(xml, "time", Seconds(cases.Sum(c => c.Seconds)));
    }

    private static void Attribute(XmlWriter xml, string name, string value) => xml.WriteAttributeString(name, SafeText.Clean(value));

    private static string Whole(int count) => count.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(double seconds) => (double.IsFinite(seconds) ? Math.Max(0, seconds) : 0).ToString("0.###", CultureInfo.InvariantCulture);

    private sealed record Suite(string Name, double Started, IReadOnlyList<Case> Cases);

    private sealed record Case(string ClassName, string Name, double Seconds, Verdict Verdict, string? Message, string? Trace);
}
