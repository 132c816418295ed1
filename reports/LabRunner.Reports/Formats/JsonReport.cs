using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using LabRunner.Reports.Records;
using LabRunner.Reports.Sections;

namespace LabRunner.Reports.Formats;

/// <summary>report/report.json: the run for programs. Its schema is report.schema.json (<see cref="Schema"/>).</summary>
public static class JsonReport
{
    /// <summary>Version of the format; a change that breaks readers raises it.</summary>
    public const int Version = 1;

    internal static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.Create(UnicodeRanges.All),
        Converters = { new FiniteNumbers(), new VerdictWords() },
    };

    /// <summary>Text of the JSON schema (draft 7).</summary>
    public static string Schema => EmbeddedText.Read("report.schema.json");

    /// <summary>The document.</summary>
    public static string Write(RunRecord run)
    {
        Scorecard card = Scorecard.From(run);
        return JsonSerializer.Serialize(
            new
            {
                Version,
                Night = new
                {
                    card.Bench,
                    card.Plan,
                    Seed = run.Meta.GetValueOrDefault(MetaKeys.Seed),
                    run.TimeScale,
                    run.OriginUtc,
                    run.Started,
                    run.Ended,
                    LastSeen = run.End,
                    run.Outcome,
                    run.Killed,
                    Runner = run.Meta.GetValueOrDefault(MetaKeys.Runner),
                    card.Verdict,
                    card.Text,
                },
                Devices = card.Slots.Select(s => Device(run, s)),
                Exposure = run.Exposure.Select(e => Exposed(run, e)),
                Incidents = run.Incidents.Select(Incident),
                Boots = run.Boots,
                run.Intents,
                run.Tests,
                run.Trials,
                run.Measurements,
                run.Artefacts,
                run.Verdicts,
                Validity = new
                {
                    Invalid = run.Downtime.Where(d => d.Invalid),
                    Down = run.Downtime.Where(d => !d.Invalid),
                    Faults = ValiditySection.FaultsOf(run),
                    Gaps = ValiditySection.GapsOf(run),
                    Sentinel = ValiditySection.SentinelSentence(run),
                },
                NotCovered = NotCoveredSection.Lines(run),
            },
            Options);
    }

    private static object Device(RunRecord run, SlotScore score)
    {
        SlotRecord slot = run.Slots.First(s => s.Name == score.Slot);
        return new
        {
            Slot = slot.Name,
            slot.Board,
            slot.Title,
            slot.Chip,
            slot.Sentinel,
            slot.Capabilities,
            slot.Facts,
            Identities = run.Identities.Where(i => i.Slot == slot.Name).Select(i => new { i.Phase, i.At, i.Facts }),
            score.Verdict,
            score.Sentence,
            score.DeviceHours,
            score.InvalidHours,
            score.UnexpectedReboots,
            score.ExpectedReboots,
        };
    }

    private static object Exposed(RunRecord run, ExposureRecord e)
    {
        Span[] span = [new Span(e.Started, e.Ended ?? run.End)];
        double outside = Spans.Seconds(Spans.Intersect(span, run.Out(e.Slot)));
        return new
        {
            Device = e.Slot,
            e.Suite,
            Start = e.Started,
            End = e.Ended,
            Hours = Math.Max(0, Spans.Seconds(span) - outside) / 3600,
            InvalidHours = Spans.Seconds(Spans.Intersect(span, run.Out(e.Slot, invalid: true))) / 3600,
        };
    }

    private static object Incident(IncidentRecord i) => new
    {
        i.Id, i.Slot, i.Class, i.Mode, i.Title, i.FirstSymptom, i.Confirmed, i.Recovered, i.Recovery, BootAge = i.BootAgeS,
        i.Intent, i.Expected, i.Source, i.Stimulus, i.ResetReason, i.Story, i.Evidence,
    };

    /// <summary>JSON has no NaN and no infinity: they become null, which the schema allows.</summary>
    private sealed class FiniteNumbers : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value))
            {
                writer.WriteNumberValue(value);
            }
            else
            {
                writer.WriteNullValue();
            }
        }
    }

    private sealed class VerdictWords : JsonConverter<Verdict>
    {
        public override Verdict Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => VerdictText.Parse(reader.GetString() ?? "");

        public override void Write(Utf8JsonWriter writer, Verdict value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToText());
    }
}
