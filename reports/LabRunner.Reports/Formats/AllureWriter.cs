using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Sections;

namespace LabRunner.Reports.Formats;

/// <summary>
/// Writes allure-results/ in the official format from the run record: a result per test and one "stability" result per slot, containers with
/// the identities before and after, bench faults as run-wide errors. A failure that is quarantined is skipped with its reason. Names come from the rows alone, so drawing again overwrites the same
/// files. The DUT is a parameter that is not excluded: readers tell two DUTs apart by it, else eight DUTs look like eight retries of one test.
/// </summary>
public static class AllureWriter
{
    private const int MaxSteps = 400;
    private const long MaxAttachmentBytes = 50_000_000;

    /// <summary>Writes all files into <paramref name="folder"/>; other files there are left alone.</summary>
    public static void Write(RunRecord run, string folder)
    {
        Directory.CreateDirectory(folder);
        Session session = new(run, folder);
        Scorecard card = Scorecard.From(run);
        foreach (SlotRecord slot in run.Slots)
        {
            List<string> children = [];
            foreach (TestRecord test in run.Tests.Where(t => t.Slot == slot.Name))
            {
                children.Add(session.Test(slot, test));
            }

            children.Add(session.Stability(slot, card.Slots.First(s => s.Slot == slot.Name)));
            session.Container(slot, children);
        }

        session.Run(card);
    }

    private sealed class Session(RunRecord run, string folder)
    {
        private readonly DateTimeOffset _origin = run.OriginUtc ?? DateTimeOffset.UnixEpoch;

        internal string Test(SlotRecord slot, TestRecord test)
        {
            double end = test.Ended ?? run.End;
            bool Within(double at) => at >= test.Started && at <= end;
            List<AllureStep> steps =
            [
                .. run.Trials.Where(t => t.Slot == test.Slot && t.Suite == test.Suite && Within(t.At)).Select(TrialStep),
                .. run.Measurements.Where(m => m.Slot == test.Slot && m.Suite == test.Suite && Within(m.At)).Select(FigureStep),
                .. run.Incidents.Where(i => i.Slot == test.Slot && Within(i.FirstSymptom)).Select(i => IncidentStep(i, "test-" + Id(test.Id))),
            ];
            string owner = "test-" + Id(test.Id);
            (Verdict verdict, string? said) = run.AfterQuarantine(test);
            string message = verdict.ToText() + (said is { Length: > 0 } text ? ": " + text : "");
            ArtefactRecord[] files = [.. run.Artefacts.Where(a => a.Slot == test.Slot && a.Suite == test.Suite && (a.Test == test.Name || a.Test == test.FullName))];
            ArtefactRecord[] own = [.. files.Where(a => Within(a.At))];
            AllureTold told = new(
                AllureNotes.Read(run, own), Ms(test.Started), Ms(end),
                source => own.LastOrDefault(a => a.Name == source) is { } file ? Artefact(file, owner) : null);
            steps.AddRange(told.Steps);
            string uuid = Result(
                slot, owner, test.FullName, told.Name ?? test.Name, test.Suite, verdict,
                verdict == Verdict.Pass && test.Message is null ? null : new AllureDetails(Clean(message), Clean(test.Trace)),
                test.Ended is null ? "interrupted" : "finished", null, steps,
                [.. told.Attachments, .. files.Where(a => a.Mime != AllureNotes.MediaType && !(own.Contains(a) && told.Has(a.Name))).Select(a => Artefact(a, owner)).OfType<AllureAttachment>()],
                test.Started, end, told);
            if (told.Befores.Count + told.Afters.Count > 0)
            {
                string container = Uuid("container-" + owner);
                Save($"{container}-container.json", new AllureContainer(container, Clean(test.Name)!, [uuid], told.Befores, told.Afters, Ms(test.Started), Ms(end)));
            }

            return uuid;
        }

        internal string Stability(SlotRecord slot, SlotScore score)
        {
            string key = "stability-" + slot.Name;
            return Result(
                slot, key, "LabRunner.Night.Stability", "Stability of " + slot.Name, "Stability", score.Verdict,
                new AllureDetails(Clean($"{score.Verdict.ToText()}: {score.Sentence}"), null), run.Killed ? "interrupted" : "finished",
                SafeText.Markdown($"{score.Sentence} Device-hours: {Words.Number(score.DeviceHours)}; unexpected resets: {score.UnexpectedReboots}."),
                [.. run.Incidents.Where(i => i.Slot == slot.Name).Select(i => IncidentStep(i, key))], [], run.Started, run.End);
        }

        internal void Container(SlotRecord slot, IReadOnlyList<string> children)
        {
            string uuid = Uuid("container-" + slot.Name);
            AllureStep[] Identity(string phase) =>
            [
                .. run.Identities.Where(i => i.Slot == slot.Name && i.Phase == phase).Select(i => Step(
                    "Identity " + phase, "passed", i.At, i.At,
                    attachments: [TextFile("identity", $"identity-{slot.Name}-{phase}", string.Join('\n', i.Facts.Select(f => $"{f.Key}: {f.Value}")))])),
            ];
            Save($"{uuid}-container.json", new AllureContainer(uuid, Clean(slot.Name)!, children, Identity("before"), Identity("after"), Ms(run.Started), Ms(run.End)));
        }

        internal void Run(Scorecard card)
        {
            List<AllureDetails> errors =
            [
                .. run.Downtime.Where(d => d.Invalid).Select(d => new AllureDetails(
                    Clean($"INVALID {d.Slot} {Words.At(d.Started)}: {d.Reason}"), d.Ended is { } end ? "for " + Words.Duration(end - d.Started) : "to the end")),
                .. ValiditySection.FaultsOf(run).Select(e => new AllureDetails(Clean($"INVALID {e.Slot ?? "bench"} {Words.At(e.At)}: {e.Text}"), null)),
            ];
            if (run.Killed)
            {
                errors.Add(new AllureDetails(Clean(card.Text), null));
            }

            // What a report of the same night said before it went on is taken back: that its runner died, for one.
            string globals = $"{Uuid("globals")}-globals.json";
            if (errors.Count > 0)
            {
                Save(globals, new AllureGlobals([], errors));
            }
            else
            {
                File.Delete(Path.Combine(folder, globals));
            }

            Save("categories.json", AllureJson.Categories);
            Save("executor.json", new AllureExecutor("LabRunner", "labrunner", Clean($"{card.Bench} {card.Plan} {Words.Wall(run, run.Started)}")!, "LabRunner night"));
            ReportRenderer.WriteWhole(Path.Combine(folder, "environment.properties"), Environment(card));
        }

        private string Result(
            SlotRecord slot, string key, string fullName, string name, string suite, Verdict verdict, AllureDetails? details, string stage,
            string? description, List<AllureStep> steps, IReadOnlyList<AllureAttachment> attachments, double start, double stop, AllureTold? told = null)
        {
            string uuid = Uuid(key);
            int more = steps.Count - MaxSteps;
            if (more > 0)
            {
                // What went wrong is kept before what went well; order in time is restored.
                steps = [.. steps.OrderBy(s => s.Status == "passed").Take(MaxSteps).OrderBy(s => s.Start), Step($"{more} more steps are in report.json", "skipped", stop, stop)];
            }

            string full = Clean(fullName)!;
            string device = Clean(slot.Name)!;
            AllureParameter[] parameters = [new("dut", device, false), .. told?.Parameters ?? []];
            List<AllureLabel> labels =
            [
                new("parentSuite", device), new("suite", Clean(suite)!), new("feature", Clean(suite)!), new("host", Clean(run.Bench)!),
                new("thread", device), new("framework", "labrunner"), new("language", "csharp"), new("tag", Clean(slot.Board)!),
            ];
            if (verdict is Verdict.Warn or Verdict.Inconclusive or Verdict.Invalid)
            {
                labels.Add(new AllureLabel("tag", verdict.ToText()));
            }

            // What the author says of a group takes the place of what the plan says of it.
            AllureLabel[] said = [.. told?.Labels ?? []];
            labels.RemoveAll(label => label.Name is "suite" or "feature" && said.Any(other => other.Name == label.Name));
            labels.AddRange(said);
            string identity = JsonSerializer.Serialize(new { fullName = full, parameters = parameters.Where(p => !p.Excluded).Select(p => p.Value) });
            Save($"{uuid}-result.json", new AllureResult(
                uuid, Md5(identity), Md5(full), full, Clean(name)!, [device, Clean(suite)!], AllureJson.Status(verdict), details, stage, description ?? told?.Description,
                told?.DescriptionHtml, [.. steps.OrderBy(s => s.Start)], attachments, parameters, labels, told?.Links ?? [], Ms(start), Ms(Math.Max(start, stop))));
            return uuid;
        }

        private AllureStep TrialStep(TrialRecord trial) => Step(
            $"{trial.Step}: {(trial.Ok ? "good" : "failed")} after {Words.Duration(trial.DurationMs / 1000)}",
            trial.Ok ? "passed" : "failed", trial.At, trial.At + (trial.DurationMs / 1000),
            parameters: [.. trial.Detail.Select(d => new AllureParameter(Clean(d.Key)!, Clean(d.Value)!, true))]);

        private AllureStep FigureStep(MeasurementRecord m) => Step(
            $"{m.Name} = {Words.Number(m.Value)} {m.Unit}{(m.Lower is null && m.Upper is null ? "" : $" [{Words.Number(m.Lower)} … {Words.Number(m.Upper)}]")}",
            AllureJson.Status(m.Verdict), m.At, m.At);

        private AllureStep IncidentStep(IncidentRecord incident, string owner)
        {
            string text = string.Join('\n', [incident.Story, "", .. incident.Evidence]);
            return Step(
                $"{(incident.Expected ? "Provoked incident" : "Incident")} {incident.Id} {Words.ClassAndMode(incident)}: {incident.Title}",
                incident.Expected ? "passed" : "failed", incident.FirstSymptom, incident.Recovered ?? incident.Confirmed ?? incident.FirstSymptom,
                attachments: [TextFile("evidence", $"{owner}-incident-{incident.Id}", text)]);
        }

        private AllureStep Step(
            string name, string status, double start, double stop, IReadOnlyList<AllureAttachment>? attachments = null,
            IReadOnlyList<AllureParameter>? parameters = null) =>
            new(SafeText.OneLine(name, 500), status, null, "finished", [], attachments ?? [], parameters ?? [], Ms(start), Ms(Math.Max(start, stop)));

        /// <summary>One file is one attachment: readers take a file once only, so each owner gets its own copy.</summary>
        private AllureAttachment TextFile(string name, string key, string text)
        {
            string source = $"{Uuid("attachment-" + key)}-attachment.txt";
            ReportRenderer.WriteWhole(Path.Combine(folder, source), SafeText.Clean(text, 200_000));
            return new AllureAttachment(name, source, "text/plain");
        }

        private AllureAttachment? Artefact(ArtefactRecord artefact, string owner)
        {
            string key = $"{owner}-artefact-{artefact.Id}";
            byte[] bytes;
            string extension;
            try
            {
                if (RunFiles.Find(run.Folder, artefact.Path) is not { } path || new FileInfo(path).Length > MaxAttachmentBytes)
                {
                    return null;
                }

                extension = Path.GetExtension(path).TrimStart('.').ToLowerInvariant();
                bytes = File.ReadAllBytes(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return TextFile(Clean(artefact.Name)!, key, $"{artefact.Path} cannot be read: {e.Message}");
            }

            extension = extension.Length is > 0 and <= 8 && extension.All(char.IsAsciiLetterOrDigit) ? extension : "bin";
            string source = $"{Uuid("attachment-" + key)}-attachment.{extension}";

            // What a DUT said is shown in a browser here; the bytes as they came stay in the run folder.
            bool text = extension is "txt" or "log" || artefact.Mime.StartsWith("text/plain", StringComparison.OrdinalIgnoreCase);
            ReportRenderer.WriteWhole(Path.Combine(folder, source), text ? Encoding.UTF8.GetBytes(SafeText.Clean(Decoded(bytes), (int)MaxAttachmentBytes)) : bytes);
            return new AllureAttachment(Clean(artefact.Name)!, source, Clean(artefact.Mime)!);
        }

        private static string Decoded(byte[] bytes)
        {
            using StreamReader reader = new(new MemoryStream(bytes));
            return reader.ReadToEnd();
        }

        private string Environment(Scorecard card)
        {
            StringBuilder text = new();
            void Line(string key, string? value)
            {
                if (value is not null)
                {
                    text.Append(Property(key)).Append('=').Append(Property(value)).Append('\n');
                }
            }

            Line("Bench", card.Bench);
            Line("Plan", card.Plan);
            Line("Seed", run.Meta.GetValueOrDefault(MetaKeys.Seed));
            Line("Runner", run.Meta.GetValueOrDefault(MetaKeys.Runner));
            Line("Outcome", run.Outcome ?? "the runner died");
            foreach (SlotRecord slot in run.Slots)
            {
                Line($"{slot.Name}.board", slot.Board);
                Line($"{slot.Name}.firmware", run.Identities.LastOrDefault(i => i.Slot == slot.Name)?.Facts.GetValueOrDefault("build"));
            }

            return text.ToString();
        }

        /// <summary>Java property files are Latin-1 with escapes for the rest; separators and line ends are escaped too.</summary>
        private static string Property(string value) => string.Concat(SafeText.OneLine(value, 500).Select(c => c switch
        {
            '\\' or '=' or ':' or '#' or '!' or ' ' => $"\\{c}",
            > '~' => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
            _ => c.ToString(),
        }));

        private long Ms(double seconds) =>
            _origin.ToUnixTimeMilliseconds() + (long)(Math.Clamp(double.IsFinite(seconds) ? seconds : 0, 0, 1e9) / run.TimeScale * 1000);

        private string Uuid(string key) => Guid.ParseExact(Md5($"{run.Bench}|{_origin.ToUnixTimeMilliseconds()}|{key}"), "N").ToString("D");

        private void Save<T>(string name, T content) =>
            ReportRenderer.WriteWhole(Path.Combine(folder, name), JsonSerializer.SerializeToUtf8Bytes(content, AllureJson.Options));

        private static string Id(long id) => id.ToString(CultureInfo.InvariantCulture);

        private static string? Clean(string? text) => text is null ? null : SafeText.Clean(text);

#pragma warning disable CA5351 // The readers of the format expect these ids to be MD5; they protect nothing.
        private static string Md5(string text) => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5351
    }
}
