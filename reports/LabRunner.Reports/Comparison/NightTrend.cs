using LabRunner.Reports.Drawing;
using LabRunner.Reports.Records;
using LabRunner.Reports.Statistics;

namespace LabRunner.Reports.Comparison;

/// <summary>Many nights over firmware and board. Immutable, thread safe.</summary>
public sealed record NightTrend
{
    private const int MostNames = 10;

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

    /// <summary>Changes for the worse: last good and first bad build of each.</summary>
    public IEnumerable<Bisection> Bisect => Series.SelectMany(s => s.Changes.Where(c => c.Worse == true).Select(c => new Bisection(s.Board, s.Figure, c)));

    /// <summary>Failure modes, the most frequent first.</summary>
    public IReadOnlyList<ModeRow> Modes { get; private init; } = [];

    /// <summary>Sums of the failures by board; those with fewer than two nights to sum are left out.</summary>
    public IReadOnlyList<FailureDrift> Drifts { get; private init; } = [];

    /// <summary>Unexpected resets by the time of day, by board and build; those with too few are left out.</summary>
    public IReadOnlyList<ResetHours> TimesOfDay { get; private init; } = [];

    /// <summary>What a reader must know before believing the rows, a sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; private init; } = [];

    /// <summary>The builds of each board's newest night: several where its plugs bore different ones.</summary>
    public IEnumerable<VersionRow> Newest => Versions.Where(v => v.Newest);

    /// <summary>
    /// The gate of a release, the worst of <see cref="Newest"/>: worse, where a newest build is worse than the one before (or the reference) by a ratio that matters
    /// (<see cref="ComparisonRules.StopRatio"/>), idle or in any suite, the sequential test rejects it, a suite or check of it failed, its heap slope beside that build's proves a leak, or it bricked or
    /// endangered a DUT even once (<see cref="Severity"/>); better, where every night could be read, each board has a build, and all are accepted, fail
    /// under stress no more than before, and were held against the reference that is named; otherwise it cannot be told.
    /// </summary>
    public Change Gate => Newest.Any(v => v.State == SprtState.Reject || v.Change?.Stops(Rules) == true || v.SuiteChanges.Values.Any(c => c.Stops(Rules)) || v.Gravest.Any() || v.Failed.Any() || v.Heaps.Any(h => h.Leaks)) ? Change.Worse
        : Unread.Count == 0 && Versions.GroupBy(v => v.Board).All(b => b.Any(v => v.Newest)) && Newest.All(v => v.State == SprtState.Accept && !v.Unproved.Any() && (Reference.Count == 0 || v.Change is not null)) ? Change.Better
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

        reference = [.. (reference ?? []).DistinctBy(n => n.Begun)];
        unread ??= [];

        // A bench begins one night at a time: what has the same start is a copy of a folder, and its hours count once: the longest, for one may have been made while the night ran.
        List<IGrouping<(string Bench, string Plan, object Start), NightSummary>> begun =
        [
            .. nights.OrderBy(n => n.At ?? DateTimeOffset.MaxValue).ThenByDescending(n => n.At is null ? 0 : n.Cells.Sum(c => c.Total.Hours)).ThenBy(n => n.Name, StringComparer.Ordinal).GroupBy(n => n.Begun),
        ];
        List<NightSummary> ordered = [.. begun.Select(g => g.First())];
        List<NightSummary> played = [.. ordered.Where(n => !HandPlans.Has(n.Plan))];
        string[] all = BoardsOf(ordered), judged = played.Count > 0 ? BoardsOf(played) : all;
        List<BoardNights> boards = [.. judged.Select(b => new BoardNights(b, ordered, reference))];
        List<VersionRow> versions = VersionRows(boards, rules, reference);
        return new NightTrend(ordered, rules, reference, unread)
        {
            Versions = versions,
            Series = [.. boards.SelectMany(TrendSeries.Of)],
            Drifts = [.. boards.Select(b => FailureDrift.Of(b, rules)).OfType<FailureDrift>()],
            TimesOfDay = ResetHours.Judge([.. versions.Where(v => v.Known).Select(v => ($"{v.Board}, {v.Firmware}", v.Pool.Resets, v.Pool.Watched))]),
            Modes = [.. boards.SelectMany(b => ModeRows([.. versions.Where(v => v.Board == b.Board)])).OrderByDescending(m => m.Counts.Sum(c => c.Count)).ThenBy(m => m.Mode, StringComparer.Ordinal)],
            Warnings =
            [
                .. unread.Select(u => $"{Path.GetFileName(u.Folder)} cannot be read and is left out, so that the gate cannot pass: {u.Why}."),
                .. begun.SelectMany(g => g.Skip(1).Select(copy => $"{copy.Name} is the same night as {g.First().Name} (bench {copy.Bench}, same start) and is left out.")),
                .. all.Except(judged).Select(b => $"{b} was in runs by hand only and is left out."),
                .. boards.SelectMany(b => Warn(b, [.. versions.Where(v => v.Board == b.Board)], reference.Count > 0)), .. Warn(ordered, reference),
            ],
        };
    }

    private static string[] BoardsOf(IEnumerable<NightSummary> nights) => [.. nights.SelectMany(n => n.Cells).Select(c => c.Board).Distinct().Order(StringComparer.Ordinal)];

    private static List<VersionRow> VersionRows(IReadOnlyList<BoardNights> boards, ComparisonRules rules, IReadOnlyList<NightSummary> reference)
    {
        SprtExponential test = new(rules.GoodHours, rules.BadHours, 0.1, 0.1);
        List<VersionRow> rows = [];
        List<(int Row, string Suite, string Name, Exposed With, Exposed Own)> pairs = [];
        foreach (BoardNights board in boards)
        {
            int first = rows.Count;
            foreach (string firmware in board.Builds)
            {
                Pool rated = board.Of(firmware, board.Rated);
                Exposed soak = rated.Soak;
                rows.Add(new VersionRow(
                    board.Board, firmware, board.All.Count(n => board.CellsOf(n).Any(c => c.Firmware == firmware)), rated, board.Of(firmware, board.All),
                    test.Decide(soak.Hours, soak.Failures), test.HoursToAccept(soak.Hours, soak.Failures), null)
                {
                    Recent = board.Last(firmware, VersionRow.Window),
                    Newest = board.Newest is { } newest && board.CellsOf(newest).Any(c => c.Known && c.Firmware == firmware),
                });
            }

            for (int i = first; i < rows.Count; i++)
            {
                if ((reference.Count == 0 ? Before(board, rows[first..], rows[i])?.Recent : rows[i].Newest ? board.Reference : null) is { } good)
                {
                    rows[i] = rows[i] with { Heaps = [.. HeapChange.Of(board.Board, good, reference.Count == 0 ? rows[i].Recent : board.Apart(rows[i].Firmware))] };
                }

                // With a reference the newest ones only: judged together with all that ever ran, a bad one would be the harder to see the longer the history.
                foreach (string suite in rows[i].Rated.Suites)
                {
                    if (reference.Count == 0 && Before(board, rows[first..], rows[i], suite) is { } before)
                    {
                        pairs.Add((i, suite, before.Firmware, before.Rated.Suite(suite), rows[i].Rated.Suite(suite)));
                    }
                    else if (reference.Count > 0 && rows[i].Newest && board.Reference is { Cells.Count: > 0 } known && board.Apart(rows[i].Firmware) is { Cells.Count: > 0 } own && known.Suite(suite).Hours > 0)
                    {
                        pairs.Add((i, suite, "the reference", known.Suite(suite), own.Suite(suite)));
                    }
                }
            }
        }

        IReadOnlyList<RateChange> changes = RateChange.Judge([.. pairs.Select(p => ($"{rows[p.Row].Board} {p.Suite}: {rows[p.Row].Firmware} after {p.Name}", p.With, p.Own))], rules);
        foreach (IGrouping<int, (string Suite, RateChange Change)> row in pairs.Zip(changes, (p, c) => (p.Row, p.Suite, Change: c)).GroupBy(p => p.Row, p => (p.Suite, p.Change)))
        {
            rows[row.Key] = rows[row.Key] with
            {
                Change = row.FirstOrDefault(p => p.Suite == SuiteNames.IdleSoak).Change,
                SuiteChanges = row.Where(p => p.Suite != SuiteNames.IdleSoak).ToDictionary(p => p.Suite, p => p.Change),
            };
        }

        return rows;
    }

    // The last build that ran in a night before this one first did: of two that came in one night neither is the older. A row that tells no build or no hours stands for nothing.
    private static VersionRow? Before(BoardNights board, IReadOnlyList<VersionRow> rows, VersionRow row, string suite = SuiteNames.IdleSoak) => !row.Known || row.Rated.Suite(suite).Hours <= 0 ? null
        : rows.LastOrDefault(r => r.Known && r.Rated.Suite(suite).Hours > 0 && board.FirstNight(r.Firmware) < board.FirstNight(row.Firmware));

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

    private static IEnumerable<string> Warn(BoardNights board, IReadOnlyList<VersionRow> versions, bool held)
    {
        if (board.LeftOut is { Count: > 0 } others)
        {
            yield return $"{board.Board}: left out of its rates, since runs by hand decide nothing: {string.Join(", ", others.Take(MostNames).Select(n => $"{n.Name} ({n.Plan})"))}{(others.Count > MostNames ? $" and {others.Count - MostNames} more" : "")}.";
        }

        foreach (IGrouping<string, NightSummary> plan in board.Rated.GroupBy(n => n.Plan).Where(g => g.Select(n => n.PlanText).Distinct().Count() > 1))
        {
            yield return $"{board.Board}: plan {plan.Key} was not the same in all nights: a rate may differ because more was asked.";
        }

        if (held && board.Reference.Soak.Hours <= 0)
        {
            yield return $"{board.Board} {(board.Reference.Cells.Count == 0 ? "did not run in the reference" : "did not idle under watch (S01) in the reference")}: nothing can be said against it.";
        }

        if (board.Newest is null)
        {
            yield return $"{board.Board} told no build in any night, so that the gate cannot pass.";
        }

        foreach (VersionRow row in versions.Where(v => !v.Known))
        {
            yield return $"{board.Board}: {string.Join(", ", row.Pool.Cells.Select(c => c.Slot).Distinct().Order(StringComparer.Ordinal))} never told a build in {Words.Count(row.Nights, "night")}, {Words.Hours(row.Pool.Total.Hours)} of which nothing is judged.";
        }

        foreach (VersionRow newest in versions.Where(v => v.Newest))
        {
            Pool own = board.Apart(newest.Firmware);
            Pool? other = held ? board.Reference : Before(board, versions, newest)?.Rated;
            if (other?.OtherPlugs(own) is { } plugs)
            {
                yield return $"{board.Board}, {newest.Firmware}: {plugs}.";
            }

            string[] both = [.. board.Rated.Where(n => board.IsOfReference(n) && board.CellsOf(n).Any(c => c.Firmware == newest.Firmware)).Select(n => n.Name)];
            if (both.Length > 0)
            {
                yield return $"{board.Board}, {newest.Firmware}: {string.Join(", ", both)} is the reference and is left out of the newest build's side{(own.Cells.Count == 0 ? ", where nothing is left to hold against it" : "")}.";
            }
        }

        foreach (VersionRow row in versions)
        {
            if (row.Rated.Uneven() is { } uneven)
            {
                yield return $"{board.Board}, {row.Firmware}: {uneven}.";
            }
        }
    }

    private static IEnumerable<string> Warn(IReadOnlyList<NightSummary> nights, IReadOnlyList<NightSummary> reference)
    {
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
    }
}
