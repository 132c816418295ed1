using System.Globalization;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Sections;

/// <summary>What the hours prove: MTBF bounds, the sequential test and the hours it still needs, and every rule that was judged.</summary>
public sealed class ReliabilitySection : IReportSection
{
    private const double DefaultGood = 168;
    private const double DefaultBad = 56;
    private const double Risk = 0.1;

    /// <inheritdoc/>
    public int Order => 80;

    /// <inheritdoc/>
    public string Id => "reliability";

    /// <inheritdoc/>
    public string Title => "Reliability";

    /// <inheritdoc/>
    public void Write(HtmlWriter html, RunRecord run)
    {
        double good = PlanGoals.Of(run, "mtbfGoodHours", DefaultGood);
        double bad = PlanGoals.Of(run, "mtbfBadHours", DefaultBad);
        double confidence = PlanGoals.Of(run, "confidence", 0.9);
        if (!(bad > 0 && good > bad && confidence is > 0 and < 1))
        {
            (good, bad, confidence) = (DefaultGood, DefaultBad, 0.9);
        }

        Slots(html, run, new SprtExponential(good, bad, Risk, Risk), confidence);
        BySuite(html, run, confidence);
        ByFirmware(html, run);
        Rules(html, run);
    }

    private static void Slots(HtmlWriter html, RunRecord run, SprtExponential test, double confidence)
    {
        html.Element(
            "p",
            string.Create(
                CultureInfo.InvariantCulture,
                $"Sequential test (Wald): good {test.GoodHours:0.#} h, bad {test.BadHours:0.#} h, both risks {Risk:P0}; it may be looked at every night. A zero-failure demonstration of {test.GoodHours:0.#} h at {confidence:P0} needs {DemonstrationHours.Needed(test.GoodHours, 0, confidence):0.#} device-hours; a device twice as good passes it with {DemonstrationHours.ProbabilityOfPassing(test.GoodHours, 0, confidence, 2 * test.GoodHours):P0}, one five times as good with {DemonstrationHours.ProbabilityOfPassing(test.GoodHours, 0, confidence, 5 * test.GoodHours):P0}. The MTBF assumes a constant rate: it says nothing of a failure that comes at a fixed time."),
            ("class", "soft"));
        if (run.Soaked.Count == 0)
        {
            html.Element("p", "No slot idled under watch (S01), and the MTBF is of those hours alone: nothing is said of it here. What failed in other suites has its rates below.");
            return;
        }

        html.Table(
            "Hours of the idle soak (S01); slots are not pooled, for they may differ. Failures are unexpected incidents that took the plug out of service in them; a leak, a dead button and the like are judged by their own rules, what fails under stress by the rates of its suites.",
            ["Slot", "#Device-hours", "#Failures", $"#MTBF lower bound ({confidence * 100:0.#} %)", "#MTBF estimate", "Sequential test"],
            () =>
            {
                foreach ((string slot, double hours, int failures) in run.Soaked)
                {
                    Slot(html, slot, hours, failures, test, confidence);
                }
            });
    }

    private static void Slot(HtmlWriter html, string name, double hours, int failures, SprtExponential test, double confidence)
    {
        string state = test.Decide(hours, failures) switch
        {
            SprtState.Accept => $"accepts {Words.Hours(test.GoodHours)}",
            SprtState.Reject => $"rejects {Words.Hours(test.GoodHours)}",
            _ => $"goes on: {Words.Hours(test.HoursToAccept(hours, failures))} more without a failure would accept",
        };
        html.Row(
            name, new Figure(Words.Hours(hours)), failures, new Figure(Words.Hours(MtbfBounds.Lower(hours, failures, confidence))),
            new Figure(failures == 0 ? "–" : Words.Hours(hours / failures)), state);
    }

    private static void BySuite(HtmlWriter html, RunRecord run, double confidence)
    {
        List<string> suites = [.. run.Exposure.Select(e => e.Suite).Distinct().Order(StringComparer.Ordinal)];
        if (suites.Count == 0)
        {
            return;
        }

        using (html.In("details"))
        {
            html.Element("summary", "Rates by suite (idle and stress hours are never pooled)");
            html.Table($"Failures per 100 device-hours with Garwood's exact {confidence * 100:0.#} % interval", ["Suite", "#Device-hours", "#Failures", "#Per 100 h", "#Interval"], () =>
            {
                foreach (string suite in suites)
                {
                    double hours = run.Slots.Sum(s => run.DeviceHours(s.Name, suite));
                    int failures = run.Failures.Count(i => FailureRule.Under(i, run.Exposure, run.End).Contains(suite));
                    Interval rate = Poisson.Garwood(failures, hours, confidence);
                    html.Row(
                        SuiteTitles.Of(suite), new Figure(Words.Hours(hours)), failures, new Figure(hours == 0 ? "–" : Words.Number(failures / hours * 100)),
                        new Figure($"{Words.Number(rate.Lower * 100)} … {Words.Number(rate.Upper * 100)}"));
                }
            });
        }
    }

    private static void ByFirmware(HtmlWriter html, RunRecord run)
    {
        IReadOnlyList<ExposureRow> rows = ExposureTable.Of(run);
        if (rows.Count == 0)
        {
            return;
        }

        using (html.In("details"))
        {
            html.Element("summary", "Exposure by slot, suite, firmware and board");
            html.Table("Device-hours that count, and what was taken out of them", ["Slot", "Suite", "Firmware", "Board", "#Device-hours", "#Down", "#INVALID", "Why invalid"], () =>
            {
                foreach (ExposureRow row in rows)
                {
                    html.Row(
                        row.Slot, SuiteTitles.Of(row.Suite), row.Firmware, row.Board, new Figure(Words.Hours(row.Hours)), new Figure(Words.Hours(row.DownHours)),
                        new Figure(Words.Hours(row.InvalidHours)), string.Join("; ", row.InvalidWhy));
                }
            });
        }
    }

    private static void Rules(HtmlWriter html, RunRecord run)
    {
        List<VerdictRecord> rules = [.. run.Verdicts.Where(v => v.Rule is not ("stability" or "overall"))];
        if (rules.Count == 0)
        {
            html.Element("p", run.Killed ? "No rule was judged: the runner died first." : "No further rule was judged.");
            return;
        }

        List<VerdictRecord> passed = [.. rules.Where(r => r.Verdict == Verdict.Pass)];
        List<VerdictRecord> open = [.. rules.Where(r => r.Verdict == Verdict.Inconclusive)];
        List<VerdictRecord> others = [.. rules.Where(r => r.Verdict is not (Verdict.Pass or Verdict.Inconclusive)).OrderByDescending(r => r.Verdict)];
        if (others.Count > 0)
        {
            RuleTable(html, "Rules that were judged and did not pass, the worst first", others);
        }

        if (open.Count > 0)
        {
            using (html.In("details"))
            {
                html.Element("summary", $"{Words.Count(open.Count, "rule")} cannot tell yet: too few hours or trials");
                RuleTable(html, "Rules that need more hours or trials, and how many", open);
            }
        }

        if (passed.Count > 0)
        {
            using (html.In("details"))
            {
                html.Element("summary", $"{Words.Count(passed.Count, "rule")} passed");
                RuleTable(html, "Rules that passed", passed);
            }
        }
    }

    private static void RuleTable(HtmlWriter html, string caption, IReadOnlyList<VerdictRecord> rules) =>
        html.Table(caption, ["Scope", "Rule", "Verdict", "#Value", "#Limit", "#Bounds", "#Confidence", "What it means"], () =>
        {
            foreach (VerdictRecord rule in rules)
            {
                html.Row(
                    rule.Scope, rule.Rule, rule.Verdict,
                    new Figure(rule.Value is { } value ? $"{Words.Number(value)} {rule.Unit}".TrimEnd() : "–"),
                    new Figure(Words.Number(rule.Threshold)),
                    new Figure(rule.Lower is null && rule.Upper is null ? "–" : $"{Words.Number(rule.Lower)} … {Words.Number(rule.Upper)}"),
                    new Figure(rule.Confidence is { } c ? Words.Percent(c) : "–"),
                    rule.Text);
            }
        });
}
