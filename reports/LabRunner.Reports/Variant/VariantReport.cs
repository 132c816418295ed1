using System.Text;
using LabRunner.Hardware.Faults;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Formats;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Variant;

/// <summary>
/// The validation of a PCB variant as a document that a hardware engineer signs: one self-contained file, laid out for paper. Drawn from records
/// alone; every text of a device or person is escaped by <see cref="HtmlWriter"/>.
/// </summary>
public static class VariantReport
{
    private const string Policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

    private const string FlashFact = "Flash (JEDEC id)";

    // What no bench of this kind can ask; it is said, so that silence is not read as success.
    private static readonly string[] Never =
    [
        "Insulation, creepage and clearance of the board, and the safety of its supply.", "Type and rating of the relay, contact life under load.", "Radio: output power, sensitivity, antenna.",
        "Electromagnetic compatibility.", "Analog accuracy of the meter chip, where pulses were fed in its place.", "Heat at rated current.",
    ];

    /// <summary>Draws it into the first run's folder.</summary>
    /// <param name="folders">Run folders: the probe's, and nights that asked the board.</param>
    /// <param name="slot">Slot; null where there is one only, or one was probed.</param>
    /// <returns>Path of the HTML file, report/variant.html, and the judgement in it.</returns>
    /// <exception cref="BenchFaultException">See <see cref="VariantRecord.Read"/>; kind Storage also: it cannot be written.</exception>
    public static (string Html, VariantVerdict Verdict) Render(IReadOnlyList<string> folders, string? slot)
    {
        VariantRecord variant = VariantRecord.Read(folders, slot);
        VariantVerdict verdict = VariantVerdict.Of(variant);
        string path = Path.Combine(variant.Runs[0].Folder, "report", "variant.html");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            ReportRenderer.WriteWhole(path, Write(variant, verdict));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BenchFaultException(FaultKind.Storage, path, $"the report cannot be written ({e.Message})", "Free space or give write access to the run folder, then draw it again", e);
        }

        return (path, verdict);
    }

    /// <summary>The document.</summary>
    public static string Write(VariantRecord variant)
    {
        ArgumentNullException.ThrowIfNull(variant);
        return Write(variant, VariantVerdict.Of(variant));
    }

    private static string Write(VariantRecord variant, VariantVerdict verdict)
    {
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
                Part(html, "Pins", () => VariantBoard.Pins(html, variant));
                Part(html, "Template for OpenBeken", () => VariantFacts.Template(html, variant));
                Part(html, "Comparison with known boards", () => VariantBoard.Comparison(html, variant));
                Part(html, "Supply, console and start", () => VariantBehaviour.Starts(html, variant));
                Part(html, "Relay gap at a reboot", () => VariantBehaviour.Gap(html, variant));
                Part(html, "Metering constants", () => VariantFacts.Constants(html, variant));
                Part(html, "Metering", () => VariantMetering.Write(html, variant));
                Part(html, "Updates over the air", () => VariantBehaviour.Updates(html, variant));
                Part(html, "Known exceptions", () => VariantFacts.Exceptions(html, variant));
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

            List(html, verdict.Discounted);
            List(html, verdict.Failed);
        }

        using (html.In("section"))
        {
            html.Element("h2", "Identity");
            IReadOnlyDictionary<string, string> said = variant.Identities.LastOrDefault()?.Facts ?? new Dictionary<string, string>();
            IReadOnlyDictionary<string, string> slot = variant.Facts?.Facts ?? new Dictionary<string, string>();
            string? flash = VariantFacts.Flash(variant);
            html.Table("As the bench and the device say", ["Fact", "Value"], () =>
            {
                html.Row("Board file", variant.Facts?.Board ?? "–");
                html.Row("Slot", $"{variant.Slot} of bench {variant.Runs[0].Meta.GetValueOrDefault(MetaKeys.Bench) ?? "–"}");
                html.Row("Chip", $"{variant.Facts?.Chip ?? "–"}{(said.GetValueOrDefault("chipset") is { Length: > 0 } chipset ? $"; the device says {chipset}" : "")}");
                html.Row("Firmware", said.GetValueOrDefault("build") ?? "–");
                html.Row("MAC", said.GetValueOrDefault("mac") ?? "–");
                if (flash is not null)
                {
                    html.Row(FlashFact, flash);
                }

                html.Row("Supply of the slot", $"{slot.GetValueOrDefault("supply") ?? "–"}{(slot.GetValueOrDefault("isolated") is { } isolated ? $", lines isolated: {isolated}" : "")}");
                foreach ((int index, RunRecord run) in variant.Runs.Index())
                {
                    html.Row(variant.Runs.Count > 1 ? $"Run {index + 1}" : "Run", $"{Path.GetFileName(run.Folder)}, plan {run.Meta.GetValueOrDefault(MetaKeys.Plan) ?? "–"}, {Words.Wall(run, 0) ?? "–"}, LabRunner {run.Meta.GetValueOrDefault(MetaKeys.Runner) ?? "–"}");
                }
            });
            html.Table("By hand, from the board", ["Fact", "Value"], () =>
            {
                foreach (string fact in (string[])["Vendor and model", "PCB marking", "Marking of chip and module", FlashFact, "Relay type", "Photograph"])
                {
                    if (fact == FlashFact && flash is not null)
                    {
                        continue;
                    }

                    html.Row(fact, (Action)(() => html.Element("span", "", ("class", "fill"))));
                }
            });
        }
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

    internal static void List(HtmlWriter html, IReadOnlyList<string> lines)
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
