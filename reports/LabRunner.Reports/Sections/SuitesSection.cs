using System.Globalization;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Sections;

/// <summary>Per suite: tests, repeated steps with their proportion and bound, figures with limits, pictures and files.</summary>
public sealed class SuitesSection : IReportSection
{
    private const double Confidence = 0.95;
    private const int MaxFigures = 200;
    private const long MaxPictureBytes = 2_000_000;
    private const int MaxPictures = 40;

    /// <inheritdoc/>
    public int Order => 50;

    /// <inheritdoc/>
    public string Id => "suites";

    /// <inheritdoc/>
    public string Title => "Suites";

    /// <inheritdoc/>
    public void Write(HtmlWriter html, RunRecord run)
    {
        List<string> suites =
        [
            .. run.Tests.Select(t => t.Suite).Concat(run.Trials.Select(t => t.Suite)).Concat(run.Measurements.Select(m => m.Suite))
                .Concat(run.Artefacts.Select(a => a.Suite)).Distinct().Order(StringComparer.Ordinal),
        ];
        if (suites.Count == 0)
        {
            html.Element("p", "No suite recorded anything.");
        }

        int pictures = 0;
        foreach (string suite in suites)
        {
            html.Element("h3", SuiteTitles.Of(suite));
            if (suite == SuiteNames.Recovery)
            {
                html.Element("p", "What the bench tried after an incident, step by step until one brought the plug back; \"failed\" is a step after which the next was needed.", ("class", "soft"));
            }

            Tests(html, run, [.. run.Tests.Where(t => t.Suite == suite).OrderBy(t => t.Slot, StringComparer.Ordinal)]);
            if (suite == OtaCutPlot.Suite)
            {
                OtaCutPlot.Draw(html, run.Trials);
            }

            List<TrialRecord> trials = [.. run.Trials.Where(t => t.Suite == suite)];
            List<MeasurementRecord> figures = [.. run.Measurements.Where(m => m.Suite == suite)];
            TimesPlot.Draw(html, suite, trials);
            HttpLoadPlot.Draw(html, suite, figures);
            DipMatrix.Draw(html, suite, trials);
            SuiteTables.Draw(html, suite, trials, figures);
            Trials(html, [.. trials.OrderBy(t => t.Slot, StringComparer.Ordinal)]);
            Measurements(html, [.. figures.Where(f => !SuiteTables.IsPage(f))]);
            pictures += Artefacts(html, run, [.. run.Artefacts.Where(a => a.Suite == suite)], MaxPictures - pictures);
        }
    }

    private static void Tests(HtmlWriter html, RunRecord run, IReadOnlyList<TestRecord> tests)
    {
        if (tests.Count == 0)
        {
            return;
        }

        // What is all right, and what the plan did not ask, is one click away; what is not stands open.
        List<TestRecord> bad = [.. tests.Where(t => t.Verdict is not (Verdict.Pass or Verdict.NotRun))];
        if (bad.Count > 0)
        {
            TestTable(html, run, "Tests that did not pass", bad);
        }

        List<TestRecord> others = [.. tests.Except(bad)];
        if (others.Count > 0)
        {
            using HtmlWriter.Scope details = Details(html, string.Join(", ", others.GroupBy(t => t.Verdict).OrderByDescending(g => g.Key).Select(g => g.Key == Verdict.Pass ? $"{Words.Count(g.Count(), "test")} passed" : $"{g.Count()} not run")), false);
            TestTable(html, run, "Tests", others);
        }
    }

    private static void TestTable(HtmlWriter html, RunRecord run, string caption, List<TestRecord> tests) =>
        html.Table(caption, ["Slot", "Test", "Verdict", "#Took", "Message"], () =>
        {
            foreach (TestRecord test in tests)
            {
                string took = test.Ended is { } end ? Words.Duration(end - test.Started) : run.Killed ? "cut short" : "no end written";
                html.Row(test.Slot, test.Name, test.Verdict, new Figure(took), test.Headline());
            }
        });

    private static void Trials(HtmlWriter html, IReadOnlyList<TrialRecord> trials)
    {
        if (trials.Count == 0)
        {
            return;
        }

        int failed = trials.Count(t => !t.Ok);
        using HtmlWriter.Scope details = Details(html, $"{Words.Count(trials.Count, "attempt")} of repeated steps, {failed} failed", failed > 0);
        html.Table(
            "Repeated steps; every attempt counts. Lower bound: one-sided Clopper-Pearson, 95 %.",
            ["Slot", "Step", "#Good", "#Share", "#At least", "#Median", "#95th percentile", "#Longest"],
            () =>
            {
                foreach (IGrouping<(string Slot, string Step), TrialRecord> group in trials.GroupBy(t => (t.Slot, t.Step)))
                {
                    int n = group.Count();
                    int good = group.Count(t => t.Ok);
                    List<double> times = [.. group.Where(t => t.Ok && double.IsFinite(t.DurationMs)).Select(t => t.DurationMs / 1000).Order()];
                    html.Row(
                        group.Key.Slot,
                        group.Key.Step,
                        new Figure($"{good} of {n}"),
                        new Figure(Words.Percent((double)good / n)),
                        new Figure(Words.Percent(Proportion.LowerOneSided(good, n, Confidence))),
                        Time(times, 0.5),
                        Time(times, 0.95),
                        Time(times, 1));
                }
            });
    }

    private static Figure Time(List<double> sorted, double share) =>
        new(sorted.Count == 0 ? "–" : Words.Duration(Percentile.OfSorted(sorted, share)));

    // Of suite S12: time to failure over the interval that was set.
    private const string FreezeSlope = "freeze-slope";

    private static void Measurements(HtmlWriter html, List<MeasurementRecord> figures)
    {
        if (figures.Count == 0)
        {
            return;
        }

        foreach (MeasurementRecord slope in figures.Where(m => m is { Name: FreezeSlope, Verdict: Verdict.Fail } && double.IsFinite(m.Value)))
        {
            html.Element("p", $"{slope.Slot} freezes when the timer fires: each second more of its interval is {Words.Number(Math.Round(slope.Value, 2))} s more until the freeze. A random failure would not follow it.");
        }

        // Bad figures first in the cut, then put back in order, so that a limit on rows never hides a failure.
        List<MeasurementRecord> shown = [.. figures.OrderByDescending(m => m.Verdict).Take(MaxFigures).OrderBy(m => m.Slot, StringComparer.Ordinal).ThenBy(m => m.Id)];
        int bad = figures.Count(m => m.Verdict is Verdict.Fail or Verdict.Warn);
        using HtmlWriter.Scope details = Details(html, $"{Words.Count(figures.Count, "figure")}, {bad} outside their limits", bad > 0);
        string caption = figures.Count > shown.Count
            ? $"Figures: the {shown.Count} worst of {figures.Count}; all are in report.json"
            : "Figures";
        html.Table(caption, ["Slot", "Figure", "#Value", "#Limits", "#Reference", "Verdict"], () =>
        {
            foreach (MeasurementRecord m in shown)
            {
                html.Row(m.Slot, m.Name, new Figure($"{Words.Number(m.Value)} {m.Unit}"), new Figure(Limits(m)), new Figure(Words.Number(m.Reference)), m.Verdict);
            }
        });
    }

    // What is all right is one click away, and stays folded on paper; what is not stands open.
    private static HtmlWriter.Scope Details(HtmlWriter html, string summary, bool open)
    {
        HtmlWriter.Scope scope = html.In("details", ("open", open ? "open" : null), ("class", open ? null : "aside"));
        html.Element("summary", summary);
        return scope;
    }

    private static string Limits(MeasurementRecord m) => (m.Lower, m.Upper) switch
    {
        ({ } low, { } high) => $"{Words.Number(low)} … {Words.Number(high)}",
        ({ } low, null) => $"at least {Words.Number(low)}",
        (null, { } high) => $"at most {Words.Number(high)}",
        _ => "–",
    };

    private static int Artefacts(HtmlWriter html, RunRecord run, IReadOnlyList<ArtefactRecord> artefacts, int left)
    {
        List<(ArtefactRecord Artefact, string Source)> pictures = [];
        List<ArtefactRecord> files = [];
        foreach (ArtefactRecord artefact in artefacts)
        {
            if (pictures.Count < left && Picture(run, artefact) is { } source)
            {
                pictures.Add((artefact, source));
            }
            else
            {
                files.Add(artefact);
            }
        }

        if (pictures.Count > 0)
        {
            using (html.In("div", ("class", "pictures")))
            {
                foreach ((ArtefactRecord artefact, string source) in pictures)
                {
                    using (html.In("figure"))
                    {
                        html.Empty("img", ("src", source), ("alt", $"{artefact.Name}, {artefact.Slot}"), ("loading", "lazy"));
                        html.Element("figcaption", $"{artefact.Slot}: {artefact.Name} ({Words.At(artefact.At)})");
                    }
                }
            }
        }

        Files(html, run, files);
        return pictures.Count;
    }

    private static void Files(HtmlWriter html, RunRecord run, List<ArtefactRecord> files)
    {
        if (files.Count == 0)
        {
            return;
        }

        html.Table("Files of the run", ["Slot", "File", "Kind", "At", "SHA-256"], () =>
        {
            foreach (ArtefactRecord file in files.Take(MaxFigures))
            {
                html.Row(file.Slot, (Action)(() => FileLink(html, run, file)), file.Mime, Words.At(file.At), file.Sha256.Length > 12 ? file.Sha256[..12] + "…" : file.Sha256);
            }
        });
    }

    private static void FileLink(HtmlWriter html, RunRecord run, ArtefactRecord file)
    {
        if (RunFiles.Find(run.Folder, file.Path) is not null && RunFiles.Link(file.Path) is { } link)
        {
            html.Element("a", file.Name, ("href", link));
        }
        else
        {
            html.Text(string.Create(CultureInfo.InvariantCulture, $"{file.Name} (not in the run folder)"));
        }
    }

    private static string? Picture(RunRecord run, ArtefactRecord artefact)
    {
        try
        {
            return artefact.Mime is "image/png" or "image/jpeg" or "image/webp"
                && RunFiles.Find(run.Folder, artefact.Path) is { } path
                && new FileInfo(path).Length is > 0 and <= MaxPictureBytes
                ? $"data:{artefact.Mime};base64,{Convert.ToBase64String(File.ReadAllBytes(path))}"
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Named among the files then; one that cannot be read does not cost the report.
            return null;
        }
    }
}
