using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Formats;

/// <summary>
/// report/results.trx in the format of Visual Studio and Azure Pipelines: a result per test and slot, and one "stability" result per slot and for
/// the night. FAIL is Failed, INVALID is Error (the bench), INCONCLUSIVE is Inconclusive, NOT RUN and what is
/// quarantined is NotExecuted, WARN is Warning. Ids are made of the run's own rows: drawing again gives the same file. Times are of the wall clock.
/// </summary>
public static class TrxReport
{
    private const string Namespace = "http://microsoft.com/schemas/VisualStudio/TeamTest/2010";
    private const string UnitTest = "13cdc9d9-ddb5-4fa4-a97d-d965ccfc6d4b";
    private const string AllLists = "19431567-8539-422a-85d7-44ee4e166bda";

    /// <summary>The document.</summary>
    public static string Write(RunRecord run)
    {
        List<Result> results = [.. Tests(run), .. Stability(run)];
        StringBuilder text = new();
        using (XmlWriter xml = XmlWriter.Create(text, new XmlWriterSettings { Indent = true, OmitXmlDeclaration = true }))
        {
            xml.WriteStartElement("TestRun", Namespace);
            Attribute(xml, "id", Id(run, "run"));
            Attribute(xml, "name", $"{run.Bench} {run.Plan}");
            Element(xml, "Times", ("creation", Wall(run, run.Started)), ("queuing", Wall(run, run.Started)), ("start", Wall(run, run.Started)), ("finish", Wall(run, run.End)));
            xml.WriteStartElement("Results", Namespace);
            foreach (Result result in results)
            {
                Write(xml, run, result);
            }

            xml.WriteEndElement();
            xml.WriteStartElement("TestDefinitions", Namespace);
            foreach (Result result in results)
            {
                xml.WriteStartElement("UnitTest", Namespace);
                Attribute(xml, "name", result.Name);
                Attribute(xml, "id", Id(run, "test " + result.Key));
                Element(xml, "Execution", ("id", Id(run, "execution " + result.Key)));
                Element(xml, "TestMethod", ("codeBase", result.Class), ("className", result.Class), ("name", result.Name));
                xml.WriteEndElement();
            }

            xml.WriteEndElement();
            xml.WriteStartElement("TestEntries", Namespace);
            foreach (Result result in results)
            {
                Element(xml, "TestEntry", ("testId", Id(run, "test " + result.Key)), ("executionId", Id(run, "execution " + result.Key)), ("testListId", AllLists));
            }

            xml.WriteEndElement();
            xml.WriteStartElement("TestLists", Namespace);
            Element(xml, "TestList", ("name", "All Loaded Results"), ("id", AllLists));
            xml.WriteEndElement();
            Summary(xml, results);
            xml.WriteEndElement();
        }

        return "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n" + text + "\n";
    }

    private static IEnumerable<Result> Tests(RunRecord run) => run.Tests.Select(t => (Test: t, After: run.AfterQuarantine(t))).Select(t => new Result(
        $"test-{t.Test.Id}", $"{t.Test.Slot}.{t.Test.Suite}", t.Test.Name, t.Test.Started, t.Test.Ended ?? run.End, t.After.Verdict, t.After.Message, t.Test.Trace));

    private static IEnumerable<Result> Stability(RunRecord run)
    {
        Scorecard card = Scorecard.From(run);
        return
        [
            .. card.Slots.Select(s => new Result($"slot-{s.Slot}", "stability", s.Slot, run.Started, run.End, s.Verdict, s.Sentence, null)),
            new Result("night", "stability", "night", run.Started, run.End, card.Verdict, card.Text, null),
        ];
    }

    private static void Write(XmlWriter xml, RunRecord run, Result result)
    {
        xml.WriteStartElement("UnitTestResult", Namespace);
        Attribute(xml, "executionId", Id(run, "execution " + result.Key));
        Attribute(xml, "testId", Id(run, "test " + result.Key));
        Attribute(xml, "testName", $"{result.Class}.{result.Name}");
        Attribute(xml, "computerName", run.Bench);
        Attribute(xml, "duration", TimeSpan.FromSeconds(Math.Clamp((result.Ended - result.Started) / run.TimeScale, 0, 1e9)).ToString("c", CultureInfo.InvariantCulture));
        Attribute(xml, "startTime", Wall(run, result.Started));
        Attribute(xml, "endTime", Wall(run, result.Ended));
        Attribute(xml, "testType", UnitTest);
        Attribute(xml, "outcome", Outcome(result.Verdict));
        Attribute(xml, "testListId", AllLists);
        if (result.Verdict != Verdict.Pass || result.Message is { Length: > 0 })
        {
            string message = result.Verdict.ToText() + (result.Message is { Length: > 0 } told ? ": " + told : "");
            xml.WriteStartElement("Output", Namespace);
            if (result.Verdict is Verdict.Pass or Verdict.Warn)
            {
                xml.WriteElementString("StdOut", Namespace, SafeText.Clean(message));
            }
            else
            {
                xml.WriteStartElement("ErrorInfo", Namespace);
                xml.WriteElementString("Message", Namespace, SafeText.Clean(message));
                if (result.Trace is { Length: > 0 } trace)
                {
                    xml.WriteElementString("StackTrace", Namespace, SafeText.Clean(trace));
                }

                xml.WriteEndElement();
            }

            xml.WriteEndElement();
        }

        xml.WriteEndElement();
    }

    private static void Summary(XmlWriter xml, IReadOnlyList<Result> results)
    {
        int Count(params Verdict[] verdicts) => results.Count(r => verdicts.Contains(r.Verdict));
        xml.WriteStartElement("ResultSummary", Namespace);
        Attribute(xml, "outcome", Count(Verdict.Fail, Verdict.Invalid) > 0 ? "Failed" : "Completed");
        Element(
            xml, "Counters", ("total", Whole(results.Count)), ("executed", Whole(results.Count - Count(Verdict.NotRun))), ("passed", Whole(Count(Verdict.Pass))),
            ("failed", Whole(Count(Verdict.Fail))), ("error", Whole(Count(Verdict.Invalid))), ("inconclusive", Whole(Count(Verdict.Inconclusive))),
            ("warning", Whole(Count(Verdict.Warn))), ("notExecuted", Whole(Count(Verdict.NotRun))));
        xml.WriteEndElement();
    }

    private static string Outcome(Verdict verdict) => verdict switch
    {
        Verdict.Pass => "Passed",
        Verdict.Warn => "Warning",
        Verdict.Fail => "Failed",
        Verdict.Invalid => "Error",
        Verdict.NotRun => "NotExecuted",
        _ => "Inconclusive",
    };

    private static void Element(XmlWriter xml, string name, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        xml.WriteStartElement(name, Namespace);
        foreach ((string attribute, string value) in attributes)
        {
            Attribute(xml, attribute, value);
        }

        xml.WriteEndElement();
    }

    private static void Attribute(XmlWriter xml, string name, string value) => xml.WriteAttributeString(name, SafeText.OneLine(value));

    private static string Wall(RunRecord run, double seconds) =>
        (run.WallAt(seconds) ?? DateTimeOffset.UnixEpoch).ToString("yyyy-MM-ddTHH:mm:ss.fffzzz", CultureInfo.InvariantCulture);

    private static string Whole(int count) => count.ToString(CultureInfo.InvariantCulture);

    private static string Id(RunRecord run, string key) =>
        new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{run.Bench}|{run.OriginUtc?.ToUnixTimeMilliseconds()}|{key}")).AsSpan(0, 16)).ToString("D");

    private sealed record Result(string Key, string Class, string Name, double Started, double Ended, Verdict Verdict, string? Message, string? Trace);
}
