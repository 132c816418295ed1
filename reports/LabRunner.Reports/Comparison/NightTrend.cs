using LabRunner.Reports.Drawing;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Comparison;

/// <summary>One firmware on one board over all nights.</summary>
/// <param name="Board">Board.</param>
/// <param name="Firmware">Build.</param>
/// <param name="Nights">Nights it ran in.</param>
/// <param name="Pool">Its cells.</param>
/// <param name="State">Where the sequential test stands over all these nights.</param>
/// <param name="HoursToAccept">Device-hours that would accept if nothing more failed; 0 once accepted.</param>
/// <param name="Change">Against the build before it on this board, or against the reference where one is named; null where there is none.</param>
public sealed record VersionRow(string Board, string Firmware, int Nights, Pool Pool, SprtState State, double HoursToAccept, RateChange? Change)
{
    /// <summary>True where it ran in the board's newest night, so that the gate judges it.</summary>
    public bool Newest { get; init; }

    /// <summary>False for what was never read of a plug: no build at all, which is shown and not judged.</summary>
    public bool Known => Firmware != NightCell.UnknownBuild;

    /// <summary>Failure modes of it that no rate excuses.</summary>
    public IEnumerable<string> Gravest => Pool.Modes.Keys.Where(Severity.IsGravest).Order(StringComparer.Ordinal);

    /// <summary>Suites, checks and findings that failed in any of its nights (<see cref="NightCell.Failed"/>).</summary>
    public IEnumerable<string> Failed => Pool.Cells.SelectMany(c => c.Failed).Distinct().Order(StringComparer.Ordinal);
}

/// <summary>A figure night by night on one board.</summary>
/// <param name="Board">Board.</param>
/// <param name="Figure">Name and unit.</param>
/// <param name="Points">Night, builds of it, value.</param>
/// <param name="Changes">Where it changed, with the night and build of the first value after.</param>
public sealed record Series(string Board, string Figure, IReadOnlyList<SeriesPoint> Points, IReadOnlyList<SeriesChange> Changes);

/// <summary>One value of a series.</summary>
public sealed record SeriesPoint(NightSummary Night, string Firmware, double Value);

/// <summary>A change of a series.</summary>
/// <param name="Point">Place and size.</param>
/// <param name="Night">First night after it.</param>
/// <param name="Firmware">Its build.</param>
/// <param name="WithVersion">True when that night is the first of its build: the change falls on a version.</param>
public sealed record SeriesChange(ChangePoint Point, NightSummary Night, string Firmware, bool WithVersion);

/// <summary>A failure mode over the versions of one board.</summary>
/// <param name="Board">Board.</param>
/// <param name="Mode">Class and mode.</param>
/// <param name="Counts">Incidents by build, in the order of <see cref="NightTrend.Versions"/>.</param>
/// <param name="State">Of the newest build against the last one before that had it, a word of <see cref="ModeState"/>; new also where there is one build only.</param>
public sealed record ModeRow(string Board, string Mode, IReadOnlyList<(string Firmware, int Count)> Counts, string State);

/// <summary>A run folder of a trend that cannot be read.</summary>
/// <param name="Folder">Absolute path.</param>
/// <param name="Why">What is wrong with it.</param>
public sealed record UnreadNight(string Folder, string Why);

/// <summary>Many nights over firmware and board. Immutable, thread safe.</summary>
public sealed record NightTrend
{
    /// <summary>Name of the series of failures.</summary>
    public const string FailureRate = "failures per 100 device-hours";

    private NightTrend(IReadOnlyList<NightSummary> nights, ComparisonRules rules, IReadOnlyList<NightSummary> reference, IReadOnlyList<UnreadNight> unread) =>
        (Nights, Rules, Reference, Unread) = (nights, rules, reference, unread);

    /// <summary>In order of their start.</summary>
    public IReadOnlyList<NightSummary> Nights { get; }

    /// <summary>How sure it must be.</summary>
    public ComparisonRules Rules { get; }

    /// <summary>Nights of the version that the newest build of each board is held against; empty where that is the build before it.</summary>
    public IReadOnlyList<NightSummary> Reference { get; }

    /// <summary>Folders that could not be read; any keeps the gate from passing, for what is in it is not known.</summary>
    public IReadOnlyList<UnreadNight> Unread { get; }

    /// <summary>By board, then in the order in which the builds first ran.</summary>
    public IReadOnlyList<VersionRow> Versions { get; private init; } = [];

    /// <summary>Night by night.</summary>
    public IReadOnlyList<Series> Series { get; private init; } = [];

    /// <summary>Failure modes, the most frequent first.</summary>
    public IReadOnlyList<ModeRow> Modes { get; private init; } = [];

    /// <summary>What a reader must know before believing the rows, a sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; private init; } = [];

    /// <summary>The builds of each board's newest night: several where its plugs bore different ones.</summary>
    public IEnumerable<VersionRow> Newest => Versions.Where(v => v.Newest);

    /// <summary>
    /// The gate of a release, the worst of <see cref="Newest"/>: worse, where a newest build is worse than the one before (or the reference) by a ratio that matters
    /// (<see cref="ComparisonRules.StopRatio"/>), the sequential test rejects it, a suite or check of it failed, or it bricked or endangered a
    /// DUT even once (<see cref="Severity"/>); better, where every night could be read, each board has a build, and all are accepted and were held
    /// against the reference that is named; otherwise it cannot be told.
    /// </summary>
    public Change Gate => Newest.Any(v => v.State == SprtState.Reject || v.Change?.Stops(Rules) == true || v.Gravest.Any() || v.Failed.Any()) ? Change.Worse
        : Unread.Count == 0 && Versions.GroupBy(v => v.Board).All(b => b.Any(v => v.Newest)) && Newest.All(v => v.State == SprtState.Accept && (Reference.Count == 0 || v.Change is not null)) ? Change.Better
        : Change.CannotTell;

    /// <summary>Sums up nights.</summary>
    /// <param name="nights">In any order, at least one.</param>
    /// <param name="rules">How sure it must be.</param>
    /// <param name="reference">Nights of a version to hold the newest build of each board against; null or none for the build before it.</param>
    /// <param name="unread">Folders that could not be read; null for none.</param>
    /// <exception cref="ArgumentException">There is no night.</exception>
    public static NightTrend Of(IReadOnlyList<NightSummary> nights, ComparisonRules rules, IReadOnlyList<NightSummary>? reference = null, IReadOnlyList<UnreadNight>? unread = null)
    {
        if (nights.Count == 0)
        {
            throw new ArgumentException("A trend needs a night.");
        }

        reference ??= [];
        unread ??= [];
        List<NightSummary> ordered = [.. nights.OrderBy(n => n.At ?? DateTimeOffset.MaxValue).ThenBy(n => n.Name, StringComparer.Ordinal)];
        List<string> boards = [.. ordered.SelectMany(n => n.Cells).Select(c => c.Board).Distinct().Order(StringComparer.Ordinal)];
        List<VersionRow> versions = VersionRows(ordered, boards, rules, reference);
        return new NightTrend(ordered, rules, reference, unread)
        {
            Versions = versions,
            Series = [.. boards.SelectMany(b => SeriesOf(ordered, b))],
            Modes = [.. boards.SelectMany(b => ModeRows([.. versions.Where(v => v.Board == b)])).OrderByDescending(m => m.Counts.Sum(c => c.Count)).ThenBy(m => m.Mode, StringComparer.Ordinal)],
            Warnings = [.. unread.Select(u => $"{Path.GetFileName(u.Folder)} cannot be read and is left out, so that the gate cannot pass: {u.Why}."), .. Warn(ordered, versions, reference)],
        };
    }

    private static List<VersionRow> VersionRows(IReadOnlyList<NightSummary> nights, IReadOnlyList<string> boards, ComparisonRules rules, IReadOnlyList<NightSummary> reference)
    {
        SprtExponential test = new(rules.GoodHours, rules.BadHours, 0.1, 0.1);
        List<VersionRow> rows = [];
        foreach (string board in boards)
        {
            // A build without hours counts too: it is not accepted, and an older one must not pass in its place.
            NightSummary? newest = nights.LastOrDefault(n => n.Cells.Any(c => c.Board == board && c.Known));
            foreach (string firmware in nights.SelectMany(n => n.Cells).Where(c => c.Board == board).Select(c => c.Firmware).Distinct())
            {
                Pool pool = new([.. nights.SelectMany(n => n.Cells).Where(c => c.Board == board && c.Firmware == firmware)]);
                int count = nights.Count(n => n.Cells.Any(c => c.Board == board && c.Firmware == firmware));
                Exposed total = pool.Total;
                rows.Add(new VersionRow(
                    board, firmware, count, pool, test.Decide(total.Hours, total.Failures), test.HoursToAccept(total.Hours, total.Failures), null)
                {
                    Newest = newest?.Cells.Any(c => c.Board == board && c.Firmware == firmware && c.Known) == true,
                });
            }
        }

        if (reference.Count > 0)
        {
            // The newest ones only: judged together with all that ever ran, a bad one would be the harder to see the longer the history.
            List<NightCell> known = [.. reference.SelectMany(n => n.Cells)];
            Compare(
                [
                    .. Enumerable.Range(0, rows.Count).Where(i => rows[i].Newest && known.Exists(c => c.Board == rows[i].Board) && Apart(nights, rows[i], reference).Cells.Count > 0),
                ],
                i => ("the reference", new Pool([.. known.Where(c => c.Board == rows[i].Board)]).Total), i => Apart(nights, rows[i], reference).Total);
        }
        else
        {
            Dictionary<int, VersionRow> earlier = Enumerable.Range(0, rows.Count).Select(i => (At: i, Before: Before(nights, rows, rows[i]))).Where(r => r.Before is not null).ToDictionary(r => r.At, r => r.Before!);
            Compare([.. earlier.Keys.Order()], i => (earlier[i].Firmware, earlier[i].Pool.Total), i => rows[i].Pool.Total);
        }

        return rows;

        void Compare(IReadOnlyList<int> which, Func<int, (string Name, Exposed Total)> with, Func<int, Exposed> own)
        {
            IReadOnlyList<RateChange> changes = RateChange.Judge(
                [.. which.Select(i => (With: with(i), Row: rows[i], Own: own(i))).Select(p => ($"{p.Row.Board}: {p.Row.Firmware} after {p.With.Name}", p.With.Total, p.Own))], rules);
            foreach ((int i, RateChange change) in which.Zip(changes))
            {
                rows[i] = rows[i] with { Change = change };
            }
        }
    }

    // The last build that ran in a night before this one first did: of two that came in one night neither is the older. A row that tells no build or no hours stands for nothing.
    private static VersionRow? Before(IReadOnlyList<NightSummary> nights, IReadOnlyList<VersionRow> rows, VersionRow row) => !row.Known ? null
        : rows.LastOrDefault(r => r.Board == row.Board && r.Known && r.Pool.Total.Hours > 0 && FirstNight(nights, r) < FirstNight(nights, row));

    private static int FirstNight(IReadOnlyList<NightSummary> nights, VersionRow row) =>
        nights.Index().First(n => n.Item.Cells.Any(c => c.Board == row.Board && c.Firmware == row.Firmware)).Index;

    // A night does not stand against itself.
    private static Pool Apart(IReadOnlyList<NightSummary> nights, VersionRow row, IReadOnlyList<NightSummary> reference) =>
        new([.. nights.Where(n => !IsOf(n, reference)).SelectMany(n => n.Cells).Where(c => c.Board == row.Board && c.Firmware == row.Firmware)]);

    private static bool IsOf(NightSummary night, IReadOnlyList<NightSummary> reference) => reference.Any(r => r.Folder == night.Folder);

    private static IEnumerable<Series> SeriesOf(IReadOnlyList<NightSummary> nights, string board)
    {
        List<(NightSummary Night, Pool Pool, string Firmware)> mine =
        [
            .. nights.Select(n => (n, new Pool([.. n.Cells.Where(c => c.Board == board)]))).Where(n => n.Item2.Cells.Count > 0)
                .Select(n => (n.n, n.Item2, string.Join(", ", n.Item2.Cells.Select(c => c.Firmware).Distinct()))),
        ];
        yield return Make(FailureRate, mine.Where(n => n.Pool.Total.Hours > 0).Select(n => new SeriesPoint(n.Night, n.Firmware, n.Pool.Total.Per100Hours!.Value)));
        foreach (string figure in mine.SelectMany(n => n.Pool.Figures.Keys).Distinct().Order(StringComparer.Ordinal))
        {
            yield return Make(figure, mine.Where(n => n.Pool.Figures.ContainsKey(figure)).Select(n => new SeriesPoint(
                n.Night, n.Firmware, figure == NightSummary.HeapFloor ? n.Pool.Figures[figure].Min() : Percentile.Of(n.Pool.Figures[figure], 0.5))));
        }

        Series Make(string figure, IEnumerable<SeriesPoint> values)
        {
            List<SeriesPoint> points = [.. values];
            return new Series(board, figure, points,
            [
                .. EDivisive.Find([.. points.Select(p => p.Value)]).Select(c => new SeriesChange(
                    c, points[c.Index].Night, points[c.Index].Firmware, points.FindIndex(p => p.Firmware == points[c.Index].Firmware) == c.Index)),
            ]);
        }
    }

    private static IEnumerable<ModeRow> ModeRows(IReadOnlyList<VersionRow> versions)
    {
        Dictionary<VersionRow, IReadOnlyDictionary<string, int>> modes = versions.ToDictionary(v => v, v => v.Pool.Modes);
        VersionRow newest = versions.LastOrDefault(v => v.Newest) ?? versions[^1];
        foreach (string mode in modes.Values.SelectMany(m => m.Keys).Distinct())
        {
            yield return new ModeRow(
                versions[0].Board, mode, [.. versions.Select(v => (v.Firmware, modes[v].GetValueOrDefault(mode)))],
                ModeState.Of(mode, versions.LastOrDefault(v => v != newest && modes[v].ContainsKey(mode))?.Pool.Cells ?? [], newest.Pool.Cells));
        }
    }

    private static IEnumerable<string> Warn(IReadOnlyList<NightSummary> nights, IReadOnlyList<VersionRow> versions, IReadOnlyList<NightSummary> reference)
    {
        if (nights.Concat(reference).Select(n => n.PlanText).Distinct().Count() > 1)
        {
            yield return $"The nights played different plans ({string.Join(", ", nights.Concat(reference).Select(n => n.Plan).Distinct())}): a rate may differ because more was asked.";
        }

        foreach (string board in reference.Count == 0 ? [] : versions.Select(v => v.Board).Distinct().Where(b => !reference.Any(n => n.Cells.Any(c => c.Board == b))))
        {
            yield return $"{board} did not run in the reference: nothing can be said against it.";
        }

        foreach (VersionRow row in versions.Where(v => !v.Known))
        {
            yield return $"{row.Board}: {string.Join(", ", row.Pool.Cells.Select(c => c.Slot).Distinct().Order(StringComparer.Ordinal))} never told a build in {Words.Count(row.Nights, "night")}, {Words.Hours(row.Pool.Total.Hours)} of which nothing is judged.";
        }

        foreach (string board in versions.Select(v => v.Board).Distinct().Where(b => !versions.Any(v => v.Board == b && v.Newest)))
        {
            yield return $"{board} told no build in any night, so that the gate cannot pass.";
        }

        foreach (VersionRow newest in versions.Where(v => v.Newest))
        {
            Pool own = Apart(nights, newest, reference);
            Pool? other = reference.Count > 0 ? new([.. reference.SelectMany(n => n.Cells).Where(c => c.Board == newest.Board)]) : Before(nights, versions, newest)?.Pool;
            if (other?.OtherPlugs(own) is { } others)
            {
                yield return $"{newest.Board}, {newest.Firmware}: {others}.";
            }

            string[] both = [.. nights.Where(n => IsOf(n, reference) && n.Cells.Any(c => c.Board == newest.Board && c.Firmware == newest.Firmware)).Select(n => n.Name)];
            if (both.Length > 0)
            {
                yield return $"{newest.Board}, {newest.Firmware}: {string.Join(", ", both)} is the reference and is left out of the newest build's side{(own.Cells.Count == 0 ? ", where nothing is left to hold against it" : "")}.";
            }
        }

        foreach (NightSummary night in nights.Where(n => n.At is null))
        {
            yield return $"{night.Name} states no start; it is put last.";
        }

        foreach (string discounted in nights.Concat(reference).DistinctBy(n => n.Folder).SelectMany(n => n.Discounted))
        {
            yield return discounted;
        }

        foreach (NightSummary night in nights.Where(n => n.Killed))
        {
            yield return $"The runner of {night.Name} died; its hours count until the last thing that was recorded.";
        }

        foreach (VersionRow row in versions)
        {
            if (row.Pool.Uneven() is { } uneven)
            {
                yield return $"{row.Board}, {row.Firmware}: {uneven}.";
            }
        }
    }
}
