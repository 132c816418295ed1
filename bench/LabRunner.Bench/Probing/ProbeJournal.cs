using System.Text.Json;
using LabRunner.Bench.Consoles;
using LabRunner.Bench.Inventory;
using LabRunner.Bench.Journal;
using LabRunner.Hardware.Faults;
using LabRunner.Hardware.Plugs;
using LabRunner.Hardware.Time;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Probing;

/// <summary>
/// The journal of a probe: a run of its own with one slot, so that every report can be drawn from its folder. What was found stands in
/// measurements of suite PROBE, one a function, what was done in its trials. Thread safe.
/// </summary>
public sealed class ProbeJournal : IProbeLog, IAsyncDisposable
{
    /// <summary>Suite of its rows.</summary>
    public const string Suite = "PROBE";

    private readonly JournalWriter _journal;
    private readonly LabClock _clock;
    private readonly string _slot;
    private readonly Action<string> _say;

    private ProbeJournal(JournalWriter journal, LabClock clock, string slot, Action<string> say) => (_journal, _clock, _slot, _say) = (journal, clock, slot, say);

    /// <summary>Begins a run.</summary>
    /// <param name="folder">Run folder without a journal.</param>
    /// <param name="inventory">The bench.</param>
    /// <param name="slot">The slot.</param>
    /// <param name="clock">The run's clock.</param>
    /// <param name="runner">Version of LabRunner.</param>
    /// <param name="name">Name of the board that is proposed.</param>
    /// <param name="title">Its title.</param>
    /// <param name="say">Told what is being done.</param>
    /// <exception cref="BenchFaultException">Kind Storage: the journal cannot be created.</exception>
    public static ProbeJournal Open(string folder, BenchInventory inventory, SlotEntry slot, LabClock clock, string runner, string name, string title, Action<string> say)
    {
        ArgumentNullException.ThrowIfNull(inventory);
        ArgumentNullException.ThrowIfNull(slot);
        ArgumentNullException.ThrowIfNull(clock);
        Redactor redactor = new(InventorySecrets.Of(inventory));
        JournalWriter journal = JournalWriter.Open(Path.Combine(folder, "journal.db"), redactor.RedactKnown);
        foreach ((string key, string value) in new[]
        {
            (MetaKeys.SchemaVersion, "1"), (MetaKeys.Bench, inventory.Name), (MetaKeys.Plan, HandPlans.Probe), (MetaKeys.Seed, "0"),
            (MetaKeys.TimeScale, FormattableString.Invariant($"{clock.Scale}")), (MetaKeys.OriginUtc, clock.UtcAt(TimeSpan.Zero).ToString("o", System.Globalization.CultureInfo.InvariantCulture)),
            (MetaKeys.Started, FormattableString.Invariant($"{clock.Elapsed.TotalSeconds:0.###}")), (MetaKeys.Runner, runner), (MetaKeys.InventoryText, inventory.Text),
        })
        {
            journal.Put(JournalRow.Meta(key, value));
        }

        Api.BoardDescription board = slot.Board.Description;
        journal.Put(JournalRow.Of(new SlotRecord(
            slot.Name, board.Name, board.Title, board.Chip, slot.Sentinel, slot.Capabilities,
            new Dictionary<string, string>(BoardFacts.Of(board.VoltsPerHertz, board.AmperesPerHertz, board.WattsPerHertz)) { ["supply"] = slot.Supply == SlotSupply.Mains ? "mains" : "isolated-3v3", ["isolated"] = slot.Isolated ? "yes" : "no", ["proposedBoard"] = name, ["proposedTitle"] = title })));
        return new ProbeJournal(journal, clock, slot.Name, say);
    }

    /// <inheritdoc/>
    public void Say(string text) => _say(text);

    /// <inheritdoc/>
    public void Trial(string step, TimeSpan at, bool ok, TimeSpan duration, string seen)
    {
        _journal.Put(JournalRow.Of(new TrialRecord(
            _journal.NextId("trials"), _slot, Suite, step, at.TotalSeconds, ok, duration.TotalMilliseconds, new Dictionary<string, string> { ["seen"] = seen })));
    }

    /// <inheritdoc/>
    public void Figure(ProbeFigure figure)
    {
        ArgumentNullException.ThrowIfNull(figure);
        Put(figure.Name, figure.Value, figure.Unit, figure.Lower, figure.Upper, figure.Verdict, new Dictionary<string, string>());
    }

    /// <summary>Records what was found, and the outcome of the whole.</summary>
    /// <param name="result">What was found.</param>
    /// <param name="matches">Known boards beside it.</param>
    /// <param name="files">Name, media type and text of files to keep.</param>
    /// <param name="folder">Run folder.</param>
    public void Finish(ProbeResult result, IReadOnlyList<BoardMatch> matches, IReadOnlyList<(string Name, string Mime, string Text)> files, string folder)
    {
        ArgumentNullException.ThrowIfNull(result);
        _journal.Put(JournalRow.Of(new IdentityRecord(_slot, "before", _clock.Elapsed.TotalSeconds, new Dictionary<string, string>
        {
            ["build"] = result.Info.Build, ["mac"] = result.Info.Mac, ["chipset"] = result.Info.Chipset, ["shortName"] = result.Info.ShortName, ["flags"] = result.Info.Flags,
            ["pinRoles"] = string.Join(' ', result.Configured.Roles), ["pinChannels"] = string.Join(' ', result.Configured.Channels),
        })));
        foreach (ProbeFinding f in result.Findings)
        {
            Dictionary<string, string> detail = new()
            {
                ["kind"] = "function", ["gpio"] = f.Gpio is { } gpio ? $"{gpio}" : "", ["role"] = f.Role ?? "", ["method"] = f.Method, ["said"] = f.Said, ["good"] = $"{f.Good}", ["of"] = $"{f.Of}",
            };
            for (int i = 0; i < f.Evidence.Count; i++)
            {
                detail[$"evidence{i + 1:000}"] = f.Evidence[i];
            }

            // A function without a pin has no number: -1.
            Put(f.Function, f.Gpio ?? -1, "GPIO", null, null, f.Verdict, detail);
        }

        foreach (BoardMatch match in matches.Take(5))
        {
            Put($"board {match.Board.Name}", match.Same, "functions", null, null, match.Differences.Count == 0 ? Verdict.Pass : Verdict.Warn, new Dictionary<string, string>
            {
                ["kind"] = "comparison", ["title"] = match.Board.Title, ["differences"] = string.Join("; ", match.Differences),
            });
        }

        Directory.CreateDirectory(Path.Combine(folder, "artifacts", _slot));
        foreach ((string name, string mime, string text) in files)
        {
            string path = Path.Combine("artifacts", _slot, name);
            byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);
            File.WriteAllBytes(Path.Combine(folder, path), bytes);
            _journal.Put(JournalRow.Of(new ArtefactRecord(
                _journal.NextId("artefacts"), _slot, Suite, null, _clock.Elapsed.TotalSeconds, name, mime, path, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)))));
        }

        Verdict verdict = result.Findings.Select(f => f.Verdict).Contains(Verdict.Fail) ? Verdict.Fail
            : result.Findings.Any(f => f.Verdict == Verdict.NotRun) ? Verdict.Inconclusive : Verdict.Pass;
        string sentence = verdict switch
        {
            Verdict.Pass => "Every function of the board was found and confirmed.",
            Verdict.Fail => $"Not found or not confirmed: {string.Join(", ", result.Findings.Where(f => f.Verdict == Verdict.Fail).Select(f => f.Function))}.",
            _ => $"Not looked for: {string.Join(", ", result.Findings.Where(f => f.Verdict == Verdict.NotRun).Select(f => f.Function))}.",
        };
        foreach ((string scope, string rule) in new[] { ("night", "overall"), ($"slot:{_slot}", "stability") })
        {
            _journal.Put(JournalRow.Of(new VerdictRecord(_journal.NextId("verdicts"), scope, rule, null, null, null, null, null, null, verdict, sentence)));
        }

        End("completed");
    }

    /// <summary>Ends the run without a result.</summary>
    public void End(string outcome)
    {
        _journal.Put(JournalRow.Meta(MetaKeys.Ended, FormattableString.Invariant($"{_clock.Elapsed.TotalSeconds:0.###}")));
        _journal.Put(JournalRow.Meta(MetaKeys.Outcome, outcome));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _journal.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        await _journal.DisposeAsync().ConfigureAwait(false);
    }

    private void Put(string name, double value, string unit, double? lower, double? upper, Verdict verdict, IReadOnlyDictionary<string, string> detail) =>
        _journal.Put(JournalRow.Of(new MeasurementRecord(_journal.NextId("measurements"), _slot, Suite, name, _clock.Elapsed.TotalSeconds, value, unit, lower, upper, null, verdict, detail)));
}
