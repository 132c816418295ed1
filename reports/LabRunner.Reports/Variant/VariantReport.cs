using System.Globalization;
using System.Text;
using LabRunner.Hardware.Faults;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Variant;

/// <summary>
/// The validation of a PCB variant as a document that a hardware engineer signs: one self-contained file, laid out for paper. Drawn from records
/// alone; every text of a device or person is escaped by <see cref="HtmlWriter"/>.
/// </summary>
public static class VariantReport
{
    private const double Confidence = 0.95;
    private const string Policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

    // What no bench of this kind can ask; it is said, so that silence is not read as success.
    private static readonly string[] Never =
    [
        "Insulation, creepage and clearance of the board, and the safety of its supply.", "Type and rating of the relay, contact life under load.", "Radio: output power, sensitivity, antenna.",
        "Electromagnetic compatibility.", "Analog accuracy of the meter chip, where pulses were fed in its place.", "Heat at rated current.",
    ];

    /// <summary>Draws it into the first run's folder.</summary>
    /// <param name="folders">Run folders: the probe's, and nights that asked the board.</param>
    /// <param name="slot">Slot; null where there is one only, or one was probed.</param>
    /// <returns>Path of the HTML file: report/variant.html.</returns>
    /// <exception cref="BenchFaultException">See <see cref="VariantRecord.Read"/>; kind Storage also: it cannot be written.</exception>
    public static string Render(IReadOnlyList<string> folders, string? slot)
    {
        VariantRecord variant = VariantRecord.Read(folders, slot);
        string path = Path.Combine(variant.Runs[0].Folder, "report", "variant.html");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            ReportRenderer.WriteWhole(path, Write(variant));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BenchFaultException(FaultKind.Storage, path, $"the report cannot be written ({e.Message})", "Free space or give write access to the run folder, then draw it again", e);
        }

        return path;
    }

    /// <summary>The document.</summary>
    public static string Write(VariantRecord variant)
    {
        ArgumentNullException.ThrowIfNull(variant);
        VariantVerdict verdict = VariantVerdict.Of(variant);
        HtmlWriter html = new();
        using (html.In("html", ("lang", "en")))
        {
            using (html.In("head"))
            {
                html.Empty("meta", ("charset", "utf-8"));
                html.Empty("meta", ("http-equiv", "Content-Security-Policy"), ("content", Policy));
                html.Empty("meta", ("name", "viewport"), ("content", "width=device-width, initial-scale=1"));
                html.Element("title", SafeText.OneLine($"Validation of {variant.Title}", 200));
                html.StyleSheet(EmbeddedText.Read("variant.css"));
            }

            using (html.In("body"))
            using (html.In("main"))
            {
                Cover(html, variant, verdict);
                Part(html, "Pins", () => Pins(html, variant));
                Part(html, "Comparison with known boards", () => Comparison(html, variant));
                Part(html, "Supply, console and start", () => Starts(html, variant));
                Part(html, "Relay gap at a reboot", () => Gap(html, variant));
                Part(html, "Metering", () => VariantMetering.Write(html, variant));
                Part(html, "Updates over the air", () => Updates(html, variant));
                Part(html, "What was not tested", () => NotTested(html, verdict));
                Part(html, "Signatures", () => Signatures(html));
                Part(html, "Appendix: evidence of each function", () => Evidence(html, variant));
            }
        }

        return new StringBuilder("<!DOCTYPE html>\n").Append(html.Finish()).Append('\n').ToString();
    }

    private static void Part(HtmlWriter html, string title, Action content)
    {
        using (html.In("section"))
        {
            html.Element("h2", title);
            content();
        }
    }

    private static void Cover(HtmlWriter html, VariantRecord variant, VariantVerdict verdict)
    {
        using (html.In("header"))
        {
            html.Element("p", "Validation report of a PCB variant", ("class", "kind"));
            html.Element("h1", variant.Title);
            using (html.In("div", ("class", "night")))
            {
                html.Badge(verdict.Verdict);
                html.Element("p", verdict.Sentence);
            }

            if (verdict.Failed.Count > 0)
            {
                List(html, verdict.Failed);
            }
        }

        using (html.In("section"))
        {
            html.Element("h2", "Identity");
            IReadOnlyDictionary<string, string> said = variant.Identities.LastOrDefault()?.Facts ?? new Dictionary<string, string>();
            IReadOnlyDictionary<string, string> slot = variant.Facts?.Facts ?? new Dictionary<string, string>();
            html.Table("As the bench and the device say", ["Fact", "Value"], () =>
            {
                html.Row("Board file", variant.Facts?.Board ?? "–");
                html.Row("Slot", $"{variant.Slot} of bench {variant.Runs[0].Meta.GetValueOrDefault(MetaKeys.Bench) ?? "–"}");
                html.Row("Chip", $"{variant.Facts?.Chip ?? "–"}{(said.GetValueOrDefault("chipset") is { Length: > 0 } chipset ? $"; the device says {chipset}" : "")}");
                html.Row("Firmware", said.GetValueOrDefault("build") ?? "–");
                html.Row("MAC", said.GetValueOrDefault("mac") ?? "–");
                html.Row("Supply of the slot", $"{slot.GetValueOrDefault("supply") ?? "–"}{(slot.GetValueOrDefault("isolated") is { } isolated ? $", lines isolated: {isolated}" : "")}");
                foreach (RunRecord run in variant.Runs)
                {
                    html.Row("Run", $"{Path.GetFileName(run.Folder)}, plan {run.Meta.GetValueOrDefault(MetaKeys.Plan) ?? "–"}, {Words.Wall(run, 0) ?? "–"}, LabRunner {run.Meta.GetValueOrDefault(MetaKeys.Runner) ?? "–"}");
                }
            });
            html.Table("By hand, from the board", ["Fact", "Value"], () =>
            {
                foreach (string fact in (string[])["Vendor and model", "PCB marking", "Marking of chip and module", "Flash (JEDEC id)", "Relay type", "Photograph"])
                {
                    html.Row(fact, (Action)(() => html.Element("span", "", ("class", "fill"))));
                }
            });
        }
    }

    private static void Pins(HtmlWriter html, VariantRecord variant)
    {
        VariantFunction[] pins = [.. variant.Functions.Where(f => IsPin(f.Name))];
        if (pins.Length == 0)
        {
            html.Element("p", "The board was not probed: run ./lab probe on its slot.");
            return;
        }

        html.Table("Each function with its pin, its role in OpenBeken and how often that was confirmed", ["Function", "#GPIO", "Role", "#Confirmed", "Verdict", "Result"], () =>
        {
            foreach (VariantFunction f in pins)
            {
                html.Row(f.Name, new Figure(f.Gpio is { } gpio ? gpio.ToString(CultureInfo.InvariantCulture) : "–"), f.Role.Length == 0 ? "–" : f.Role, new Figure($"{f.Good} of {f.Of}"), f.Verdict, f.Said);
            }
        });
    }

    private static bool IsPin(string function) => function is "relay" or "button" or "cf" or "cf1" or "sel" || function.StartsWith("led", StringComparison.Ordinal);

    private static void Comparison(HtmlWriter html, VariantRecord variant)
    {
        if (variant.Comparisons.Count == 0)
        {
            html.Element("p", "No board with this chip is known, or the board was not probed.");
            return;
        }

        html.Element("p", variant.Comparisons[0].Differences.Length == 0 ? $"The pins are those of {variant.Comparisons[0].Board}." : $"No known board has these pins; {variant.Comparisons[0].Board} is the nearest.");
        html.Table("Known boards with the same chip, the most alike first", ["Board", "Title", "#Same", "Differences"], () =>
        {
            foreach (VariantComparison c in variant.Comparisons)
            {
                html.Row(c.Board, c.Title, c.Same, c.Differences.Length == 0 ? "none" : c.Differences);
            }
        });
    }

    private static void Starts(HtmlWriter html, VariantRecord variant)
    {
        VariantFunction[] functions = [.. variant.Functions.Where(f => f.Name is "uart" or "strap" or "rail" or "boot")];
        TrialRecord[] cycles = [.. variant.Trials.Where(t => t.Suite == "S02")];
        if (functions.Length == 0 && cycles.Length == 0)
        {
            html.Element("p", "Neither probed nor asked by suite S02.");
            return;
        }

        if (functions.Length > 0)
        {
            html.Table("Probed", ["Function", "Verdict", "#Good", "Result"], () =>
            {
                foreach (VariantFunction f in functions)
                {
                    html.Row(f.Name, f.Verdict, new Figure($"{f.Good} of {f.Of}"), f.Said);
                }
            });
        }

        MeasurementRecord[] figures = [.. variant.ProbeFigures.Where(m => !m.Name.StartsWith("relay-gap", StringComparison.Ordinal))];
        if (figures.Length > 0)
        {
            html.Table("Figures of the probe", ["Figure", "#Value", "#Limits", "Verdict"], () => FigureRows(html, figures));
        }

        if (cycles.Length > 0)
        {
            html.Table($"Power cycles of suite S02; bounds are one-sided, {Confidence * 100:0} %", ["Step", "#Good", "#At least", "#Median", "#Longest"], () =>
            {
                foreach (IGrouping<string, TrialRecord> step in cycles.GroupBy(t => t.Step).OrderBy(g => g.Key, StringComparer.Ordinal))
                {
                    int good = step.Count(t => t.Ok);
                    double[] times = [.. step.Where(t => t.Ok).Select(t => t.DurationMs / 1000).Order()];
                    html.Row(
                        step.Key, new Figure($"{good} of {step.Count()}"), new Figure(Words.Percent(Proportion.LowerOneSided(good, step.Count(), Confidence))),
                        new Figure(times.Length == 0 ? "–" : Words.Duration(times[times.Length / 2])), new Figure(times.Length == 0 ? "–" : Words.Duration(times[^1])));
                }
            });
        }
    }

    private static void FigureRows(HtmlWriter html, IEnumerable<MeasurementRecord> figures)
    {
        foreach (MeasurementRecord m in figures)
        {
            string limits = (m.Lower, m.Upper) switch
            {
                ({ } low, { } high) => $"{Words.Number(low)} … {Words.Number(high)} {m.Unit}",
                (null, { } high) => $"at most {Words.Number(high)} {m.Unit}",
                ({ } low, null) => $"at least {Words.Number(low)} {m.Unit}",
                _ => "–",
            };
            html.Row(m.Name, new Figure($"{Words.Number(m.Value)} {m.Unit}"), new Figure(limits), m.Verdict);
        }
    }

    private static void Gap(HtmlWriter html, VariantRecord variant)
    {
        MeasurementRecord[] gaps = [.. variant.Figures.Where(m => (m.Name.StartsWith("relay-gap", StringComparison.Ordinal) || m.Name.StartsWith("reboot-gap", StringComparison.Ordinal)) && double.IsFinite(m.Value) && m.Value >= 0 && m.Unit == "ms")];
        VariantFunction? probed = variant.Functions.FirstOrDefault(f => f.Name == "relay-gap");
        if (probed is not null)
        {
            html.Element("p", probed.Said);
        }

        if (gaps.Length == 0)
        {
            html.Element("p", probed is null ? "Not measured." : "No figure was taken.");
            return;
        }

        html.Table("Gaps of the closed contact; median, p95 and max are over all reboots of suite S13", ["From", "#Gap", "#Limits", "Verdict"], () => FigureRows(html, gaps.Take(20)));
    }

    private static void Updates(HtmlWriter html, VariantRecord variant)
    {
        TrialRecord[] updates = [.. variant.Trials.Where(t => t.Suite == "S04")];
        if (updates.Length == 0)
        {
            html.Element("p", "Not tested: suite S04 did not run on this slot.");
            return;
        }

        html.Table($"Steps of suite S04; bounds are one-sided, {Confidence * 100:0} %", ["Step", "#Good", "#At least", "#Longest"], () =>
        {
            foreach (IGrouping<string, TrialRecord> step in updates.GroupBy(t => t.Step).OrderBy(g => g.Key, StringComparer.Ordinal))
            {
                int good = step.Count(t => t.Ok);
                html.Row(step.Key, new Figure($"{good} of {step.Count()}"), new Figure(Words.Percent(Proportion.LowerOneSided(good, step.Count(), Confidence))), new Figure(Words.Duration(step.Max(t => t.DurationMs) / 1000)));
            }
        });
    }

    private static void NotTested(HtmlWriter html, VariantVerdict verdict)
    {
        html.Element("p", verdict.NotTested.Count == 0 ? "Everything that this bench can ask of a board was asked." : "Of what this bench can ask:");
        List(html, verdict.NotTested);
        html.Element("p", "Of what this bench cannot ask:");
        List(html, Never);
    }

    private static void Signatures(HtmlWriter html)
    {
        html.Element("p", "The undersigned have read this report, the evidence in its appendix and the list of what was not tested.");
        using (html.In("div", ("class", "signatures")))
        {
            foreach (string role in (string[])["Tested by", "Checked by", "Released by"])
            {
                using (html.In("div", ("class", "signature")))
                {
                    html.Element("p", role, ("class", "role"));
                    foreach (string line in (string[])["Name", "Date", "Signature"])
                    {
                        using (html.In("p", ("class", "line")))
                        {
                            html.Element("span", line);
                        }
                    }
                }
            }
        }

        html.Element("p", "Released:  ☐ yes   ☐ yes, with the remarks above   ☐ no", ("class", "choice"));
    }

    private static void Evidence(HtmlWriter html, VariantRecord variant)
    {
        if (variant.Functions.Count == 0)
        {
            html.Element("p", "None: the board was not probed.");
        }

        foreach (VariantFunction f in variant.Functions)
        {
            using (html.In("div", ("class", "evidence")))
            {
                html.Element("h3", f.Name);
                html.Element("p", $"Method: {f.Method}.", ("class", "soft"));
                if (f.Evidence.Count == 0)
                {
                    html.Element("p", f.Said);
                }
                else
                {
                    List(html, f.Evidence);
                }
            }
        }
    }

    private static void List(HtmlWriter html, IReadOnlyList<string> lines)
    {
        if (lines.Count == 0)
        {
            return;
        }

        using (html.In("ul"))
        {
            foreach (string line in lines)
            {
                html.Element("li", line);
            }
        }
    }
}
