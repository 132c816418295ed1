using System.Globalization;
using LabRunner.Hardware.Faults;
using LabRunner.Reports.Records;

namespace LabRunner.Reports.Variant;

/// <summary>A function of the board as the probe found it.</summary>
/// <param name="Name">relay, button, …</param>
/// <param name="Verdict">Verdict.</param>
/// <param name="Gpio">Pin; null without.</param>
/// <param name="Role">OpenBeken role; empty without.</param>
/// <param name="Method">How it was looked for.</param>
/// <param name="Said">Result in a sentence.</param>
/// <param name="Good">Confirmations.</param>
/// <param name="Of">Tries.</param>
/// <param name="Evidence">What was done and seen.</param>
public sealed record VariantFunction(string Name, Verdict Verdict, int? Gpio, string Role, string Method, string Said, int Good, int Of, IReadOnlyList<string> Evidence);

/// <summary>A known board beside it.</summary>
public sealed record VariantComparison(string Board, string Title, int Same, string Differences);

/// <summary>
/// What several runs say of one slot's board: the probe, and nights that asked it for metering, starts and updates. Immutable.
/// </summary>
/// <param name="Runs">Runs, in the order given.</param>
/// <param name="Slot">Slot.</param>
/// <param name="Facts">The slot's row of the newest run that has one.</param>
public sealed record VariantRecord(IReadOnlyList<RunRecord> Runs, string Slot, SlotRecord? Facts)
{
    /// <summary>Suite of the probe's rows.</summary>
    public const string ProbeSuite = "PROBE";

    /// <summary>Suites that a validation should have, with what each tells.</summary>
    public static IReadOnlyList<(string Suite, string Tells)> Wanted { get; } =
    [
        ("S02", "starts after power cuts"), ("S04", "updates over the air"), ("S13", "button and relay"), ("S14", "metering accuracy"), ("S16", "settings against power cuts"), ("S15", "brown-out"),
    ];

    /// <summary>What the board is called: as the probe was told, else as its board file says.</summary>
    public string Title => Runs.SelectMany(r => r.Slots).FirstOrDefault(s => s.Name == Slot && s.Facts.ContainsKey("proposedTitle")) is { } probed
        ? $"{probed.Facts["proposedTitle"]} ({probed.Facts.GetValueOrDefault("proposedBoard")})"
        : Facts is { } slot ? $"{slot.Title} ({slot.Board})" : Slot;

    /// <summary>Functions that the probe looked for, in its order.</summary>
    public IReadOnlyList<VariantFunction> Functions { get; } = [.. Measurements(Runs, Slot).Where(m => m.Suite == ProbeSuite && m.Detail.GetValueOrDefault("kind") == "function").Select(Function)];

    /// <summary>Known boards, the most alike first.</summary>
    public IReadOnlyList<VariantComparison> Comparisons { get; } =
    [
        .. Measurements(Runs, Slot).Where(m => m.Suite == ProbeSuite && m.Detail.GetValueOrDefault("kind") == "comparison").Select(m => new VariantComparison(
            m.Name.StartsWith("board ", StringComparison.Ordinal) ? m.Name["board ".Length..] : m.Name, m.Detail.GetValueOrDefault("title") ?? "", Whole(m.Value), m.Detail.GetValueOrDefault("differences") ?? "")),
    ];

    /// <summary>Figures of the slot in all runs.</summary>
    public IEnumerable<MeasurementRecord> Figures => Measurements(Runs, Slot);

    /// <summary>Figures that the probe took.</summary>
    public IEnumerable<MeasurementRecord> ProbeFigures => Figures.Where(m => m.Suite == ProbeSuite && !m.Detail.ContainsKey("kind"));

    /// <summary>Attempts of the slot in all runs.</summary>
    public IEnumerable<TrialRecord> Trials => Runs.SelectMany(r => r.Trials).Where(t => t.Slot == Slot);

    /// <summary>Tests of the slot in all runs.</summary>
    public IEnumerable<TestRecord> Tests => Runs.SelectMany(r => r.Tests).Where(t => t.Slot == Slot);

    /// <summary>What the DUT said of itself, the newest run last.</summary>
    public IEnumerable<IdentityRecord> Identities => Runs.SelectMany(r => r.Identities).Where(i => i.Slot == Slot);

    /// <summary>
    /// Why the runs may not be of one board, a sentence; null where nothing speaks against it. The MAC is the board's own; where a run does not
    /// tell it, another bench is another board.
    /// </summary>
    public string? Mixed
    {
        get
        {
            (string Run, string Bench, string[] Macs)[] told =
            [
                .. Runs.Select(r => (
                    Path.GetFileName(r.Folder.TrimEnd('/')), r.Bench,
                    (string[])[.. r.Identities.Where(i => i.Slot == Slot).Select(i => i.Facts.GetValueOrDefault("mac")).OfType<string>().Where(m => m.Length > 0).Distinct(StringComparer.OrdinalIgnoreCase)])),
            ];
            return told.SelectMany(t => t.Macs).Distinct(StringComparer.OrdinalIgnoreCase).Count() > 1
                ? $"The runs are of different boards: {string.Join(", ", told.SelectMany(t => t.Macs.Select(m => $"MAC {m} in {t.Run}")))}."
                : told.Select(t => t.Bench).Distinct().Count() > 1 && told.Any(t => t.Macs.Length == 0)
                    ? $"The runs are of different benches, and not each tells the board's MAC: {string.Join(", ", told.Select(t => $"{t.Bench} in {t.Run}"))}."
                    : null;
        }
    }

    /// <summary>
    /// Which of several runs a row is of, as the identity numbers them; null for one run, of which every row is. Rows of two runs that bear one
    /// name are else two answers to one question.
    /// </summary>
    /// <param name="row">A row of <see cref="Runs"/> itself, not one that is like it.</param>
    public string? RunOf(object row)
    {
        foreach ((int index, RunRecord run) in Runs.Index())
        {
            if (Runs.Count > 1 && (run.Measurements.Any(m => ReferenceEquals(m, row)) || run.Tests.Any(t => ReferenceEquals(t, row))))
            {
                return string.Create(CultureInfo.InvariantCulture, $"run {index + 1}");
            }
        }

        return null;
    }

    /// <summary>Reads runs.</summary>
    /// <param name="folders">Run folders, at least one.</param>
    /// <param name="slot">Slot; null: the only one, or the one that was probed.</param>
    /// <exception cref="BenchFaultException">Kind Storage: a journal cannot be read. Kind Configuration: the slot is in none of them, or it cannot be told which is meant.</exception>
    public static VariantRecord Read(IReadOnlyList<string> folders, string? slot)
    {
        ArgumentNullException.ThrowIfNull(folders);
        RunRecord[] runs = [.. folders.Select(RunReader.Read)];
        string[] known = [.. runs.SelectMany(r => r.Slots).Select(s => s.Name).Distinct()];
        string[] probed = [.. runs.SelectMany(r => r.Measurements).Where(m => m.Suite == ProbeSuite).Select(m => m.Slot).Distinct()];
        string? chosen = slot ?? (probed.Length == 1 ? probed[0] : known.Length == 1 ? known[0] : null);
        if (chosen is null || !known.Contains(chosen))
        {
            throw new BenchFaultException(
                FaultKind.Configuration, string.Join(", ", folders), chosen is null ? "a validation report is of one board, and it cannot be told which slot is meant" : $"there is no slot '{chosen}'",
                $"Name one by --slot: {string.Join(", ", known)}");
        }

        return new VariantRecord(runs, chosen, runs.SelectMany(r => r.Slots).LastOrDefault(s => s.Name == chosen));
    }

    private static IEnumerable<MeasurementRecord> Measurements(IReadOnlyList<RunRecord> runs, string slot) => runs.SelectMany(r => r.Measurements).Where(m => m.Slot == slot);

    private static VariantFunction Function(MeasurementRecord m) => new(
        m.Name, m.Verdict, int.TryParse(m.Detail.GetValueOrDefault("gpio"), NumberStyles.None, CultureInfo.InvariantCulture, out int gpio) ? gpio : null, m.Detail.GetValueOrDefault("role") ?? "",
        m.Detail.GetValueOrDefault("method") ?? "", m.Detail.GetValueOrDefault("said") ?? "", Number(m, "good"), Number(m, "of"),
        [.. m.Detail.Where(d => d.Key.StartsWith("evidence", StringComparison.Ordinal)).OrderBy(d => d.Key, StringComparer.Ordinal).Select(d => d.Value)]);

    private static int Number(MeasurementRecord m, string key) => int.TryParse(m.Detail.GetValueOrDefault(key), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : 0;

    private static int Whole(double value) => double.IsFinite(value) ? (int)Math.Clamp(value, 0, 1000) : 0;
}
